"""Models side by side: figures with their intervals, what differs between them, and whether they may be compared."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from core import charts
from core.cards import Bar, Bars, Card, Rows, Unit
from core.scenarios.base import Metric, scenario
from core.services import comparison, runs
from core.words import Text, same
from pages.ui import address, cards, comparing, layout, run_settings, screen
from pages.ui.language import language, t
from pages.ui.words import about, duration, plain, shorten

MAIN_METRICS = 2
MOST = 6
KIND = Text("Compared", "对比")


def main() -> None:
    cards.styles()
    screen.measure()
    layout.title(
        t("Compare models", "对比模型"),
        t(
            "Choose models of the same task. The address of this page can be sent to a colleague.",
            "选择同一任务的模型，本页地址可以发给同事。",
        ),
    )
    done = [run for run in runs.listed() if run.status == "succeeded"]
    if len(done) < 2:
        return _too_few()
    chosen = _chosen(done)
    address.remember(runs=",".join(str(run.id) for run in chosen))
    if len(chosen) < 2:
        layout.say(t("Choose at least two models.", "请至少选择两个模型。"))
        return
    if len({run.scenario for run in chosen}) > 1:
        layout.note(
            "caution",
            t("These models do different tasks and cannot be compared.", "这些模型的任务不同，无法对比。"),
            "tasks",
        )
        return
    _fairness(chosen)
    layout.heading(t("How they did", "表现对比"))
    _charts(chosen)
    _paired(chosen)
    _table(chosen)
    with st.container(horizontal=True):
        for run in chosen:
            address.link("results", plain(shorten(run.name, 32)), icon=":material/arrow_forward:", run=run.id)


def _too_few() -> None:
    box = layout.empty(
        t("Two models are needed to compare", "至少需要两个模型才能对比"),
        t(
            "Train a second one, for instance in another mode, and see here whether it was worth the time.",
            "再训练一个模型，例如换一种方式，就能在这里看到是否值得多花时间。",
        ),
        "compare",
    )
    if box.button(t("See your models", "查看模型"), type="primary"):
        address.go("runs")


def _chosen(done: Sequence[runs.RunView]) -> list[runs.RunView]:
    known = {run.id: run for run in done}
    wanted = [number for number in address.numbers("runs") if number in known][:MOST]
    if "compared" not in st.session_state:
        st.session_state["compared"] = wanted
    st.session_state["compared"] = [number for number in st.session_state["compared"] if number in known]
    picked = st.multiselect(
        t("Models", "模型"),
        list(known),
        key="compared",
        max_selections=MOST,
        format_func=lambda id: _name(known[id]),
        placeholder=t("Choose models", "选择模型"),
    )
    return [known[number] for number in picked]


def _name(run: runs.RunView) -> str:
    return f"{shorten(run.name, 36)} ({run.id})"


def _fairness(chosen: Sequence[runs.RunView]) -> None:
    """Whether the figures were measured on the same rows."""
    prints = {_test_rows(run) for run in chosen}
    if len(prints) == 1 and None not in prints:
        layout.note(
            "good",
            t(
                "All were tested on the same rows, so the figures can be compared directly.",
                "这些模型使用同一批测试数据，数值可以直接比较。",
            ),
            "fair",
        )
        return
    layout.note(
        "caution",
        t(
            "They were tested on different rows. A small difference may come from the rows, not from the model.",
            "这些模型的测试数据不同，细微差距可能来自数据而非模型。",
        ),
        "fair",
    )


def _test_rows(run: runs.RunView) -> tuple[object, ...] | None:
    """What decides which rows were held out: the file, its preparation, the columns and the split."""
    found = run_settings.facts(run)
    data = found.get("test_data") or found.get("data")
    if not data:
        return None
    own = (
        None if found.get("test_data") else (found.get("seed"), str(found.get("split")), str(sorted(run.roles.items())))
    )
    return (data["sha256"], str(data.get("recipe")), own, (found.get("rows") or {}).get("test"))


def _metrics(chosen: Sequence[runs.RunView]) -> dict[str, Metric]:
    """The task's metrics that any of the runs has, in the order of their weight."""
    known = scenario(chosen[0].scenario).metrics
    return {key: metric for key, metric in known.items() if any(key in (run.metrics or {}) for run in chosen)}


def _charts(chosen: Sequence[runs.RunView]) -> None:
    key = "-".join(f"{run.id}:{run.finished_at}" for run in chosen)
    with st.grid(2, min_column_width=340):
        for name, metric in list(_metrics(chosen).items())[:MAIN_METRICS]:
            cards.draw(_card(name, metric, chosen), cards.Source(f"compare-{key}", pd.DataFrame(), Rows(())))


def _card(name: str, metric: Metric, chosen: Sequence[runs.RunView]) -> Card:
    bars = []
    for run in chosen:
        label = same(shorten(run.name, 36) if len({other.name for other in chosen}) == len(chosen) else _name(run))
        metrics, baseline = run.metrics or {}, run.baseline or {}
        if name in metrics:
            bars.append(Bar(label, metrics[name], *(run.intervals or {}).get(name, (None, None))))
        if name in baseline:
            bars.append(Bar(label, baseline[name], part="baseline"))
    best = max(chosen, key=lambda run: (run.metrics or {}).get(name, -1) * (1 if metric.higher_is_better else -1))
    title = Text("{metric}: {run} is ahead", "{metric}：{run} 领先").fill(
        metric=metric.title, run=same(shorten(best.name, 36))
    )
    values = {(run.metrics or {}).get(name) for run in chosen}
    if len(values) == 1:
        title = Text("{metric}: no difference", "{metric}：没有差别").fill(metric=metric.title)
    reading = Text(
        "Where the lines overlap, the difference may be chance. {help}", "横线重叠时，差距可能只是偶然。{help}"
    ).fill(help=metric.help)
    axis = Text(f"{metric.title.en} ({metric.term.en})", f"{metric.title.zh}（{metric.term.zh}）")
    return Card(
        f"compare-{name}", KIND, title, reading, Bars(tuple(bars), axis, "share" if metric.is_share else "number")
    )


