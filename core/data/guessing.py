"""A good first guess of what each column means, by its name and by what is in it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import Protocol

from core.data.profile import ColumnProfile, Profile

TEXT_NAMES = (
    "text", "review", "sentence", "comment", "review_text", "tweet", "content", "message", "feedback", "body",
    "reviewtext", "review_body", "comments", "reviews", "utterance", "description", "opinion", "remark", "answer",
    "question", "note", "title",
    "评论", "评论内容", "文本", "评价", "评价内容", "内容", "正文", "点评", "留言", "反馈", "意见", "句子", "描述", "微博",
)  # fmt: skip
LABEL_NAMES = (
    "sentiment", "label", "polarity", "emotion", "sentiment_label", "target", "class", "category", "tag", "rating",
    "stars", "score", "y", "labels", "attitude", "mood",
    "情感", "标签", "情感标签", "情感倾向", "情绪", "极性", "类别", "分类", "态度", "评级", "星级", "评分",
)  # fmt: skip

EXACT, PART = 100.0, 50.0
FEW_CLASSES = 20
MANY_CLASSES = 200
LARGEST_PART = 366
"""Numbers up to this are a month, a weekday or a day of the year: they come round again and put nothing in order."""


class RoleLike(Protocol):
    """What the guess needs of a scenario's role."""

    @property
    def key(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def names(self) -> tuple[str, ...]: ...
    @property
    def required(self) -> bool: ...
    @property
    def many(self) -> bool: ...


def guess_roles(profile: Profile, roles: Sequence[RoleLike]) -> dict[str, tuple[str, ...]]:
    """The likeliest columns of each role. No column has two roles; a role that nothing fits is left out.

    An exact name outranks a part of a name, which outranks kind and content. A role that is not required is only
    filled by name. A role for many columns takes all that are left and fit, after the others have chosen.
    """
    offers = []
    for role in roles:
        for place, column in enumerate(profile.columns):
            named, fit = name_match(column.name, role.names), _fit(column, role.kind, profile.rows)
            if column.kind == "empty" or (fit is None and (not named or _hopeless(column, role.kind, named > PART))):
                continue
            if named or role.required:
                offers.append((named + (fit or 0.0), -place, role, column.name))
    taken: dict[str, tuple[str, ...]] = {}
    used: set[str] = set()
    offers.sort(key=lambda offer: offer[:2], reverse=True)
    for wants_many in (False, True):
        for _, _, role, name in offers:
            if role.many == wants_many and name not in used and (wants_many or role.key not in taken):
                taken[role.key] = (*taken.get(role.key, ()), name)
                used.add(name)
    order = [column.name for column in profile.columns]
    return {role.key: tuple(sorted(taken[role.key], key=order.index)) for role in roles if role.key in taken}


def name_match(name: str, names: Sequence[str]) -> float:
    """100 and less for an exact name, 50 and less for a part of one, 0 for none; likelier names score higher, and
    so do columns whose names have little else in them."""
    own = _plain(name)
    wanted = [_plain(item) for item in names]
    if own in wanted:
        return EXACT - 0.5 * wanted.index(own)
    best = 0.0
    for rank, item in enumerate(wanted):
        if _is_part(item, own):
            best = max(best, PART - 0.5 * rank - min(len(own) - len(item), 30) * 0.5)
    return best


def _plain(name: str) -> str:
    name = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", unicodedata.normalize("NFKC", name))
    return re.sub(r"[\s_\-.]+", "_", name.strip().casefold()).strip("_")


def _is_part(item: str, own: str) -> bool:
    """A Latin name must be whole words of the column's name (or at least five letters of it); Chinese any part."""
    if len(item) < 2 or item not in own:
        return False
    return not item.isascii() or len(item) >= 5 or item in own.split("_")


def _hopeless(column: ColumnProfile, kind: str, exact: bool) -> bool:
    """Content with which the name does not make the column fit, be it exact or a part."""
    if kind == "text":
        return column.kind in ("number", "time", "boolean") or not exact
    if kind == "category":
        return column.kind not in ("category", "boolean") and not (exact and column.kind in ("id", "number"))
    if kind == "time":
        return not exact or column.kind not in ("time", "number", "id") or (column.maximum or 0.0) <= LARGEST_PART
    return not exact or (kind == "number" and column.kind in ("text", "category", "id"))


def _fit(column: ColumnProfile, kind: str, rows: int) -> float | None:
    """How well the content fits the kind, 0 to 20; None where it does not."""
    filled = 1 - column.missing / max(rows, 1)
    if kind == "text":
        if column.kind != "text" or column.lengths is None:
            return None
        return filled * (5 + 15 * min(column.lengths[0], 150) / 150)
    if kind == "category":
        return _fit_category(column, filled)
    if kind in ("number", "time", "id"):
        return 15 * filled if column.kind == kind else None
    return 5 * filled if column.kind != "empty" else None


def _fit_category(column: ColumnProfile, filled: float) -> float | None:
    """Few and filled classes, none of which is nearly everything or nearly nothing."""
    if column.kind not in ("category", "boolean", "number") or not 2 <= column.distinct <= MANY_CLASSES:
        return None
    if column.kind == "number" and (column.distinct > FEW_CLASSES or not column.top[0][0].lstrip("-").isdigit()):
        return None
    few = 1 - min(column.distinct - 2, FEW_CLASSES) / (2 * FEW_CLASSES)
    return 15 * filled**3 * few
