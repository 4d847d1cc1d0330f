"""Pre-flight checks: what stands in the way or should be known before training, each with its repair.

Every check takes the table and returns a list of problems, empty where all is well. `label` and `text` are roles.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
import pandas as pd

from core.data.changes import repeats
from core.data.leaks import find_leaks
from core.data.recipe import Step
from core.data.spellings import leading, spellings
from core.data.table import Table
from core.words import Fix, Problem, Text

LEAST_ROWS = 20
FEW_ROWS = 200
LEAST_PER_CLASS = 10
LEAST_TO_TEST = 5
"""Of fewer rows of a class, none may be among the fifth that is held out."""
MOST_CLASSES = 100
DROP_EMPTY = Text("Remove these rows", "删除这些行")


def too_few_rows(table: Table, *, least: int = LEAST_ROWS, few: int = FEW_ROWS) -> list[Problem]:
    """Fewer rows than can be learned from (stop), or than can be measured well (warn)."""
    rows = len(table)
    if rows < least:
        what = Text("There are only {n} rows; at least {least} are needed.", "只有 {n} 行数据，至少需要 {least} 行。")
        how = Text(
            "Add more rows with known answers and upload the file again.", "请补充更多已标注的数据，再重新上传。"
        )
        return [Problem("too_few_rows", what.fill(n=rows, least=least), how, "stop")]
    if rows < few:
        what = Text(
            "There are only {n} rows, of which about {test} can be held out for the test.",
            "只有 {n} 行数据，能留出检验的只有约 {test} 行。",
        )
        how = Text(
            "Training works, but the figures will be rough. A few hundred rows more make them firm.",
            "可以训练，但指标会比较粗略；再补充几百行，结果会可靠得多。",
        )
        return [Problem("few_rows", what.fill(n=rows, test=max(rows // 5, 1)), how, "warn")]
    return []


def one_class(table: Table, *, label: str = "label") -> list[Problem]:
    """Every labelled row has the same label, or none has one (stop)."""
    counts = _counts(table, label)
    if len(counts) > 1:
        return []
    name = _name(table, label)
    if not counts:
        what = Text("Column “{column}” holds no label at all.", "“{column}”列里没有任何标签。").fill(column=name)
    else:
        value, rows = counts.most_common(1)[0]
        what = Text(
            "All {n} labels in “{column}” are “{value}”: there is nothing to tell apart.",
            "“{column}”列的 {n} 个标签全是“{value}”，没有可区分的类别。",
        ).fill(n=f"{rows:,}", column=name, value=value)
    how = Text(
        "Choose another label column, or add rows of at least one other class.",
        "请换一个标签列，或补充至少一种其他类别的数据。",
    )
    return [Problem("one_class", what, how, "stop")]


def too_many_classes(table: Table, *, label: str = "label", most: int = MOST_CLASSES) -> list[Problem]:
    """The label column is free text or an identifier, or has more classes than can be learned (stop)."""
    counts = _counts(table, label)
    rows = sum(counts.values())
    values = {"column": _name(table, label), "n": f"{len(counts):,}", "rows": f"{rows:,}", "most": most}
    if len(counts) > 20 and len(counts) > 0.5 * rows:
        what = Text(
            "Column “{column}” has {n} different values in {rows} rows: it looks like free text or numbers of cases, not labels.",
            "“{column}”列的 {rows} 行里有 {n} 种不同的值，更像自由文本或编号，而不是标签。",
        )
        key = "label_is_free_text"
    elif len(counts) > most:
        what = Text(
            "Column “{column}” has {n} classes; at most {most} work well.",
            "“{column}”列有 {n} 个类别，最多支持 {most} 个。",
        )
        key = "too_many_classes"
    else:
        return []
    how = Text(
        "Choose the column that holds the right answers, a few words that repeat.",
        "请选择存放正确答案的列，它应当只有少数几种反复出现的值。",
    )
    return [Problem(key, what.fill(**values), how, "stop")]


def rare_classes(table: Table, *, label: str = "label", least: int = LEAST_PER_CLASS) -> list[Problem]:
    """Classes with fewer rows than `least` (warn; stop where no two classes can be learned and tested)."""
    counts = _counts(table, label)
    groups = spellings(counts).values()
    rows_of = {tuple(group): sum(counts[value] for value in group) for group in groups}
    rare = {value: counts[value] for group, rows in rows_of.items() if rows < least for value in group}
    if not rare or len(counts) < 2:
        return []
    names, names_zh = (
        _listed([f"“{v}” ({n})" for v, n in rare.items()]),
        _listed([f"“{v}”（{n} 行）" for v, n in rare.items()], "、"),
    )
    what = Text(
        f"{len(rare)} of {_n(len(counts), 'class')} {'has' if len(rare) == 1 else 'have'} fewer than {least} rows: {names}.",
        f"{len(counts)} 个类别中有 {len(rare)} 个不足 {least} 行：{names_zh}。",
    )
    how = Text(
        "Too few to learn from or to measure. Add rows of them, merge them with another class, or leave them out.",
        "数量太少，既学不会也测不准。请补充数据、并入其他类别，或先去掉。",
    )
    if len(counts) - len(rare) < 2:
        testable = sum(rows >= LEAST_TO_TEST for rows in rows_of.values()) > 1
        return [Problem("rare_classes", what, how, "warn" if testable and max(rows_of.values()) >= least else "stop")]
    step = Step("drop_values", (_name(table, label),), dict.fromkeys(rare, ""))
    title = Text(f"Leave out {_n(sum(rare.values()), 'row')}", f"去掉这 {sum(rare.values())} 行")
    return [Problem("rare_classes", what, how, "warn", (Fix(title, step),))]


def empty_texts(table: Table, *, text: str = "text") -> list[Problem]:
    """Rows without a text (warn; stop where no row has one)."""
    empty = int((_texts(table, text) == "").sum())
    return _empty(table, text, empty, "empty_texts", Text("text", "文本"))


def missing_labels(table: Table, *, label: str = "label") -> list[Problem]:
    """Rows without a label (warn). They are not used for training."""
    empty = int((_texts(table, label) == "").sum())
    return _empty(table, label, empty, "missing_labels", Text("label", "标签"))


def _empty(table: Table, role: str, empty: int, key: str, what_is_missing: Text) -> list[Problem]:
    if not empty:
        return []
    name = _name(table, role)
    what = Text(
        "In {n} of {rows} rows there is no {thing} in “{column}”.", "{rows} 行中有 {n} 行在“{column}”列没有{thing}。"
    ).fill(n=f"{empty:,}", rows=f"{len(table):,}", thing=what_is_missing, column=name)
    if empty == len(table):
        how = Text("Choose another column.", "请换一列。")
        return [Problem(key, what, how, "stop")]
    how = Text("Nothing can be learned from them; they are skipped.", "这些行无法用于学习，训练时会跳过。")
    return [Problem(key, what, how, "warn", (Fix(DROP_EMPTY, Step("drop_empty", (name,))),))]


def duplicates(table: Table, *, label: str = "label", text: str = "text") -> list[Problem]:
    """Rows that repeat an earlier row's text and label (warn). Those of texts with several labels are no repeats: they
    are how often each was said."""
    columns = (_name(table, text), _name(table, label))
    repeated = int(repeats(table.frame, *columns).sum())
    if not repeated:
        return []
    what = Text(
        "Repeated rows (same text, same label): {n} of {rows}.", "{rows} 行中有 {n} 行是重复的（文本和标签都相同）。"
    ).fill(n=f"{repeated:,}", rows=f"{len(table):,}")
    how = Text(
        "Equal texts stay together, all learned from or all held out, so the figures are honest; repeated rows only weigh more.",
        "相同文本只会出现在训练或检验的一侧，指标不受影响，但重复行会占更大权重。",
    )
    fix = Fix(
        Text(f"Remove {_n(repeated, 'repeated row')}", f"删除 {repeated:,} 行重复数据"),
        Step("drop_repeats", columns),
    )
    return [Problem("duplicates", what, how, "warn" if repeated > 0.05 * len(table) else "note", (fix,))]


def contradicting_labels(table: Table, *, label: str = "label", text: str = "text") -> list[Problem]:
    """Equal texts with different labels (warn)."""
    pairs = pd.DataFrame({"text": _texts(table, text), "label": _texts(table, label)})
    pairs = pairs[(pairs["text"] != "") & (pairs["label"] != "")]
    distinct = pairs.drop_duplicates()
    kinds = distinct["text"].value_counts()
    contradicting = kinds[kinds > 1]
    if contradicting.empty:
        return []
    rows = int(pairs["text"].isin(contradicting.index).sum())
    example = str(contradicting.index[0])
    said = distinct.loc[distinct["text"] == example, "label"].tolist()
    what = Text(
        f"{_n(len(contradicting), 'text')} ({rows:,} rows) came with different labels, for instance “{_short(example)}”: {_listed([f'“{value}”' for value in said])}.",
        f"{len(contradicting):,} 条文本（共 {rows:,} 行）有互相矛盾的标签，例如“{_short(example)}”：{_listed([f'“{value}”' for value in said], '、')}。",
    )
    how = Text(
        "No model can get both right. Decide which label is meant, or remove these rows.",
        "模型不可能两边都对。请确定正确的标签，或删除这些行。",
    )
    columns = (_name(table, text), _name(table, label))
    fixes = [Fix(Text("Remove them", "删除这些行"), Step("drop_contradictions", columns))]
    if _any_majority(pairs[pairs["text"].isin(contradicting.index)]):
        fixes.append(Fix(Text("Take what most say", "采用多数标签"), Step("take_majority", columns)))
    return [Problem("contradicting_labels", what, how, "warn", tuple(fixes))]


def _any_majority(pairs: pd.DataFrame) -> bool:
    """Whether any text has one label more often than any other."""
    counts = pairs.value_counts().rename("rows").reset_index()
    most = counts[counts["rows"] == counts.groupby("text")["rows"].transform("max")]
    return bool((most["text"].value_counts() == 1).any())


def label_spellings(table: Table, *, label: str = "label") -> list[Problem]:
    """Labels that are one class in several spellings: case, width and spacing, and well-known words for positive,
    negative and neutral where each is clear (warn)."""
    counts = _counts(table, label)
    groups = spellings(counts)
    first = leading(groups, counts)
    merged = {
        group: sorted(values, key=lambda v: (v != first[group], -counts[v]))
        for group, values in groups.items()
        if len(values) > 1
    }
    if not merged:
        return []
    changes = {value: values[0] for values in merged.values() for value in values[1:]}
    said = [" = ".join(f"“{v}”" for v in values) for values in merged.values()]
    what = Text(
        f"The labels hold {len(counts)} spellings of {_n(len(groups), 'class')}: {_listed(said, '; ')}.",
        f"标签中 {len(groups)} 个类别有 {len(counts)} 种写法：{_listed(said, '；')}。",
    )
    how = Text("They would be learned as different classes. Merge them.", "不合并的话会被当成不同的类别。")
    return [
        Problem(
            "label_spellings",
            what,
            how,
            "warn",
            (Fix(Text("Merge", "合并写法"), Step("merge_values", (_name(table, label),), changes)),),
        )
    ]


def leaking_columns(table: Table, *, label: str = "label", text: str = "text", used: bool = False) -> list[Problem]:
    """Columns outside of every role that give the label away, one problem each. `used` says whether the scenario
    learns from such columns (warn) or leaves them alone anyway (note)."""
    taken = {name for names in table.roles.values() for name in names}
    if used:
        taken = set(table.roles[label])
    labels = _texts(table, label)
    labelled = np.flatnonzero((labels != "").to_numpy())
    frame = (
        table.frame[[name for name in table.frame.columns if name not in taken]].iloc[labelled].reset_index(drop=True)
    )
    groups = pd.factorize(_texts(table, text).iloc[labelled])[0] if table.has(text) else None
    leaks = find_leaks(frame, labels.iloc[labelled].reset_index(drop=True), _name(table, label), groups)
    return [_leak(leak.column, leak.rule, used) for leak in leaks]


def _leak(column: str, rule: Text, used: bool) -> Problem:
    what = Text(f"Column “{column}” gives the answer away: {rule.en}.", f"“{column}”列泄露了答案：{rule.zh}。")
    if used:
        how = Text(
            "On new data it is not known yet, so a model trained with it would fail. Leave it out.",
            "新数据里还没有这一列的值，用它训练的模型上线后会失灵。请去掉这一列。",
        )
    else:
        how = Text(
            "This model reads only the text, so it is not used here. Keep it out of any other model.",
            "本模型只读文本，不会用到这一列；训练其他模型时也不要使用它。",
        )
    fix = Fix(Text(f"Leave out “{column}”", f"去掉“{column}”列"), Step("drop_columns", (column,)))
    return Problem(f"leaking_column:{column}", what, how, "warn" if used else "note", (fix,))


def texts_contain_label(table: Table, *, label: str = "label", text: str = "text") -> list[Problem]:
    """The label is written in the texts: half of a class's texts name it, and hardly any other does (warn)."""
    labels = _texts(table, label).to_numpy(dtype=object)
    texts = _texts(table, text).str.slice(0, 2000).str.lower()
    for value, rows in _counts(table, label).most_common(20):
        own = labels == value
        if len(value) < 2 or value.isdigit() or rows < LEAST_PER_CLASS or own.all():
            continue
        names_it = texts.str.contains(value.lower(), regex=False).to_numpy(dtype=bool)
        if names_it[own].mean() >= 0.5 and names_it[~own].mean() <= 0.05:
            what = Text(
                f"{names_it[own].mean():.0%} of the texts labelled “{value}” contain “{value}” itself, others hardly ever do.",
                f"标签为“{value}”的文本里，{names_it[own].mean():.0%} 直接写着“{value}”，其他文本几乎没有。",
            )
            how = Text(
                "If new texts will not say it too, the figures will be too good to be true: remove it from the texts first.",
                "如果新文本里不会这样写明，指标就会虚高：请先从文本中删掉它。",
            )
            return [Problem("texts_contain_label", what, how, "warn")]
    return []


