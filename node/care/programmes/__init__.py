"""Programmes: for whom they are, who is chosen when places are few, and who waits.

The rooms, each importing only those before it:

    choosing   who meets a programme, in which order they come, and who is next: pure
    tables     what the county writes of a round: candidates, enrolments, departures
    enrolling  freezes the candidates of a day, fills the places, and ends enrolments
"""
