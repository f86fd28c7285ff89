"""Files as they come: in one encoding or another, broken, locked, misnamed, or made to do harm."""

from __future__ import annotations

import contextlib
import datetime
import io
import zipfile
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from node.care.sheets import delimited, workbook
from node.care.sheets.cells import Cell, Odd, armed, disarmed, letters
from node.care.sheets.reading import open_sheet
from node.errors import UsageError

TEXT = "姓名,住址\n王桂兰,南大街1号\n李秀英,东关\n"

CONTAINER = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(600)


def rows_of(path: Path, name: str = "") -> list[tuple[int, list[Cell]]]:
    with open_sheet(path, name) as sheet:
        return [(row.number, row.cells) for row in sheet.rows]


def refused(path: Path, name: str = "") -> str:
    with pytest.raises(UsageError) as caught:
        rows_of(path, name)
    return str(caught.value)


def written(folder: Path, content: bytes, name: str = "list.csv") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def book(folder: Path, *sheets: list[list[Any]], name: str = "list.xlsx") -> Path:
    made = Workbook()
    assert made.active is not None
    made.remove(made.active)
    for number, rows in enumerate(sheets):
        sheet = made.create_sheet(f"表{number}")
        for row in rows:
            sheet.append(row)
    path = folder / name
    made.save(path)
    return path


def with_part(path: Path, part: str, content: bytes) -> Path:
    """The workbook with one part replaced or added."""
    with zipfile.ZipFile(path) as before:
        parts = {each.filename: before.read(each) for each in before.infolist()}
    parts[part] = content
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as after:
        for name, held in parts.items():
            after.writestr(name, held)
    return path


# --- text ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_text_is_read_in_every_encoding_of_the_country(
    tmp_path: Path, encoding: str, line_end: str
) -> None:
    rare = TEXT if encoding == "gbk" else TEXT.replace("王", "𠮷")
    path = written(tmp_path, rare.replace("\n", line_end).encode(encoding))
    assert rows_of(path)[0] == (1, ["姓名", "住址"])
    assert rows_of(path)[1][1][1] == "南大街1号"


def test_a_long_text_is_judged_beyond_its_first_piece(tmp_path: Path) -> None:
    long = ("name,note\n" + "王,ascii and some more of it\n" * 50_000).encode("gbk")
    assert len(long) > delimited._CHUNK_BYTES
    assert len(rows_of(written(tmp_path, long))) == 50_001


def test_text_that_is_neither_is_refused_with_the_place_of_the_byte(tmp_path: Path) -> None:
    content = "姓名\n王".encode("gbk") + b"\xff\xff\n"
    assert "neither UTF-8 (byte 0 does not fit) nor GBK (byte 7 does not)" in refused(
        written(tmp_path, content)
    )


def test_damaged_utf8_is_not_read_as_gibberish(tmp_path: Path) -> None:
    content = (TEXT * 20).encode()
    damaged = content[:200] + b"\x81" + content[200:]
    said = refused(written(tmp_path, damaged))
    assert "UTF-8 text with a damaged spot at byte 2" in said


def test_a_list_in_two_encodings_is_refused_with_the_line(tmp_path: Path) -> None:
    rows = [f"王桂兰{number},南大街" for number in range(9)]
    for few, most, words in (
        ("utf-8", "gbk", "is GBK text, but its line 6 is UTF-8"),
        ("gbk", "utf-8", "is UTF-8 text with a damaged spot at byte 105, in line 6"),
    ):
        lines = [row.encode(few if number == 5 else most) for number, row in enumerate(rows)]
        assert words in refused(written(tmp_path, b"\n".join(lines))), most
    passing = "姓名,住址\n联通,联\n买买提·艾力,联通\n".encode("gbk")
    assert rows_of(written(tmp_path, passing))[1] == (2, ["联通", "联"])


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b" \r\n\n", "is empty"),
        ("姓名\n".encode("utf-16"), "UTF-16"),
        (b"a\0b,c\n", "no text at all"),
        (CONTAINER, "old workbook (XLS)"),
        (CONTAINER + "EncryptedPackage".encode("utf-16-le"), "locked with a password"),
        (b"<html><table><tr><td>1", "a web page"),
        (b'name\n"never closed\n', "cannot be read from row 2 on"),
        (b'name\n"a"b\n', "cannot be read from row 2 on"),
        (b"name\n" + b"a" * 1_100_000, "longer than 1048576 bytes"),
    ],
)  # fmt: skip
def test_what_is_no_list_is_refused_with_its_own_words(
    tmp_path: Path, content: bytes, words: str
) -> None:
    assert words in refused(written(tmp_path, content))


def test_rows_keep_the_number_that_a_spreadsheet_shows(tmp_path: Path) -> None:
    content = b'name,note\n\n"\xe7\x8e\x8b","two\n\nlines"\r\n\r\n,\nlast,=1+1,\n'
    assert rows_of(written(tmp_path, content)) == [
        (1, ["name", "note"]),
        (3, ["王", "two\n\nlines"]),
        (6, ["last", Odd("formula", "=1+1")]),
    ]


def test_tabs_part_cells_where_there_are_no_commas(tmp_path: Path) -> None:
    assert rows_of(written(tmp_path, b"name\tnote\na,b\t'=c\n")) == [
        (1, ["name", "note"]),
        (2, ["a,b", "=c"]),
    ]


@pytest.mark.parametrize(
    "text", ["=1", "+86", "-", "@x", "＝1", "'=1", "''", "'5", "'", "a", "", "\ta"]
)
def test_what_is_disarmed_comes_back_as_it_was(text: str) -> None:
    assert disarmed(text)[:1] not in tuple("=+-@\t＝")
    assert armed(disarmed(text)) == text


