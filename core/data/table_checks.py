"""Pre-flight checks of tables whose rows ended well or badly. Each returns problems with what, how and repairs."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from core.data.amounts import as_numbers, decimal_mark, share_of_numbers
from core.data.outcomes import approved_today
from core.data.profile import profile
from core.data.recipe import Step
from core.data.sensitive import find_sensitive
from core.data.splitting import time_split
from core.data.suspects import Suspect, find_suspects
from core.data.table import Table, clean
from core.words import Fix, Problem, Text, same

LEAST_ROWS = 60
LEAST_OF_EACH = 10
LEAST_OF_A_SIDE = 5
"""Cases of each outcome on either side of a test by date."""
FEW_OF_EACH = 100
RARE = 0.1
PROFILED = 2000
MOSTLY_NUMBERS = 0.8
_CODE = r"[A-Za-z]{1,2}-?\d{4,}|\d{4,}-?[A-Za-z]{1,2}"
PROXY_ROWS = 20_000
TELLING = 0.4
"""Cramér's V from which one column is said to largely tell another."""


def _outcomes(table: Table) -> pd.Series:
    """Rows of each outcome, the commonest first."""
    ended = pd.Series(table.texts("target"), dtype="str")
    return ended[ended != ""].value_counts()


def two_outcomes(table: Table, bad: str) -> list[Problem]:
    """Stops where there are too few rows, not exactly two outcomes, or too few of one to measure anything."""
    counts, name = _outcomes(table), table.roles["target"][0]
    if len(table) < LEAST_ROWS:
        what = Text(
            f"There are only {len(table):,} rows; at least {LEAST_ROWS} are needed.",
            f"只有 {len(table):,} 行数据，至少需要 {LEAST_ROWS} 行。",
        )
        return [
            Problem(
                "too_few_rows", what, Text("Bring more cases that have ended.", "请补充更多已有结果的数据。"), "stop"
            )
        ]
    if len(counts) != 2:
        return [_not_two(counts, name)]
    if bad and bad not in counts.index:
        what = Text(
            "No row of “{column}” is “{bad}”; it holds {values}.", "“{column}”列中没有“{bad}”，只有 {values}。"
        ).fill(column=name, bad=bad, values=_listed(counts))
        return [
            Problem(
                "unknown_bad",
                what,
                Text("Choose which of them is the bad end.", "请选择哪个取值代表坏的结果。"),
                "stop",
            )
        ]
    if counts.min() < LEAST_OF_EACH:
        what = Text(
            "Only {n} of {rows} rows are “{value}”: too few to learn from or to measure on.",
            "{rows} 行中只有 {n} 行是“{value}”，既学不会也测不准。",
        ).fill(n=f"{counts.min():,}", rows=f"{counts.sum():,}", value=counts.index[-1])
        how = Text(
            f"Bring more of them: at least {LEAST_OF_EACH}, better {FEW_OF_EACH}.",
            f"请补充：至少 {LEAST_OF_EACH} 行，最好 {FEW_OF_EACH} 行以上。",
        )
        return [Problem("too_few_of_one", what, how, "stop")]
    return []


def _not_two(counts: pd.Series, name: str) -> Problem:
    if len(counts) == 1:
        what = Text("Every row of “{column}” says “{value}”.", "“{column}”列的每一行都是“{value}”。").fill(
            column=name, value=counts.index[0]
        )
        return Problem("one_class", what, Text("Bring cases of both ends.", "请同时提供两种结果的数据。"), "stop")
    if len(counts) == 0:
        what = Text("“{column}” is empty.", "“{column}”列是空的。").fill(column=name)
        return Problem(
            "no_outcome",
            what,
            Text("Choose the column that says how each case ended.", "请选择记录最终结果的列。"),
            "stop",
        )
    what = Text(
        "“{column}” has {n} different values ({values}); two are needed.",
        "“{column}”列有 {n} 种取值（{values}），需要恰好两种。",
    ).fill(column=name, n=len(counts), values=_listed(counts))
    how = Text("Choose a column with two values, or merge its values first.", "请选择只有两种取值的列，或先合并取值。")
    return Problem("not_two_outcomes", what, how, "stop")


def missing_outcomes(table: Table) -> list[Problem]:
    """Rows that do not say how they ended (warn): they are skipped."""
    missing = sum(1 for value in table.texts("target") if not value)
    name = table.roles["target"][0]
    if not missing or missing == len(table):
        return []
    what = Text("{n} of {rows} rows do not say how they ended.", "{rows} 行中有 {n} 行没有结果。").fill(
        n=f"{missing:,}", rows=f"{len(table):,}"
    )
    how = Text("Nothing can be learned from them; they are skipped.", "这些行无法用于学习，训练时会跳过。")
    fix = Fix(Text("Remove them", "删除这些行"), Step("drop_empty", (name,)))
    return [Problem("missing_outcomes", what, how, "warn", (fix,))]


