"""Meals: what one costs whom, which one of a meal time is subsidised, and a person's yearly quota.

A canteen records what it served, while it is offline as ever. What a person may still have of the
yearly quota is known there as of the last exchange, so two canteens can spend the same yuan. Nobody
prevents that offline; it is found out wherever the records meet, in the same way on every node, and
no more than the quota is ever settled. What is over is borne by the canteen and never asked of the
elder.

    price     list price = what the merchant gives up + what the government pays + what is paid
    quota     one subsidised meal a meal time, and the quota of a year, as functions of the records
    settling  the county settles meals against the quota and against the rights of their villages
    month     what becomes of each meal in a month: paid, over, second, waiting, void
    sheet     the sheet of a canteen and month, to the byte
    subsidy   what operators of canteens are due for a year
"""
