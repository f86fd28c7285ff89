"""Which records may be one person's: by number first, else by name and birth, else by sound."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from node.care.doubles.scanning import Record, candidates
from node.care.doubles.sounds import sounds

ONE, TWO = "140430193805120128", "431202195203070218"


def kinds(*records: Record) -> list[str]:
    return [one.kind for one in candidates(records)]


def person(id: str, name: str = "王桂兰", **more: str) -> Record:
    return Record(id, **{"division": "v", "name": name, "born": "1938-05-12", **more})


def test_the_number_comes_before_everything() -> None:
    here = person("1", number=ONE)
    assert kinds(here, person("2", "李四", number=ONE, division="w", born="")) == ["number"]
    assert kinds(here, person("2", number=ONE)) == ["number"], "once, by the strongest reason"
    assert kinds(here, person("2", number=TWO)) == [], "two numbers are two people"
    assert kinds(here, person("2")) == ["village"], "one lacks its number"


def test_without_a_number_name_and_birth_tell() -> None:
    assert kinds(person("1"), person("2", "王 桂兰")) == ["village"]
    assert kinds(person("1"), person("2", division="w")) == ["birth"]
    assert kinds(person("1"), person("2", born="1938-05-13")) == []
    assert kinds(person("1", born=""), person("2", born="")) == [], "a name alone is not enough"


def test_names_that_sound_alike_are_near_in_one_village() -> None:
    assert kinds(person("1"), person("2", "王贵兰")) == ["sound"]
    assert kinds(person("1", "张正"), person("2", "臧增")) == ["sound"], "as an accent has it"
    assert kinds(person("1", "曾兰"), person("2", "增兰")) == ["sound"]
    assert kinds(person("1"), person("2", "王贵兰", division="w")) == []
    assert kinds(person("1"), person("2", "王秀兰")) == []
    twins = person("1", gender="F"), person("2", "王贵兰", gender="M")
    assert kinds(*twins) == [], "brother and sister of one day"


def test_a_character_that_is_not_known_sounds_like_itself() -> None:
    assert sounds("𠮷") == ("𠮷",) and sounds("") == ()
    assert len(sounds("曾" * 8)) == 8, "bounded, however many ways there are"


def test_a_heap_of_people_with_one_name_and_birth_stays_small() -> None:
    heap = [person(f"{number:05}") for number in range(3_000)]
    assert len(candidates(heap)) == 2_999


RECORDS = st.builds(
    Record,
    st.integers(0, 30).map(str),
    st.sampled_from("vw"),
    st.sampled_from(["王桂兰", "王贵兰", "李四", ""]),
    st.sampled_from(["1938-05-12", "1952-03-07", ""]),
    st.sampled_from([ONE, TWO, "", ""]),
    st.sampled_from(["F", "M", ""]),
)


@given(st.lists(RECORDS, unique_by=lambda one: one.id, max_size=19), st.integers())
def test_the_order_of_the_register_plays_no_part(records: list[Record], seed: int) -> None:
    shuffled = list(records)
    random.Random(seed).shuffle(shuffled)
    found = candidates(records)
    assert candidates(shuffled) == found
    assert len({(one.one, one.two) for one in found}) == len(found)
    by_id = {one.id: one for one in records}
    for one in found:
        first, second = by_id[one.one], by_id[one.two]
        if first.number and second.number:
            assert (first.number == second.number) == (one.kind == "number")
