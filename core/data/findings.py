"""What was found in a table, ordered by what it would cost a model: the scenario's own checks, and what holds for any
column: spaces, spellings, placeholders, gaps, personal data."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from core.data import personal
from core.data import problems as as_data
from core.data.amounts import as_numbers
from core.data.column_changes import figure, gap_fixes
from core.data.profile import ColumnProfile, Profile, codes_of
from core.data.recipe import Step, touched
from core.data.spellings import variants
from core.data.table import Table, clean
from core.data.table_checks import PROFILED, are_codes, numbers_as_text
from core.words import Fix, Problem, Text

Effect = Literal["stops", "false", "wrong", "less", "private", "note"]
EFFECTS: tuple[Effect, ...] = ("stops", "false", "wrong", "less", "private", "note")
"""What a finding does to a model, the dearest first: it cannot be trained; its figures would be false; it is taught
wrong answers; it learns less than it could; it would carry personal data; hardly anything."""

FALSE = (
    "leaking_column",
    "leak",
    "afterwards",
    "texts_contain_label",
    "test_rows_in_training",
    "on_both_sides",
    "too_strong",
)
WRONG = (
    "label_spellings",
    "contradicting_labels",
    "conflicting_answers",
    "cancellations",
    "negative_values",
    "no_products",
)
PRIVATE = ("sensitive_columns", "proxy", "personal_data")
LEFT_OUT = ("identifier", "constant", "leak", "afterwards", "leaking_column")
"""Keys of problems about one column that the set-up solves by leaving it out of the run: here it leaves the data."""

OFFERED_AS = {"spellings": "merge_values", "gaps": "drop_empty"}
"""What is found in any column, and the repair by which a scenario's own check has already said it."""

SHARES = 20_000
MOST_GAPS = 6
MOST_VALUES = 500
MOST_CELLS = 100_000
MUCH_MISSING, HARDLY_ANY = 0.6, 0.005
NOTHING_SAID = (
    "-",
    "--",
    "---",
    "—",
    "?",
    "??",
    ".",
    "n.a.",
    "#n/a",
    "missing",
    "not available",
    "not applicable",
    "无数据",
    "缺失",
    "空",
    "空值",
)
"""Words (lower case) that say nothing in any column."""
PLACEHOLDERS = (-1, 96, 98, *(sign * int(digit * times) for sign in (1, -1) for digit in "98" for times in range(2, 9)))
ODD_SPACES = r"^[ \t\x{00a0}\x{3000}]|[ \t\x{00a0}\x{3000}]$|[ \x{00a0}\x{3000}]{2}|[\t\x{00a0}\x{3000}]|[\x{200b}-\x{200f}\x{2060}\x{feff}\x{00ad}]"
CODE_NAME = re.compile(
    r"(^|[_\s-])(zip|postal|postcode|postleitzahl|plz|code)(_?code)?$|邮编|邮政编码|代码", re.IGNORECASE
)
PERSONAL_HOW = Text(
    "A model needs none of it to learn, and who sees the rows would see it too.",
    "模型学习时用不到这些信息，而能看到数据的人都会看到它们。",
)
FAR = 10
"""Interquartile ranges beyond the quartiles from which a number is far from everything else."""


@dataclass(frozen=True)
class Finding:
    """A problem, what it does to the model, and the share of the rows that it touches (0 to 1)."""

    problem: Problem
    effect: Effect
    share: float = 0.0

    def to_json(self) -> dict[str, Any]:
        return {"problem": as_data.to_json(self.problem), "effect": self.effect, "share": self.share}

    @staticmethod
    def from_json(value: Mapping[str, Any]) -> Finding:
        return Finding(as_data.from_json(value["problem"]), value["effect"], value["share"])


