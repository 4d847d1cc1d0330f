"""Rows to learn from and rows held out, without a way for the one to give away the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from core.data.groups import groups_of
from core.data.moments import moments
from core.data.table import Table, clean
from core.words import Text

SHARE = 0.2
MOSTLY_DIFFERENT = 0.5
"""The share of rows that must differ from all others for equal ones to be taken for one case twice."""


@dataclass(frozen=True)
class Split:
    """Positions of the rows to learn from and of the rows held out (int64, ascending, disjoint), and in words how
    they were chosen. Rows that can be used on neither side (no text, no label, no time) are in neither."""

    train: np.ndarray
    test: np.ndarray
    kind: Text


def normalise(text: str) -> str:
    """The text without differences of case and spacing: what counts as the same text on both sides of a split."""
    return " ".join(text.casefold().split())


def stratified_split(
    table: Table,
    *,
    share: float = SHARE,
    seed: int,
    label: str = "label",
    together: str | None = "text",
    groups: Sequence[str] = (),
) -> Split:
    """Holds out `share` of every class at random; rows with equal (normalised) texts stay on one side, and where there
    are no texts rows that are equal in every column but the label.

    Every class is on both sides where it has at least two distinct texts. `together` is the role whose equal values
    stay together; None leaves every row alone. Whole `groups` (columns, for instance the customer) are held out where
    they are named; a row to learn from whose text is then also held out is in neither part. The same seed gives the
    same split.
    """
    labels = np.array(table.texts(label), dtype=object)
    known = labels != ""
    texts = np.arange(len(table))
    percent = f"{share:.0%}"
    kind = Text(f"{percent} of each class held out at random", f"每个类别随机留出 {percent}")
    if together is not None and table.has(together):
        values = np.array([normalise(text) for text in table.texts(together)], dtype=object)
        known &= values != ""
        texts = pd.factorize(values)[0]
        kind = Text(f"{kind.en}; equal texts stay on one side", f"{kind.zh}，相同文本只出现在一侧")
    elif together is not None:
        texts = _cases(table, label)
    usable = np.flatnonzero(known)
    units = groups_of(table.frame, groups)[usable] if groups else pd.factorize(texts[usable])[0]
    classes = pd.factorize(pd.Series(labels[usable], dtype="str"))[0]
    held_out = _hold_out_groups(classes, units, share, np.random.default_rng(seed))[units]
    split = Split(usable[~held_out], usable[held_out], kind)
    return _kept_apart(split, texts, _in_groups(kind, groups)) if groups else split


def without_groups_of_test(split: Split, table: Table, groups: Sequence[str]) -> Split:
    """The split without the rows to learn from that belong to a group with rows held out."""
    return _kept_apart(split, groups_of(table.frame, groups), _in_groups(split.kind, groups)) if groups else split


def _kept_apart(split: Split, units: np.ndarray, kind: Text) -> Split:
    return replace(split, train=split.train[~np.isin(units[split.train], units[split.test])], kind=kind)


def _in_groups(kind: Text, groups: Sequence[str]) -> Text:
    names, names_zh = ", ".join(f"“{name}”" for name in groups), "、".join(f"“{name}”" for name in groups)
    return Text(f"{kind.en}; all rows of one {names} stay on one side", f"{kind.zh}；{names_zh}相同的行只出现在一侧")


def _cases(table: Table, label: str) -> np.ndarray:
    """The rows that are one case twice, whatever their label."""
    return equal_rows(table.frame.drop(columns=list(table.roles.get(label, ())), errors="ignore"))


def equal_rows(frame: pd.DataFrame) -> np.ndarray:
    """A number for every row, the same for rows that are equal in every column; each row its own where so many are equal
    that the columns do not tell cases apart."""
    codes = row_codes(frame)
    return codes if codes.max(initial=-1) + 1 >= MOSTLY_DIFFERENT * len(frame) else np.arange(len(frame))


def row_codes(frame: pd.DataFrame) -> np.ndarray:
    """A number for every row, int [rows] from 0: the same for rows that say the same in every column (1 and 1.0 do)."""
    if not frame.shape[1]:
        return np.arange(len(frame))
    told = {}
    for place in range(frame.shape[1]):
        codes, values = pd.factorize(frame.iloc[:, place])
        said = np.array([*map(clean, values.tolist()), ""], dtype=object)
        told[place] = pd.factorize(said[codes])[0]
    return pd.factorize(pd.util.hash_pandas_object(pd.DataFrame(told), index=False))[0]


def group_split(table: Table, *, share: float = SHARE, seed: int, group: str = "group") -> Split:
    """Holds out whole groups (all rows of a customer, for instance), drawn at random, about `share` of the rows.

    At least one group is on each side where there are two. Rows without a group are in neither part.
    """
    values = np.array(table.texts(group), dtype=object)
    usable = np.flatnonzero(values != "")
    groups = pd.factorize(pd.Series(values[usable], dtype="str"))[0]
    held_out = _hold_out_groups(np.zeros(len(groups), dtype=int), groups, share, np.random.default_rng(seed))
    name = table.roles[group][0]
    kind = Text(f"Whole groups of “{name}” held out at random", f"按“{name}”整组随机留出")
    return Split(usable[~held_out[groups]], usable[held_out[groups]], kind)


def time_split(table: Table, *, share: float = SHARE, time: str = "time", label: str | None = None) -> Split:
    """Holds out the latest `share` of the rows. Rows of one moment stay on one side; rows without a readable time
    or, where that is a role of the table, without a `label` are in neither part."""
    moments = seconds(table.column(time))
    known_end = np.array(table.texts(label), dtype=object) != "" if label and table.has(label) else True
    usable = np.flatnonzero(np.isfinite(moments) & known_end)
    known = moments[usable]
    late = np.zeros(len(known), dtype=bool)
    if len(known) and known.min() < known.max():
        cut = np.sort(known)[max(round(len(known) * (1 - share)) - 1, 0)]
        late = known > cut if cut < known.max() else known == known.max()
    kind = Text(
        "The latest rows held out: learned from the past, measured on what came after",
        "留出时间最晚的行：用过去训练，用之后的数据检验",
    )
    return Split(usable[~late], usable[late], kind)


def last_item_split(table: Table, counts: np.ndarray, *, user: str = "user", time: str = "time") -> Split:
    """Holds out the last row of every user who has at least two (leave-one-last-out, the usual protocol for
    recommendations). Among equal times the later row of the file is the last. Rows without a user, and those that do not
    count (`counts`, bool [rows]), are in neither."""
    users = np.array(table.texts(user), dtype=object)
    moments = seconds(table.column(time)) if table.has(time) else np.arange(len(table), dtype=float)
    usable = np.flatnonzero(counts & (users != "") & np.isfinite(moments))
    order = usable[np.argsort(moments[usable], kind="stable")]
    series = pd.Series(users[order], dtype="str")
    last = ~series.duplicated(keep="last").to_numpy() & series.duplicated(keep="first").to_numpy()
    kind = Text("The last row of each user held out", "每位用户的最后一条记录留作检验")
    return Split(np.sort(order[~last]), np.sort(order[last]), kind)


def seconds(values: pd.Series) -> np.ndarray:
    """Moments as float seconds since 1970 (numbers are taken as they are), NaN where they cannot be read."""
    if pd.api.types.is_numeric_dtype(values.dtype) and not pd.api.types.is_bool_dtype(values.dtype):
        return values.to_numpy(dtype=float, na_value=np.nan)
    since = moments(values) - pd.Timestamp(0)
    return since.dt.total_seconds().to_numpy(dtype=float, na_value=np.nan)


def _hold_out_groups(classes: np.ndarray, groups: np.ndarray, share: float, rng: np.random.Generator) -> np.ndarray:
    """For each group whether it is held out: class by class, at random, about `share` of the class's rows.

    A group with rows of several classes counts for the rarest of them.
    """
    held_out = np.zeros(groups.max() + 1 if len(groups) else 0, dtype=bool)
    sizes = np.bincount(groups, minlength=len(held_out))
    rows_per_class = np.bincount(classes) if len(classes) else np.zeros(0, dtype=int)
    rarest_first = np.argsort(rows_per_class[classes], kind="stable")
    first_rows = pd.Series(groups[rarest_first]).drop_duplicates()
    class_of = np.full(len(held_out), -1)
    class_of[first_rows.to_numpy()] = classes[rarest_first][first_rows.index.to_numpy()]
    for kind in range(len(rows_per_class)):
        own = rng.permutation(np.flatnonzero(class_of == kind))
        if len(own) > 1:
            held_out[own[_fill(sizes[own], share)]] = True
    _repair(held_out, classes, groups)
    return held_out


def _fill(sizes: np.ndarray, share: float) -> list[int]:
    """Which groups, in their order, come nearest to `share` of all rows: at least one, never all."""
    chosen: list[int] = []
    target, total = share * sizes.sum(), 0
    for place, size in enumerate(sizes.tolist()):
        if total + size / 2 <= target and len(chosen) < len(sizes) - 1:
            chosen.append(place)
            total += size
    return chosen or [int(np.argmin(sizes))]


def _repair(held_out: np.ndarray, classes: np.ndarray, groups: np.ndarray) -> None:
    """Moves single groups, in place, so that classes missing on one side (through contradicting labels) are there.

    A group is moved only where none of its classes is then missing on the side that it leaves.
    """
    groups_of: dict[int, list[int]] = {}
    classes_of: dict[int, list[int]] = {}
    for kind, group in sorted(set(zip(classes.tolist(), groups.tolist(), strict=True))):
        groups_of.setdefault(kind, []).append(group)
        classes_of.setdefault(group, []).append(kind)
    for own in groups_of.values():
        side = bool(held_out[own[0]])
        if len(own) < 2 or not (held_out[own] == side).all():
            continue
        for group in own:
            if all((held_out[groups_of[kind]] == side).sum() > 1 for kind in classes_of[group]):
                held_out[group] = not side
                break