def imbalance(table: Table, *, label: str = "label", share: float = 0.8) -> list[Problem]:
    """One class holds `share` of the rows or more (note)."""
    counts = _counts(table, label)
    if len(counts) < 2:
        return []
    value, rows = counts.most_common(1)[0]
    total = sum(counts.values())
    if rows < share * total:
        return []
    part = _percent(rows, total)
    what = Text(
        f"{rows:,} of {total:,} labels ({part}) are “{value}”.",
        f"{total:,} 个标签中有 {rows:,} 个（{part}）是“{value}”。",
    )
    how = Text(
        f"Always answering “{value}” would be right {part} of the time: look at how well each class is found (macro-F1), not only at the share of right answers.",
        f"永远回答“{value}”就能答对 {part}。请重点看每一类找得准不准（宏平均 F1），不要只看答对的比例。",
    )
    return [Problem("imbalance", what, how, "note")]


def test_labels_unknown(train: Table, test: Table, *, label: str = "label") -> list[Problem]:  # noqa: PT028
    """Labels of the test file that training never saw (warn; stop where none is known)."""
    known, wanted = _counts(train, label), _counts(test, label)
    unknown = {value: rows for value, rows in wanted.items() if value not in known}
    if not unknown:
        return []
    what = Text(
        f"The test file has labels that the training data lacks: {_listed([f'“{v}” ({n})' for v, n in unknown.items()])}.",
        f"检验文件里有训练数据没有的标签：{_listed([f'“{v}”（{n} 行）' for v, n in unknown.items()], '、')}。",
    )
    how = Text(
        f"The model cannot answer them and will be wrong there. Training knows: {_listed([f'“{v}”' for v in known])}.",
        f"模型不可能答对这些行。训练数据的标签有：{_listed([f'“{v}”' for v in known], '、')}。",
    )
    return [Problem("test_labels_unknown", what, how, "stop" if len(unknown) == len(wanted) else "warn")]