def _paired(chosen: Sequence[runs.RunView]) -> None:
    """Each model against the first on the rows that both were tested on, and the rows on which two of them part."""
    first, others = chosen[0], chosen[1:]
    said = [(run, comparison.compare(run.id, first.id)) for run in others]
    if all(found.kind == "unknown" for _, found in said):
        return
    with layout.panel("paired"):
        for run, found in said:
            words = comparing.between(found, run.scenario, shorten(run.name, 36), shorten(first.name, 36))
            st.markdown(f"{layout.SIGNS[comparing.TONES[found.kind]]} {plain(words)}")
    if len(others) == 1:
        _parted(others[0], first)


def _parted(run: runs.RunView, first: runs.RunView) -> None:
    """The rows that one of the two gets right and the other wrong."""
    own, other = comparison.same_rows((run.id, first.id))
    if "right" not in own or not len(own):
        return
    who = t("Right was", "答对的是")
    reading = cards.reading(scenario(run.scenario).cards(runs.results(run.id)))
    names = {True: _name(run), False: _name(first)}
    parted = own["right"].astype(bool) != other["right"].astype(bool)
    shown = own[parted].assign(**{who: own.loc[parted, "right"].astype(bool).map(names)})
    layout.heading(
        t("Rows that one gets right and the other wrong", "一个答对、另一个答错的数据"),
        t("{n} of {all} rows", "{all} 行中的 {n} 行", n=len(shown), all=len(own)),
    )
    if len(shown):
        columns = ((who, Text("Right was", "答对的是")), *reading.columns)
        cards.rows_table(shown, Rows(columns, values=reading.values), "parted")


def _table(chosen: Sequence[runs.RunView]) -> None:
    """One column a model; a row in which they differ is marked."""
    rows = [(label, values) for label, values in _rows(chosen) if any(values)]
    marks = ["" if len(set(values)) == 1 else "≠" for _, values in rows]
    names = [plain(_name(run)) for run in chosen]
    frame = pd.DataFrame(
        [
            [plain(label), *(plain(value or "–") for value in values), mark]
            for (label, values), mark in zip(rows, marks, strict=True)
        ],
        columns=["", *names, t("differs", "不同")],
    )
    bold = frame.apply(
        lambda row: [f"**{cell}**" if row.iloc[-1] and cell else cell for cell in row], axis=1, result_type="expand"
    )
    bold.columns = frame.columns
    with st.container(key="card-side-by-side", border=True, gap="small"):
        with st.container(key="cardhead-side-by-side"):
            st.markdown(f"### {t('Side by side', '并排对照')}\n\n{t('Rows in bold differ.', '加粗的行表示不同。')}")
        if screen.is_narrow():
            _stacked(rows, names)
        else:
            with st.container(key="scroll-table"):
                st.table(bold, border="horizontal", hide_index=True)
        raw = pd.DataFrame([[label, *values] for label, values in rows], columns=["", *(_name(run) for run in chosen)])
        with st.container(key="downloads-compare", horizontal=True):
            for format in ("csv", "xlsx"):
                cards.download(raw, f"compare.{format}", format, f"compare-{format}")


def _stacked(rows: Sequence[tuple[str, list[str]]], names: Sequence[str]) -> None:
    """The same for a narrow screen: under each name of a row what every model has, said once where it is the same."""
    for place, (label, values) in enumerate(rows):
        with st.container(key=f"line-stacked-{place}", gap=None):
            st.caption(plain(label))
            if len(set(values)) == 1:
                st.markdown(plain(values[0]))
                continue
            for name, value in zip(names, values, strict=True):
                st.markdown(f"**{plain(value or '–')}** :gray[{name}]")


def _rows(chosen: Sequence[runs.RunView]) -> list[tuple[str, list[str]]]:
    known = scenario(chosen[0].scenario)
    rows = [
        (t(metric.title), [_figure(run, name, metric) for run in chosen]) for name, metric in _metrics(chosen).items()
    ]
    first, metric = next(iter(known.metrics.items()))
    unit: Unit = "share" if metric.is_share else "number"
    rows.append((t(known.baseline_title), [_said((run.baseline or {}).get(first), unit) for run in chosen]))
    rows.append(
        (t("Verdict", "结论"), [t(run.verdict.headline).rstrip(".。") if run.verdict else "" for run in chosen])
    )
    rows.append((t("Data", "数据"), [run.dataset_name for run in chosen]))
    rows.append((t("Time it took", "实际用时"), [duration(run.seconds_total) for run in chosen]))
    rows.append(
        (
            t("Time we estimated", "预计用时"),
            [about(run.seconds_estimated) if run.seconds_estimated else "" for run in chosen],
        )
    )
    found = [dict(run_settings.listed(run, run_settings.facts(run))) for run in chosen]
    for label in dict.fromkeys(label for one in found for label in one):
        rows.append((label, [one.get(label, "") for one in found]))
    return rows


def _figure(run: runs.RunView, name: str, metric: Metric) -> str:
    unit: Unit = "share" if metric.is_share else "number"
    value = _said((run.metrics or {}).get(name), unit)
    low, high = (run.intervals or {}).get(name, (None, None))
    return value if low is None or high is None else f"{value} ({charts.said_range(low, high, unit, language())})"


def _said(value: float | None, unit: Unit) -> str:
    return "" if value is None else charts.said(value, unit, language())


main()