def suspects_of(table: Table) -> list[Suspect]:
    """What of the columns is suspicious, beside the outcome and the case's date."""
    date = next(iter(table.roles.get("date", ())), None)
    return find_suspects(table.frame, table.roles["target"][0], date) if table.has("target") else []


def suspects(table: Table, suspected: Sequence[Suspect], left_out: Sequence[str], kept: Sequence[str]) -> list[Problem]:
    """Identifiers, constants, giveaways and what is only known afterwards, unless left out or in a role that is not learned
    from (warn; a constant is a note). Near-deterministic ones are left out anyway, the others are proposals."""
    roles = {name for key in ("target", "date", "policy") for name in table.roles.get(key, ())}
    found = []
    for one in suspected:
        if one.column in roles or one.column in left_out or one.column in kept:
            continue
        if one.certain:
            what = Text(
                f"“{one.column}” gives the answer away: {one.reason.en}. It is left out.",
                f"“{one.column}”泄露了答案：{one.reason.zh}。训练时不会使用它。",
            )
            how = Text(
                "On a new case it is not known yet, so a model trained with it would fail.",
                "新业务发生时还没有这项信息，用它训练的模型上线后会失灵。",
            )
            found.append(Problem(f"leaking_column:{one.column}", what, how, "warn"))
            continue
        what = Text(f"“{one.column}”: {one.reason.en}.", f"“{one.column}”：{one.reason.zh}。")
        how = HOW[one.kind]
        fix = Fix(Text(f"Leave out “{one.column}”", f"不使用“{one.column}”"), settings={"leave_out": (one.column,)})
        found.append(
            Problem(f"{one.kind}:{one.column}", what, how, "note" if one.kind == "constant" else "warn", (fix,))
        )
    return found


HOW = {
    "identifier": Text("Leave it out: a model could only remember it.", "建议不使用：模型只能死记硬背。"),
    "constant": Text("It cannot help and is not used.", "没有帮助，训练时不会使用。"),
    "leak": Text("Leave it out.", "建议不使用。"),
    "afterwards": Text(
        "If you will not know it when you decide on a new case, leave it out: the figures would be too good to be true.",
        "如果对新业务做决定时还不知道这项信息，请不要使用，否则指标会虚高。",
    ),
}


def numbers_as_text(table: Table, exclude: Sequence[str] = ()) -> list[Problem]:
    """Columns of numbers written as text ("$5,400", "12%"), in which words or other spellings stand between (note or
    warn): what is read, what is not, and a repair that makes them numbers for good."""
    found = []
    for name in table.frame.columns:
        values = table.frame[name]
        if (
            name in exclude
            or pd.api.types.is_numeric_dtype(values.dtype)
            or pd.api.types.is_datetime64_any_dtype(values.dtype)
        ):
            continue
        share = share_of_numbers(values.head(PROFILED))
        if share < MOSTLY_NUMBERS:
            continue
        mark = decimal_mark(values.head(PROFILED).dropna().astype("str").unique())
        example = next(
            (clean(v) for v in values.dropna().head(50) if not clean(v).replace(".", "").isdigit()),
            clean(values.dropna().iloc[0]),
        )
        what = Text(
            f"“{name}” holds numbers written as text, such as “{example[:30]}”.",
            f"“{name}”列的数字以文本形式存放，例如“{example[:30]}”。",
        )
        how = Text(
            f"They are read as numbers ({share:.0%} of the cells can be); the rest counts as missing.",
            f"会按数字读取（{share:.0%} 的单元格可以读出），其余按缺失处理。",
        )
        fix = Fix(
            Text("Make them numbers", "转换为数字"), Step("to_numbers", (str(name),), {str(name): mark} if mark else {})
        )
        found.append(Problem(f"numbers_as_text:{name}", what, how, "warn" if share < 1 else "note", (fix,)))
    return found


def are_codes(values: pd.Series) -> bool:
    """Whether some cells begin with zeros or are longer than a number keeps exactly, or most of those that are no
    numbers are long numbers with a letter or two (C545852, 84596E), as articles and orders have them."""
    if pd.api.types.is_numeric_dtype(values.dtype):
        return False
    words = values.dropna().astype("str").str.strip()
    if words.str.fullmatch(r"0\d+|\d{16,}").any():
        return True
    words = words[as_numbers(words).isna()]
    return bool(len(words)) and bool(words.str.fullmatch(_CODE).mean() > 0.5)