def very_long_texts(table: Table, *, text: str = "text", characters: int = 2000) -> list[Problem]:
    """Texts longer than what the model reads (note)."""
    long = int((_texts(table, text).str.len() > characters).sum())
    if not long:
        return []
    what = Text(
        f"{_n(long, 'text')} {'is' if long == 1 else 'are'} longer than {characters:,} characters.",
        f"有 {long:,} 条文本超过 {characters:,} 个字符。",
    )
    how = Text("Only the beginning of those is read.", "这些文本只会读取开头部分。")
    return [Problem("very_long_texts", what, how, "note")]


def _name(table: Table, role: str) -> str:
    return table.roles[role][0]


def _texts(table: Table, role: str) -> pd.Series:
    """The role's cells as trimmed text, missing as "" (as `Table.texts`, without leaving Arrow)."""
    values = table.column(role)
    if isinstance(values.dtype, pd.StringDtype):
        return values.fillna("").str.strip()
    return pd.Series(table.texts(role), dtype="str")


def _counts(table: Table, label: str) -> Counter[str]:
    """Rows of each label, the most frequent first; rows without a label left out."""
    counts = _texts(table, label).value_counts()
    return Counter({str(value): int(rows) for value, rows in counts.items() if value})


def _short(text: str, length: int = 60) -> str:
    return text if len(text) <= length else text[:length] + "…"


def _listed(items: Sequence[str], separator: str = ", ", most: int = 6) -> str:
    """The first items, and in the language of the separator that there are more."""
    shown = separator.join(items[:most])
    if len(items) <= most:
        return shown
    return f"{shown}等" if separator in "、；" else f"{shown}{separator}and {len(items) - most} more"


def _percent(part: int, whole: int) -> str:
    """A share that only says 100% of all of them."""
    return f"{part / whole:.0%}" if part == whole or part / whole < 0.995 else f"{int(1000 * part / whole) / 10}%"


def _n(count: int, noun: str) -> str:
    ending = "" if count == 1 else "es" if noun.endswith("s") else "s"
    return f"{count:,} {noun}{ending}"