def test_columns_are_called_as_spreadsheets_call_them() -> None:
    assert [letters(number) for number in (1, 26, 27, 52, 703)] == ["A", "Z", "AA", "AZ", "AAA"]


# --- workbooks -----------------------------------------------------------------------------------


def test_a_cell_keeps_its_kind(tmp_path: Path) -> None:
    day = datetime.datetime(1943, 5, 12)
    path = book(tmp_path, [["a", 1, 2.5, day, "=1+1", None, "=x"], [], [None, "b", None]])
    found = rows_of(path)
    assert found[0] == (1, ["a", 1, 2.5, day, Odd("formula", "=1+1"), None, Odd("formula", "=x")])
    assert found[1] == (3, [None, "b"])


def test_texts_that_cells_share_are_found(tmp_path: Path) -> None:
    path = book(tmp_path, [["x"]])
    count = 40_000
    items = "".join(f"<si><t>王{number}</t></si>" for number in range(count))
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    with_part(path, "xl/sharedStrings.xml", f'<sst xmlns="{space}">{items}</sst>'.encode())
    wanted = [0, count - 1, 1_023, 1_024, 20_000, 0]
    cells = "".join(f'<row ht="20"><c t="s"><v>{number}</v></c></row>' for number in wanted)
    sheet = f'<worksheet xmlns="{space}"><sheetData>{cells}</sheetData></worksheet>'
    with_part(path, "xl/worksheets/sheet1.xml", sheet.encode())
    types = zipfile.ZipFile(path).read("[Content_Types].xml").decode()
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
    if "sharedStrings" not in types:
        part = f'<Override PartName="/xl/sharedStrings.xml" ContentType="{kind}"/></Types>'
        with_part(path, "[Content_Types].xml", types.replace("</Types>", part).encode())
    assert [cells[0] for _, cells in rows_of(path)] == [f"王{number}" for number in wanted]


def test_a_sheet_is_found_where_one_holds_something_and_named_where_several_do(
    tmp_path: Path,
) -> None:
    assert rows_of(book(tmp_path, [], [["a"]], [])) == [(1, ["a"])]
    several = book(tmp_path, [["a"]], [["b"]])
    assert "2 sheets that hold something: 表0, 表1" in refused(several)
    assert rows_of(several, "表1") == [(1, ["b"])]
    assert "no visible sheet '表9'" in refused(several, "表9")
    assert "holds no rows" in refused(book(tmp_path, []))


def test_merged_cells_are_told_though_a_workbook_states_them_last(tmp_path: Path) -> None:
    made = Workbook()
    sheet = made.active
    assert sheet is not None
    for number in range(1, 7):
        sheet.append([number, "x", "y"])
    sheet.merge_cells("A2:B3")
    sheet.merge_cells("B5:B6")
    path = tmp_path / "a.xlsx"
    made.save(path)
    with open_sheet(path) as opened:
        merged = {row.number: row.merged for row in opened.rows}
    assert merged == {1: "", 2: "A2:B3", 3: "A2:B3", 4: "", 5: "B5:B6", 6: "B5:B6"}


def test_a_broken_workbook_is_refused_wherever_it_is_broken(tmp_path: Path) -> None:
    whole = book(tmp_path, [[f"王{number}", number] for number in range(500)]).read_bytes()
    for size in (100, len(whole) // 2, len(whole) - 30):
        assert "broken or no workbook" in refused(written(tmp_path, whole[:size], "cut.xlsx"))
    for place in range(400, len(whole) - 400, len(whole) // 23):
        bent = bytearray(whole)
        bent[place : place + 3] = b"\x00\xff\x00"
        path = written(tmp_path, bytes(bent), "bent.xlsx")
        with contextlib.suppress(UsageError):  # some bytes mean nothing; no other trouble may come
            rows_of(path)


def test_a_zip_that_is_no_workbook_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("readme.txt", "hello")
    assert "a ZIP file and no workbook" in refused(path)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("xl/workbook.bin", "")
    assert "XLSB" in refused(path)


def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    styles = b"<a>" + b" " * (workbook.PART_BYTES_MAX + 1)
    path = with_part(book(tmp_path, [["a"]]), "xl/styles.xml", styles)
    assert path.stat().st_size < 200_000
    assert "its part xl/styles.xml has" in refused(path)
    one_cell = b"<worksheet><sheetData><row><c><v>" + b"9" * (workbook.PIECE_BYTES_MAX + 600_000)
    path = with_part(book(tmp_path, [["a"]]), "xl/worksheets/sheet1.xml", one_cell)
    assert "holds a piece of" in refused(path)


def test_entities_are_not_expanded(tmp_path: Path) -> None:
    laughs = b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><worksheet>&b;</worksheet>'
    path = with_part(book(tmp_path, [["a"]]), "xl/worksheets/sheet1.xml", laughs)
    assert "declares entities" in refused(path)


def test_a_workbook_made_in_memory_is_as_good(tmp_path: Path) -> None:
    made = Workbook(write_only=True)
    sheet = made.create_sheet()
    for number in range(3_000):
        sheet.append([number, f"王{number}"])
    stream = io.BytesIO()
    made.save(stream)
    path = written(tmp_path, stream.getvalue(), "名册.dat")
    with open_sheet(path) as opened:
        assert opened.rows_about == 3_000
        assert sum(1 for _ in opened.rows) == 3_000