def repeated_rows(table: Table) -> list[Problem]:
    """Rows equal in every column (warn where many): the same case on both sides of the test makes figures too good."""
    repeated = int(table.frame.duplicated().sum())
    if not repeated:
        return []
    what = Text(
        f"{repeated:,} of {len(table):,} rows repeat another row exactly.",
        f"{len(table):,} 行中有 {repeated:,} 行与其他行完全相同。",
    )
    how = Text(
        "If they are the same case twice, remove them; different people can look alike in a few columns.",
        "如果是同一笔重复记录，请删除；列数较少时，不同的人也可能看起来一样。",
    )
    fix = Fix(Text("Remove the repeats", "删除重复行"), Step("drop_duplicates", tuple(map(str, table.frame.columns))))
    return [Problem("repeated_rows", what, how, "warn" if repeated > 0.02 * len(table) else "note", (fix,))]


def sensitive_columns(table: Table, left_out: Sequence[str]) -> list[Problem]:
    """Columns about who a person is, still learned from (warn): the user decides."""
    chosen = [name for name in table.roles.get("sensitive", ()) if name not in left_out]
    known = (
        {one.column: one.kind for one in find_sensitive(profile(table.frame[chosen].head(PROFILED)))} if chosen else {}
    )
    if not chosen:
        return []
    said = [f"“{name}”" for name in chosen]
    kinds_en = ", ".join(dict.fromkeys(kind.en for kind in known.values())) or "who a person is"
    kinds_zh = "、".join(dict.fromkeys(kind.zh for kind in known.values())) or "个人身份"
    what = Text(
        f"The model would learn from {', '.join(said)} ({kinds_en}).", f"模型会使用{'、'.join(said)}（{kinds_zh}）。"
    )
    how = Text(
        "Deciding by them can be unlawful. The fairness view shows every group either way; the estimate in Set up says what leaving them out costs.",
        "据此做决定可能违法。无论是否使用，公平性页面都会展示各群体的情况；设置页的预估会说明去掉它们的代价。",
    )
    fix = Fix(Text("Keep them out of the model", "不让模型使用"), settings={"leave_out": tuple(chosen)})
    return [Problem("sensitive_columns", what, how, "warn", (fix,))]


def proxies(table: Table, left_out: Sequence[str]) -> list[Problem]:
    """Columns that largely tell a sensitive one (note): leaving only the sensitive one out would not keep it out."""
    sensitive = [name for name in table.roles.get("sensitive", ()) if name in table.frame]
    roles = {name for names in table.roles.values() for name in names}
    some = table.frame.head(PROXY_ROWS)
    others = {name: _grouped(some[name]) for name in some.columns if name not in roles and name not in left_out}
    found = []
    for column in sensitive:
        told = _grouped(some[column])
        for name, groups in others.items():
            strength = _cramers_v(told, groups)
            if strength >= TELLING:
                what = Text(
                    f"“{name}” largely tells “{column}” (association {strength:.2f} of 1).",
                    f"“{name}”在很大程度上透露了“{column}”（关联度 {strength:.2f}，满分 1）。",
                )
                how = Text(
                    f"Leaving out “{column}” alone would not keep it out of the decisions. Read the fairness view, or leave both out.",
                    f"只去掉“{column}”并不能避免据此做决定。请查看公平性页面，或两列都不使用。",
                )
                fix = Fix(Text(f"Leave out “{name}” too", f"也不使用“{name}”"), settings={"leave_out": (str(name),)})
                found.append(Problem(f"proxy:{name}", what, how, "note", (fix,)))
    return found


def _grouped(values: pd.Series) -> np.ndarray | None:
    """Codes of the cells: values as they are, numbers of many values in tenths; None where nearly all differ."""
    if share_of_numbers(values) >= MOSTLY_NUMBERS and values.nunique() > 10:
        return pd.qcut(as_numbers(values), 10, labels=False, duplicates="drop").fillna(-1).to_numpy(dtype=int)
    codes, distinct = pd.factorize(values)
    return codes if 1 < len(distinct) <= 0.2 * len(values) + 2 else None


def _cramers_v(first: np.ndarray | None, second: np.ndarray | None) -> float:
    """Cramér's V (1946), with Bergsma's correction for few rows (2013); 0 where it cannot be told."""
    if first is None or second is None:
        return 0.0
    counts = pd.crosstab(first, second).to_numpy(dtype=float)
    rows, (r, k) = counts.sum(), counts.shape
    if min(r, k) < 2 or rows < 2:
        return 0.0
    expected = counts.sum(1, keepdims=True) * counts.sum(0, keepdims=True) / rows
    phi = max(0.0, float(((counts - expected) ** 2 / expected).sum() / rows) - (r - 1) * (k - 1) / (rows - 1))
    r, k = r - (r - 1) ** 2 / (rows - 1), k - (k - 1) ** 2 / (rows - 1)
    return float(np.sqrt(phi / max(min(r - 1, k - 1), 1e-9)))


