"""What a meal costs whom: three parts that always make up the list price, none below zero.

The age on the day gives a discount, and the price that is left is rounded half up. Who bears the
discount is the county's rule: the merchant (商家让利), the government, or both by a share. What is
left of the quota then pays for the meal as far as it reaches.
"""

from __future__ import annotations

from dataclasses import dataclass

from node.care.money import THOUSAND, is_amount, share
from node.care.parameters.groups import Meals, band_of
from node.care.rights import Refusal


@dataclass(frozen=True, slots=True)
class Price:
    """The parts of a list price, fen.

    Attributes:
        merchant_fen: What the canteen gives up.
        discount_fen: What the government pays of the discount by age.
        quota_fen: What is taken from the person's quota of the year.
        self_pay_fen: What the person pays.
    """

    merchant_fen: int
    discount_fen: int
    quota_fen: int
    self_pay_fen: int

    @property
    def subsidy_fen(self) -> int:
        """What the government pays in all."""
        return self.discount_fen + self.quota_fen

    @property
    def list_fen(self) -> int:
        """The list price: the sum of the parts."""
        return self.merchant_fen + self.subsidy_fen + self.self_pay_fen


def price(
    list_fen: int, age: int | None, meals: Meals, left_fen: int = 0, *, first: bool = True
) -> Price | Refusal:
    """Divides a list price.

    Args:
        list_fen: The list price.
        age: In whole years on the day; None where it is not known, and then nothing is taken off.
        meals: The county's rule of the day.
        left_fen: What is left of the person's quota, as far as it is known here.
        first: Whether it is the first meal of its meal time; another has no discount and takes
            nothing from the quota where the county allows one.
    """
    if not is_amount(list_fen):
        return Refusal(f"{list_fen} fen is no price of a meal.")
    if not first and meals.one_per_meal:
        return Price(0, 0, 0, list_fen)
    band = None if age is None else band_of(meals.discounts, age)
    reduced = list_fen
    if band is not None and band.value < THOUSAND:
        reduced = min(share(list_fen, band.value, meals.round_to_fen), list_fen)
    off = list_fen - reduced
    merchant = min(share(off, meals.merchant_share), off)
    quota = min(max(left_fen, 0), reduced)
    return Price(merchant, off - merchant, quota, reduced - quota)
