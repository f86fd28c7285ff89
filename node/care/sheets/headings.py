"""Which column of a sheet holds which field.

Headings may be Chinese or English, each in several spellings, since no two townships write them
alike. What cannot be told is refused before a row is read, with the letter of the column: a list of
which one column is silently passed over is worse than one that is sent back.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from node.care import fields
from node.care.headings import HEADINGS
from node.care.sheets.cells import blank, letters, plain
from node.care.sheets.reading import Row
from node.errors import UsageError

DIVISION, TOWNSHIP, DIVISION_CODE, ROW_ID = "division", "township", "division_code", "id"
"""Fields of a sheet that are no columns of a table: where a row stands, and the record's id."""

HEADING_ROWS_MAX = 10
"""In how many rows headings are looked for, to say where they stand if not in the first."""

PLACES: Mapping[str, str] = {
    ROW_ID: "编号 id 记录编号",
    DIVISION: "所在村 村 行政区划 division village 所属村 村居 村(居) 村(社区) 村社区 社区 所在地 "
    "所在区划 所在村(社区) 村名 行政村 所属村居 所在村居",
    DIVISION_CODE: "区划代码 行政区划代码 division_code 村代码 code",
    TOWNSHIP: "所在乡镇 乡镇 township 乡镇(街道) 所属乡镇 乡(镇) 镇 街道 乡镇街道",
}
PASSED_OVER = "序号 序 no no. 年龄 age 周岁 累计供餐份数 meals_served 成员数"
"""Columns that lists have and registers do not: they follow from others, or number the rows."""

SPELLINGS: Mapping[str, Mapping[str, str]] = {
    "person": {
        "name": "姓名 名字 老人姓名 服务对象 服务对象姓名 残疾人姓名",
        "gender": "性别 sex",
        "birth_date": "出生日期 出生年月日 出生年月 生日 birthday birthdate date_of_birth",
        "id_number": "身份证号 身份证 身份证号码 公民身份号码 公民身份证号码 居民身份证号 证件号 "
        "证件号码 id_no id_card id-number",
        "phone": "电话 联系电话 手机 手机号 手机号码 电话号码 联系方式 本人电话 "
        "mobile tel telephone",
        "address": "住址 地址 家庭住址 居住地址 现住址 详细地址 家庭地址",
        "groups": "人群类别 人员类别 类别 对象类别 人群 人群标签 group",
        "care_grade": "特困护理等级 护理等级 照护等级 自理能力 护理级别",
        "disability_grade": "残疾等级 残疾级别",
        "disability_kind": "残疾类别 残疾类型",
        "disability_certificate": "残疾人证号 残疾证号 残疾人证号码 残疾证 残疾人证",
        "ability_level": "能力等级 能力评估等级 能力评估 评估等级",
        "household": "户编号",
        "relation": "与户主关系 户主关系",
        "contact_name": "联系人姓名 联系人 紧急联系人 紧急联系人姓名 监护人 家属姓名",
        "contact_phone": "联系人电话 紧急联系人电话 紧急电话 监护人电话 家属电话",
        "contact_relation": "与联系人关系 联系人关系 与老人关系",
        "status": "状态 在册状态",
        "closed_on": "注销日期",
        "closed_reason": "注销原因",
        "note": "备注 说明 remarks",
    },
    "worker": {
        "name": "姓名 名字 服务人员 服务人员姓名 护理员姓名",
        "worker_class": "人员类别 类别 岗位类别 class",
        "qualification": "资格证书 证书 资质 职业资格",
        "clients_per_day_max": "每日服务人数上限 每日服务人数 日服务人数",
        "helper_kind": "身份类别 人员身份",
        "phone": "联系电话 电话 手机 手机号 手机号码 电话号码 mobile tel telephone",
        "status": "状态 在岗状态",
        "closed_on": "离岗日期",
        "closed_reason": "离岗原因",
    },
    "facility": {
        "name": "名称 设施名称 机构名称 食堂名称",
        "kind": "设施类别 类别 设施类型 类型",
        "address": "地址 住址 详细地址 设施地址",
        "operator_mode": "运营方式 运营模式",
        "seats": "座位/床位数 座位数 床位数 座位 床位",
        "services": "服务项目 服务内容",
        "phone": "电话 联系电话",
        "manager": "负责人 负责人姓名",
        "operator": "运营单位 运营主体 运营机构",
        "hours": "开放时间 营业时间",
        "opened_on": "开业日期 开放日期 启用日期",
        "build_mode": "建设方式",
        "closed_on": "关停日期",
        "closed_reason": "关停原因",
        "successor": "并入设施编号",
        "status": "状态 运营状态",
    },
    "department_hit": {
        "name": "姓名 名字 死者姓名 逝者姓名 残疾人姓名",
        "id_number": "身份证号 身份证 身份证号码 公民身份号码 证件号 证件号码 死者身份证号",
        "birth_date": "出生日期 出生年月日 出生年月",
        "reports": "事项 类别 业务类型 注销原因 变动原因",
        "happened_on": "日期 死亡日期 火化日期 迁出日期 发证日期 办理日期 发生日期 注销日期",
        "disability_kind": "残疾类别 残疾类型",
        "disability_grade": "残疾等级 残疾级别",
    },
    "division": {
        "code": "code 代码 区划代码 行政区划代码 统计用区划代码 统计代码",
        "name": "name 名称 区划名称 单位名称",
        "level": "level 级别 层级",
        "parent": "parent 上级代码 上级区划代码 上级",
    },
}
"""What lists call the fields, beside the heading of `titles` and the column's name."""