def rare_outcome(table: Table, bad: str) -> list[Problem]:
    """One outcome is rare (note)."""
    counts = _outcomes(table)
    if len(counts) != 2 or not LEAST_OF_EACH <= counts.min() < RARE * counts.sum():
        return []
    value, rows = str(counts.index[-1]), int(counts.min())
    what = Text(
        f"“{value}” is rare: {rows:,} of {counts.sum():,} rows ({rows / counts.sum():.1%}).",
        f"“{value}”很少：{counts.sum():,} 行中有 {rows:,} 行（{rows / counts.sum():.1%}）。",
    )
    how = Text(
        "That is handled: the model gives calibrated probabilities, and the cut-off is chosen by money, not by the share of right answers.",
        "已作相应处理：模型给出经过校准的概率，分界线按收益而不是按准确率选择。",
    )
    return [Problem("rare_outcome", what, how, "note")]


def later_test(table: Table, test_on: str) -> list[Problem]:
    """With a date the latest cases can be the test (note); without one they cannot (stop where asked for)."""
    if test_on == "latest" and not table.has("date"):
        what = Text(
            "The latest rows cannot be held out: no column is chosen as the date.",
            "无法留出时间最晚的数据：没有选择日期列。",
        )
        return [
            Problem(
                "no_date",
                what,
                Text("Choose the date column, or test on rows at random.", "请选择日期列，或改为随机检验。"),
                "stop",
            )
        ]
    if test_on != "latest" and table.has("date"):
        what = Text(
            "The cases have a date: the model can be tested on the latest ones.",
            "数据带有日期：可以用时间最晚的数据检验。",
        )
        how = Text(
            "That is how it will be used. With rows at random it learns from cases later than those it is tested on, which "
            "hides that the world moves.",
            "这更接近实际使用的情形。随机检验时，训练数据里会有比检验数据更晚的样本，看不出情况是否已经变化。",
        )
        fix = Fix(Text("Test on the latest", "用最晚的数据检验"), settings={"test_on": "latest"})
        return [Problem("offer_later_test", what, how, "note", (fix,))]
    return _one_outcome_apart(table) if test_on == "latest" else []


def _one_outcome_apart(table: Table) -> list[Problem]:
    """Where nearly all of the latest cases, or of those before them, ended the same way (stop)."""
    split = time_split(table, time="date", label="target")
    outcomes = pd.Series(table.texts("target"))
    rarest = [outcomes.iloc[rows].value_counts() for rows in (split.train, split.test)]
    if all(len(counts) > 1 and counts.min() >= LEAST_OF_A_SIDE for counts in rarest):
        return []
    what = Text(
        f"Parted by date, fewer than {LEAST_OF_A_SIDE} cases on one side ended one of the two ways: too few to learn from or to measure by.",
        f"按日期分开后，其中一侧某种结果的样本不足 {LEAST_OF_A_SIDE} 个，无法学习或衡量效果。",
    )
    how = Text(
        "Test on rows at random, or bring cases from a longer time.", "请改为随机检验，或提供时间跨度更长的数据。"
    )
    return [Problem("later_test_one_kind", what, how, "stop", (Fix(_AT_RANDOM, settings={"test_on": "random"}),))]


_AT_RANDOM = Text("Test on rows at random", "改为随机检验")


def _listed(counts: pd.Series, most: int = 5) -> str:
    shown = ", ".join(f"{value} ({rows:,})" for value, rows in counts.head(most).items())
    return shown + (" …" if len(counts) > most else "")


def decisions_in_other_words(table: Table) -> list[Problem]:
    """Today's decisions in words that say neither approved nor declined (warn): the money is not compared with them."""
    if not table.has("policy") or approved_today(table.column("policy")) is not None:
        return []
    name = table.roles["policy"][0]
    examples = table.column("policy").map(clean).replace("", pd.NA).dropna().unique()[:3]
    what = Text(
        "“{name}” should say what you decide today, but says {examples}.",
        "“{name}”列应为现行决定，但内容是 {examples}。",
    )
    how = Text(
        "Write approved or declined (yes or no, 1 or 0) there, or the money is not compared with today's decisions.",
        "请改为“通过”“拒绝”（或 是/否、1/0），否则不会与现行决定比较收益。",
    )
    shown = same(", ".join(f"“{str(value)[:20]}”" for value in examples) or "–")
    return [Problem("decisions_in_other_words", what.fill(name=same(name), examples=shown), how, "warn")]
