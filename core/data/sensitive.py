"""Columns about who a person is, by which a decision should not unknowingly be made."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from core.data.profile import Profile
from core.words import Text

KINDS: tuple[tuple[Text, tuple[str, ...], tuple[str, ...]], ...] = (
    (Text("sex", "性别"), ("sex", "gender"), ("性别",)),
    (Text("age", "年龄"), ("age", "birth", "birthday", "birthdate", "dob"), ("年龄", "出生", "生日")),
    (Text("marital status", "婚姻状况"), ("marital", "marriage", "married", "spouse"), ("婚姻", "婚否", "配偶")),
    (
        Text("nationality or origin", "国籍或出身"),
        ("nationality", "foreign", "citizenship", "citizen", "immigrant", "ethnicity", "ethnic", "race", "native"),
        ("国籍", "民族", "户籍", "籍贯", "户口"),
    ),
    (Text("religion", "宗教信仰"), ("religion", "religious", "faith"), ("宗教", "信仰")),
    (Text("disability or health", "残障或健康"), ("disability", "disabled", "health", "illness"), ("残疾", "残障", "健康状况", "病史")),
    (Text("pregnancy or children", "生育情况"), ("pregnant", "pregnancy"), ("怀孕", "生育")),
)  # fmt: skip


@dataclass(frozen=True)
class Sensitive:
    """A column and what it tells of a person."""

    column: str
    kind: Text


def find_sensitive(profile: Profile) -> list[Sensitive]:
    """By whole words of the columns' names ("age", not "mortgage"); a column that says the same everywhere is none."""
    found = []
    for column in profile.columns:
        kind = _kind_of(column.name)
        if kind is not None and column.distinct > 1:
            found.append(Sensitive(column.name, kind))
    return found


def _kind_of(name: str) -> Text | None:
    said = unicodedata.normalize("NFKC", name)
    words = set(re.split(r"[^a-z0-9]+", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", said).casefold()))
    for kind, latin, chinese in KINDS:
        if words & set(latin) or any(part in said for part in chinese):
            return kind
    return None