_ID_LIKE = re.compile(r"[1-9][0-9]{16}[0-9Xx]")
_MOBILE_LIKE = re.compile(r"1[3-9][0-9]{9}")
_SWAPPED_ROWS_MIN = 3
_EXAMPLES = 6


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a sheet: its place from 0, its field (empty: passed over), and its heading."""

    place: int
    field: str
    heading: str

    @property
    def letter(self) -> str:
        """What a spreadsheet calls it."""
        return letters(self.place + 1)


def titles_of(table: str) -> dict[str, str]:
    """What the fields of a sheet are called in Chinese.

    Args:
        table: The table, or `division`.
    """
    if table not in SPELLINGS or table == "division":
        return dict(HEADINGS.get(table, {}))
    places = {name: PLACES[name].split()[0] for name in (ROW_ID, DIVISION, DIVISION_CODE)}
    return {**HEADINGS[table], **places}


def words_of(table: str, names: Collection[str], *, places: bool = True) -> dict[str, str]:
    """The field that each spelling of a heading means, empty for what is passed over.

    Args:
        table: The table, or `division`.
        names: The fields that its rows take.
        places: Whether rows name the division in which they stand.
    """
    known: dict[str, str] = {}
    spellings = SPELLINGS.get(table, {})
    for name in names:
        own = HEADINGS.get(table, {}).get(name, name)
        for word in (name, own, *spellings.get(name, "").split()):
            known.setdefault(_folded(word), name)
    if places:
        for name, words in PLACES.items():
            for word in words.split():
                known.setdefault(_folded(word), name)
    for word in PASSED_OVER.split():
        known.setdefault(_folded(word), "")
    return known


def columns_of(
    first: Sequence[Row],
    words: Mapping[str, str],
    required: Collection[str],
    ignored: Collection[str] = (),
) -> list[Column]:
    """The columns of a sheet by its headings.

    Args:
        first: The first rows of the sheet, of which the first should hold the headings.
        words: What `words_of` gives.
        required: Fields without which a sheet is none.
        ignored: Headings to pass over.

    Raises:
        UsageError: The headings stand elsewhere, one is unknown or stands twice, or a required one
            is missing.
    """
    passed = {_folded(word) for word in ignored}
    heads = first[0]
    known = {**words, **dict.fromkeys(passed, "")}
    if _fitting(heads, known) < max(1, _fitting(heads, None) // 3):
        _headings_elsewhere(first, known)
    found: list[Column] = []
    unknown: list[str] = []
    for place, cell in enumerate(heads.cells):
        if blank(cell):
            continue
        word = plain(cell)
        field = known.get(_folded(word))
        if field is None:
            unknown.append(_unknown(place, word, known))
        else:
            found.append(Column(place, field, word))
    if heads.merged:
        raise UsageError(
            f"Row {heads.number} should hold the headings, and {heads.merged} in it is merged.",
            hint="Unmerge it, one heading above each column, and delete the title above.",
        )
    if unknown:
        raise UsageError(
            f"Row {heads.number} has a heading that is not known: {'; '.join(unknown)}.",
            hint="Correct it, delete that column, or pass it over with --ignore HEADING.",
        )
    _once_each(heads, found, required)
    return found


def _once_each(heads: Row, found: Sequence[Column], required: Collection[str]) -> None:
    by_field: dict[str, Column] = {}
    for column in filter(lambda column: column.field, found):
        other = by_field.setdefault(column.field, column)
        if other is not column:
            raise UsageError(
                f"Row {heads.number} has two columns for {column.field}: {other.letter}"
                f" {other.heading!r} and {column.letter} {column.heading!r}.",
                hint="Delete one of them, or pass it over with --ignore HEADING.",
            )
    for field in required:
        if field not in by_field:
            there = ", ".join(f"{column.letter} {column.heading}" for column in found)
            raise UsageError(
                f"Row {heads.number} has no heading for {field}; it has {there or 'none'}.",
                hint="Write the heading above its column.",
            )


def _headings_elsewhere(first: Sequence[Row], known: Mapping[str, str]) -> None:
    """Says where the headings stand, if that can be seen.

    Raises:
        UsageError: The first row holds none.
    """
    for row in first[1:HEADING_ROWS_MAX]:
        fitting = [
            f"{letters(place + 1)} {plain(cell)}"
            for place, cell in enumerate(row.cells)
            if _folded(plain(cell)) in known
        ]
        if len(fitting) > 1:
            raise UsageError(
                f"The headings stand in row {row.number} ({', '.join(fitting[:5])}), and not in"
                f" row {first[0].number}, the first that holds something.",
                hint=f"Delete what stands above row {row.number}.",
            )
    shown = [
        f"{letters(place + 1)} {fields.masked_id(text) if _ID_LIKE.fullmatch(text) else text[:20]}"
        for place, cell in enumerate(first[0].cells[:5])
        if (text := plain(cell))
    ]
    raise UsageError(
        f"Row {first[0].number}, the first that holds something, has no headings:"
        f" {', '.join(shown)}.",
        hint=f"Write headings above the columns, such as: {', '.join(_examples(known))}.",
    )


def _examples(known: Mapping[str, str]) -> list[str]:
    """A few headings as they are usually written."""
    chinese: dict[str, str] = {}
    for word, field in known.items():
        if field and not word.isascii():
            chinese.setdefault(field, word)
    return list(chinese.values())[:_EXAMPLES]


def _fitting(row: Row, known: Mapping[str, str] | None) -> int:
    cells = [_folded(plain(cell)) for cell in row.cells if not blank(cell)]
    return sum(known is None or cell in known for cell in cells)


def _unknown(place: int, word: str, known: Mapping[str, str]) -> str:
    near = difflib.get_close_matches(_folded(word), known, n=1, cutoff=0.5)
    like = f" ({near[0]}?)" if near else ""
    return f"{letters(place + 1)} {word[:30]!r}{like}"


def _folded(word: str) -> str:
    """A heading without what spellings differ in: width, case, blanks, a star for required."""
    tidy = unicodedata.normalize("NFKC", word).casefold()
    tidy = re.sub(r"\((必填|选填|required|optional)\)|[\s*:]", "", tidy)
    return tidy.replace("_", "").replace("-", "")


def misplaced(columns: Sequence[Column], sample: Sequence[Row]) -> None:
    """Refuses a sheet of which a column plainly holds what another heading is for.

    Raises:
        UsageError: A column that is not for ID numbers holds nothing else, or one for ID numbers
            holds phone numbers.
    """
    for column in columns:
        texts = [
            (row.number, text)
            for row in sample
            if column.place < len(row.cells) and (text := plain(row.cells[column.place]))
        ]
        if len(texts) < _SWAPPED_ROWS_MIN:
            continue
        for what, field, like in (
            ("ID numbers", "id_number", _ID_LIKE),
            ("phone numbers", "phone", _MOBILE_LIKE),
        ):
            other = column.field in _NEVER_THESE and column.field != field
            if other and all(like.fullmatch(text) for _, text in texts):
                raise UsageError(
                    f"Column {column.letter} is headed {column.heading!r} and holds {what} from"
                    f" row {texts[0][0]} on.",
                    hint="Write each heading above the column that it is for.",
                )


_NEVER_THESE = frozenset(
    chain(("name", "id_number", "phone", "birth_date", "gender", "address", "contact_name"), PLACES)
)