def find(
    frame: pd.DataFrame, profile: Profile, problems: Sequence[Problem], read: Collection[str] | None = None
) -> list[Finding]:
    """Everything found, the dearest first. `problems` are those of the scenario's own check; `read` the columns that
    it learns from or that hold the answer (None: all of them): what is found elsewhere is only good to know."""
    some = _sample(frame)
    found = [Finding(one, _effect(one), _share(some, one)) for one in map(_for_data, problems)]
    taken = {problem.key for problem in problems}
    offered = {(fix.step.do, name) for one in problems for fix in one.fixes if fix.step for name in fix.step.columns}
    no_amounts = [
        one.name for one in profile.columns if one.kind in ("text", "time") or are_codes(frame[one.name].head(PROFILED))
    ]
    for problem in numbers_as_text(Table(frame, {}), no_amounts):
        if problem.key not in taken:
            finding = Finding(problem, _effect(problem), _share(some, problem))
            found.append(finding if read is None or problem.key.partition(":")[2] in read else _only_noted(finding))
    for column in profile.columns:
        used = read is None or column.name in read
        for finding in _of_column(frame[column.name], column, profile.rows):
            same_repair = OFFERED_AS.get(finding.problem.key.partition(":")[0]), column.name
            if finding.problem.key in taken or same_repair in offered:
                continue
            found.append(finding if used or finding.effect == "private" else _only_noted(finding))
    found = _without_small_gaps(found)
    return sorted(found, key=lambda one: (EFFECTS.index(one.effect), -one.share))


def _only_noted(finding: Finding) -> Finding:
    return Finding(replace(finding.problem, severity="note"), "note", finding.share)


def _without_small_gaps(found: list[Finding]) -> list[Finding]:
    gaps = sorted((one for one in found if one.problem.key.startswith("gaps:")), key=lambda one: -one.share)
    return [one for one in found if one not in gaps[MOST_GAPS:]]


def _effect(problem: Problem) -> Effect:
    kind = problem.key.partition(":")[0]
    if problem.severity == "stop":
        return "stops"
    if problem.severity == "note":
        return "note"
    if kind in PRIVATE:
        return "private"
    return "false" if kind in FALSE else "wrong" if kind in WRONG else "less"


def _share(frame: pd.DataFrame, problem: Problem) -> float:
    step = next((fix.step for fix in problem.fixes if fix.step), None)
    return touched(frame, step) if step else 0.0


def _sample(frame: pd.DataFrame) -> pd.DataFrame:
    return frame if len(frame) <= SHARES else frame.iloc[:: len(frame) // SHARES]


def _for_data(problem: Problem) -> Problem:
    """Repairs of the run's settings have no place here; leaving a column out of the data does the same for all runs."""
    kind, _, column = problem.key.partition(":")
    if column and kind in LEFT_OUT:
        title = Text(f"Leave out “{column}”", f"去掉“{column}”列")
        return replace(problem, fixes=(Fix(title, Step("drop_columns", (column,))),))
    return replace(problem, fixes=tuple(fix for fix in problem.fixes if fix.step))


def _of_column(values: pd.Series, column: ColumnProfile, rows: int) -> Iterator[Finding]:
    if column.kind == "empty":
        yield _empty_column(column)
        return
    if isinstance(values.dtype, pd.StringDtype) or values.dtype == object:
        cells, counts = _cells(values)
        yield from _spaces(cells, counts, column, rows)
        yield from _personal(cells, counts, column, rows)
        if column.kind in ("category", "boolean", "id") and column.distinct <= MOST_VALUES:
            yield from _values(cells, counts, column, rows)
    elif column.kind == "id":
        yield from _of_people(column, personal.KINDS)
    if column.kind == "number":
        yield from _codes(values, column)
        yield from _placeholders(values, column, rows)
        yield from _far_out(values, column, rows)
    if column.missing:
        yield from _gaps(column, rows)


def _cells(values: pd.Series) -> tuple[pa.Array, np.ndarray]:
    """The different cells of a column of text and how many rows each has; of very many every so-manieth, standing for
    the others."""
    codes, distinct = codes_of(values if isinstance(values.dtype, pd.StringDtype) else values.map(clean).astype("str"))
    cells = distinct if isinstance(distinct, pa.Array) else pa.array(distinct, pa.large_string(), from_pandas=True)
    counts = np.bincount(codes[codes >= 0], minlength=len(cells))
    every = max(1, len(cells) // MOST_CELLS)
    taken = np.arange(0, len(cells), every)
    return cells.take(pa.array(taken)), counts[taken] * every


def _empty_column(column: ColumnProfile) -> Finding:
    what = Text(f"Column “{column.name}” is empty.", f"“{column.name}”列是空的。")
    how = Text("Nothing can be learned from it.", "没有任何可学的内容。")
    fix = Fix(Text("Leave it out", "去掉这一列"), Step("drop_columns", (column.name,)))
    return Finding(Problem(f"empty_column:{column.name}", what, how, "note", (fix,)), "note", 1.0)


def _spaces(cells: pa.Array, counts: np.ndarray, column: ColumnProfile, rows: int) -> Iterator[Finding]:
    """Spaces at the ends or twice, characters that cannot be seen: two cells that look equal are not."""
    if column.kind == "text":
        return
    odd = int(counts[pc.match_substring_regex(cells, ODD_SPACES).to_numpy(zero_copy_only=False).astype(bool)].sum())
    if not odd:
        return
    what = Text(
        f"{odd:,} cells of “{column.name}” hold superfluous spaces or characters that cannot be seen.",
        f"“{column.name}”列有 {odd:,} 个单元格含有多余的空格或不可见字符。",
    )
    how = Text("Values that look the same are counted as different ones.", "看起来相同的值会被当成不同的值。")
    fix = Fix(Text("Trim them", "清理空格"), Step("tidy", (column.name,)))
    yield Finding(Problem(f"spaces:{column.name}", what, how, "warn", (fix,)), "less", odd / rows)


def _personal(cells: pa.Array, counts: np.ndarray, column: ColumnProfile, rows: int) -> Iterator[Finding]:
    """E-mail addresses, telephone, card and identity numbers, anywhere in the cells."""
    found = personal.in_cells(cells, counts)
    found = {key: hits for key, hits in found.items() if hits >= max(2, 0.0002 * rows) or column.distinct < 20}
    if not found:
        yield from _of_people(column)
        return
    most = max(found.values())
    what = Text(
        f"“{column.name}” holds "
        + ", ".join(f"{personal.KINDS[key].en} ({hits:,} rows)" for key, hits in found.items())
        + ".",
        f"“{column.name}”列含有"
        + "、".join(f"{personal.KINDS[key].zh}（{hits:,} 行）" for key, hits in found.items())
        + "。",
    )
    how = PERSONAL_HOW
    mask = Fix(Text("Mask it", "遮盖"), Step("mask", (column.name,), dict.fromkeys(found, "")))
    leave = Fix(Text("Leave the column out", "去掉整列"), Step("drop_columns", (column.name,)))
    fixes = (mask, leave) if most > 0.5 * rows else (mask,)
    yield Finding(Problem(f"personal:{column.name}", what, how, "warn", fixes), "private", most / rows)


def _of_people(column: ColumnProfile, known: Mapping[str, Text] = personal.PEOPLE) -> Iterator[Finding]:
    """Names and addresses, which only the profile can tell, and whole columns of numbers of people; they cannot be masked
    piece by piece."""
    kinds = [known[key] for key in column.personal if key in known]
    if not kinds:
        return
    what = Text(
        f"“{column.name}” holds {', '.join(kind.en for kind in kinds)}.",
        f"“{column.name}”列含有{'、'.join(kind.zh for kind in kinds)}。",
    )
    fix = Fix(Text("Leave the column out", "去掉整列"), Step("drop_columns", (column.name,)))
    yield Finding(Problem(f"personal:{column.name}", what, PERSONAL_HOW, "warn", (fix,)), "private", 1.0)


def _values(cells: pa.Array, sizes: np.ndarray, column: ColumnProfile, rows: int) -> Iterator[Finding]:
    """Spellings of one value, and values that say nothing."""
    counts: Counter[str] = Counter()
    for value, size in zip(cells.to_pylist(), sizes.tolist(), strict=True):
        counts[clean(value)] += size
    groups = [sorted(group, key=lambda v: -counts[v]) for group in variants(counts) if len(group) > 1]
    if groups:
        changes = {value: group[0] for group in groups for value in group[1:]}
        said = "; ".join(" = ".join(f"“{value}”" for value in group[:4]) for group in groups[:3])
        more = len(groups) > 3
        what = Text(
            f"“{column.name}” writes {_n(len(groups), 'value')} in several ways: {said}{' …' if more else ''}.",
            f"“{column.name}”列有 {len(groups)} 种值写法不一：{said.replace('; ', '；')}{'……' if more else ''}。",
        )
        how = Text("Each spelling is learned on its own, from fewer rows.", "每种写法会被分开学习，各自的样本更少。")
        fix = Fix(Text("Merge them", "合并写法"), Step("merge_values", (column.name,), changes))
        share = sum(counts[value] for value in changes) / rows
        yield Finding(Problem(f"spellings:{column.name}", what, how, "warn", (fix,)), "less", share)
    silent = {value: counts[value] for value in counts if value.casefold() in NOTHING_SAID}
    if silent and column.distinct > len(silent) + 1:
        what = Text(
            f"“{column.name}” says {_quoted(silent)} in {_n(sum(silent.values()), 'row')}.",
            f"“{column.name}”列有 {sum(silent.values()):,} 行写着{_quoted(silent, '、')}。",
        )
        how = Text("That is no value but a gap; read it as one.", "这不是取值，而是缺失，应按缺失处理。")
        fix = Fix(Text("Read as missing", "视为缺失"), Step("blank_values", (column.name,), dict.fromkeys(silent, "")))
        yield Finding(
            Problem(f"says_nothing:{column.name}", what, how, "warn", (fix,)), "less", sum(silent.values()) / rows
        )


def _codes(values: pd.Series, column: ColumnProfile) -> Iterator[Finding]:
    """Whole numbers that by their name are codes: the higher is not the more."""
    if not CODE_NAME.search(column.name) or column.distinct < 3 or not pd.api.types.is_numeric_dtype(values.dtype):
        return
    if bool((values.dropna() % 1 != 0).any()):
        return
    what = Text(
        f"“{column.name}” holds codes written as numbers, such as {column.top[0][0]}.",
        f"“{column.name}”列像是用数字写的代码，例如 {column.top[0][0]}。",
    )
    how = Text(
        "Read as amounts, a model takes a higher code for more of something.", "若当作数量，模型会以为代码越大就越多。"
    )
    fix = Fix(Text("Read as codes", "视为代码"), Step("to_text", (column.name,)))
    yield Finding(Problem(f"codes:{column.name}", what, how, "warn", (fix,)), "less", 1.0)


def _placeholders(values: pd.Series, column: ColumnProfile, rows: int) -> Iterator[Finding]:
    """Numbers such as 9999 or -1 that stand at an end, often, and far from all the others."""
    numbers = as_numbers(values).dropna()
    if len(numbers) < 50 or column.distinct < 8:
        return
    coded = numbers.isin(PLACEHOLDERS)
    counts = numbers[coded].value_counts()
    far = _limits(numbers[~coded], 3) if len(counts) else None
    if far is None:
        return
    low, high = far
    odd = [value for value in counts.index if counts[value] >= 3 and not low <= value <= high]
    if not odd:
        return
    hits = int(sum(counts[value] for value in odd))
    names = {clean(value): "" for value in sorted(odd)}
    what = Text(
        f"“{column.name}” is {_quoted(names)} in {_n(hits, 'row')}, far from every other value: perhaps a code for “unknown”.",
        f"“{column.name}”列有 {hits:,} 行取值为{_quoted(names, '、')}，远离其他值，可能是代表“未知”的代码。",
    )
    how = Text(
        "Read as an amount it pulls averages and lines towards it. If it is a code, read it as missing.",
        "若当作数量，会把平均值和趋势拉偏。如果只是代码，请视为缺失。",
    )
    fix = Fix(Text("Read as missing", "视为缺失"), Step("blank_values", (column.name,), names))
    yield Finding(Problem(f"placeholder:{column.name}", what, how, "warn", (fix,)), "less", hits / rows)


def _far_out(values: pd.Series, column: ColumnProfile, rows: int) -> Iterator[Finding]:
    """A few numbers very far from the others."""
    numbers = as_numbers(values).dropna()
    numbers = numbers[~numbers.isin(PLACEHOLDERS)]
    limits = _limits(numbers, FAR) if len(numbers) >= 50 and column.distinct >= 20 else None
    if limits is None:
        return
    low, high = limits
    outside = numbers[(numbers < low) | (numbers > high)]
    if not 0 < len(outside) <= HARDLY_ANY * len(numbers):
        return
    inside = numbers[(numbers >= low) & (numbers <= high)]
    low, high = float(inside.min()), float(inside.max())
    example = clean(outside.iloc[np.argmax(np.abs(outside.to_numpy()))])
    what = Text(
        f"{_n(len(outside), 'row')} of “{column.name}” {'is' if len(outside) == 1 else 'are'} very far from the rest, for instance {example}; the rest lies between {figure(low)} and {figure(high)}.",
        f"“{column.name}”列有 {len(outside):,} 行远离其他值，例如 {example}；其余都在 {figure(low)} 到 {figure(high)} 之间。",
    )
    how = Text(
        "If they are slips of the pen, limit them. Trees hardly mind them; averages and lines do.",
        "如果是录入错误，可以限制在范围内。树模型影响不大，平均值和线性模型会被拉偏。",
    )
    step = Step("clip", (column.name,), {"low": figure(low), "high": figure(high)})
    fix = Fix(Text("Limit to the rest", "限制在其余范围内"), step)
    yield Finding(Problem(f"far_out:{column.name}", what, how, "note", (fix,)), "note", len(outside) / rows)


def _limits(numbers: pd.Series, times: float) -> tuple[float, float] | None:
    """The quartiles widened by so many interquartile ranges (Tukey's fences); None where half of the rows are equal."""
    if not len(numbers):
        return None
    first, third = np.percentile(numbers, [25, 75])
    return (first - times * (third - first), third + times * (third - first)) if third > first else None


def _gaps(column: ColumnProfile, rows: int) -> Iterator[Finding]:
    """Empty cells: the models read them as they are, so they are only worth a look where they are many."""
    share = column.missing / max(rows, 1)
    what = Text(
        f"“{column.name}” is empty in {column.missing:,} of {rows:,} rows ({_percent(share)}).",
        f"“{column.name}”列在 {rows:,} 行中有 {column.missing:,} 行为空（{_percent(share)}）。",
    )
    how = Text(
        "Models of tables read a gap as a gap, so filling it is seldom better. Fill it where you know what it means.",
        "表格模型会把空缺当作空缺来学习，填补往往并不更好。知道空缺的含义时再填补。",
    )
    yield Finding(
        Problem(f"gaps:{column.name}", what, how, "warn" if share >= MUCH_MISSING else "note", gap_fixes(column)),
        "less" if share >= MUCH_MISSING else "note",
        share,
    )


def _percent(share: float) -> str:
    return f"{share:.0%}" if 0.01 <= share <= 0.99 else f"{share:.1%}"


def _n(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def _quoted(values: Collection[str], apart: str = ", ") -> str:
    return apart.join(f"“{value}”" for value in list(values)[:5])
