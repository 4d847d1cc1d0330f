"""Models side by side: figures with their intervals, what differs between them, and whether they may be compared."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from core.cards import Bar, Bars, Card, Rows
from core.scenarios.base import Metric, scenario
from core.services import comparison, datasets, runs
from core.words import Text, same
from pages.ui import address, cards, comparing, layout, overlaid, screen, side_by_side
from pages.ui.language import t
from pages.ui.words import count, plain, shorten

MAIN_METRICS = 2
MOST = 6
KIND = Text("Compared", "对比")
AHEAD = Text("{metric}: “{run}” has the best figure", "{metric}：“{run}”的数值最好")
TIED = Text(
    "{metric}: “{run}” and “{other}” have the same, best figure", "{metric}：“{run}”和“{other}”数值相同，并列最好"
)
FINDINGS = {
    "better": Text("{metric}: “{run}” is ahead", "{metric}：“{run}”领先"),
    "equal": Text("{metric}: “{run}” is ahead, which could be chance", "{metric}：“{run}”略高，可能只是偶然"),
}
"""By what the comparison with the next best says."""


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
    overlaid.draw(_short_names(chosen))
    _parted(chosen)
    side_by_side.table(chosen, {run.id: _name(run) for run in chosen})
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


def _short_names(chosen: Sequence[runs.RunView]) -> dict[int, str]:
    """What each is called inside a chart, no two the same."""
    names = {run.id: shorten(run.name, 24) for run in chosen}
    return {id: name if list(names.values()).count(name) == 1 else f"{name} ({id})" for id, name in names.items()}


def _fairness(chosen: Sequence[runs.RunView]) -> None:
    """Whether the figures were measured on the same rows, how often these were looked at, and what choosing does."""
    found = comparison.flattery([run.id for run in chosen])
    if found is not None:
        layout.note("good", comparing.same_rows(found, chosen[0].scenario), "fair")
        return
    layout.note(
        "caution",
        t(
            "They were tested on different rows. A small difference may come from the rows, not from the model.",
            "这些模型的测试数据不同，细微差距可能来自数据而非模型。",
        )
        if _one_source(chosen)
        else t(
            "They learned from different data and were tested on different data: the whole difference may come from that, so their figures cannot be ranked.",
            "这些模型的训练和测试数据都不同，差距可能完全来自数据本身，因此不能据此排名。",
        ),
        "fair",
    )


def _one_source(chosen: Sequence[runs.RunView]) -> bool:
    """Whether their data came from one file, by way of repairs or of rows added."""
    return {run.dataset_id for run in chosen} <= datasets.family(chosen[0].dataset_id)


def _can_be_ranked(chosen: Sequence[runs.RunView]) -> bool:
    """Whether they were tested on the same rows, or at least on rows of one source."""
    return _one_source(chosen) or comparison.flattery([run.id for run in chosen]) is not None


def _charts(chosen: Sequence[runs.RunView]) -> None:
    key = "-".join(f"{run.id}:{run.finished_at}" for run in chosen)
    with st.grid(2, min_column_width=340):
        for name, metric in list(side_by_side.metrics(chosen).items())[:MAIN_METRICS]:
            cards.draw(_card(name, metric, chosen), cards.Source(f"compare-{key}", pd.DataFrame(), Rows(()), half=True))


def _card(name: str, metric: Metric, chosen: Sequence[runs.RunView]) -> Card:
    bars = []
    for run in chosen:
        label = same(shorten(run.name, 36) if len({other.name for other in chosen}) == len(chosen) else _name(run))
        metrics, baseline = run.metrics or {}, run.baseline or {}
        if name in metrics:
            bars.append(Bar(label, metrics[name], *(run.intervals or {}).get(name, (None, None))))
        if name in baseline:
            bars.append(Bar(label, baseline[name], part="baseline"))
    reading = metric.help
    if _can_be_ranked(chosen):
        overlap = Text(
            "Where the lines overlap, the difference may be chance. {help}", "横线重叠时，差距可能只是偶然。{help}"
        )
        reading = overlap.fill(help=metric.help)
    body = Bars(tuple(bars), metric.term, "share" if metric.is_share else "number")
    return Card(f"compare-{name}", KIND, _finding(name, metric, chosen), reading, body)


def _finding(name: str, metric: Metric, chosen: Sequence[runs.RunView]) -> Text:
    """Who has the best figure, and in the task's first metric whether that could be chance."""
    values = {run.id: run.metrics[name] for run in chosen if run.metrics and name in run.metrics}
    first, *rest = sorted(values, key=values.__getitem__, reverse=metric.higher_is_better)
    if not _can_be_ranked(chosen):
        return Text("{metric}, each on its own data", "{metric}（各自的数据）").fill(metric=metric.title)
    if len(set(values.values())) == 1:
        return Text("{metric}: no difference", "{metric}：没有差别").fill(metric=metric.title)
    names = {run.id: same(shorten(run.name, 36)) for run in chosen}
    if values[first] == values[rest[0]]:
        return TIED.fill(metric=metric.title, run=names[first], other=names[rest[0]])
    found = comparison.compare(first, rest[0])
    kind = found.kind if found.metric == name else "unknown"
    return FINDINGS.get(kind, AHEAD).fill(metric=metric.title, run=names[first])


def _paired(chosen: Sequence[runs.RunView]) -> None:
    """Each model against the first on the rows that both were tested on."""
    first, others = chosen[0], chosen[1:]
    said = [(run, comparison.compare(run.id, first.id)) for run in others]
    if all(found.kind == "unknown" for _, found in said):
        return
    with layout.panel("paired"):
        for run, found in said:
            words = comparing.between(found, run.scenario, shorten(run.name, 36), shorten(first.name, 36))
            st.markdown(f"{layout.SIGNS[comparing.TONES[found.kind]]} {plain(words)}")


def _parted(chosen: Sequence[runs.RunView]) -> None:
    """The rows that one of two gets right and the other wrong: the first, and any of the others."""
    first = chosen[0]
    shared = {run.id: comparison.same_rows((run.id, first.id)) for run in chosen[1:]}
    others = {run.id: run for run in chosen[1:] if len(shared[run.id][0]) and "right" in shared[run.id][0]}
    if not others:
        return
    head = st.container()
    label = t("“{name}” against", "“{name}”与谁对照", name=plain(_name(first)))
    number = next(iter(others))
    if len(others) > 1:
        number = st.selectbox(label, list(others), format_func=lambda id: _name(others[id]), key="parted", width=420)
    run, (own, other) = others[number], shared[number]
    who = t("Right was", "答对的是")
    reading = cards.reading(scenario(run.scenario).cards(runs.results(run.id)))
    names = {True: _name(run), False: _name(first)}
    parted = own["right"].astype(bool) != other["right"].astype(bool)
    shown = own[parted].assign(**{who: own.loc[parted, "right"].astype(bool).map(names)})
    with head:
        layout.heading(
            t("Rows that one gets right and the other wrong", "一个答对、另一个答错的数据"),
            t("None of {all} rows.", "{all} 行中一行也没有。", all=count(len(own)))
            if not len(shown)
            else t(
                "{n} of {all} rows. The answers shown are those of “{name}”.",
                "{all} 行中的 {n} 行，表中是“{name}”的回答。",
                n=count(len(shown)),
                all=count(len(own)),
                name=plain(_name(run)),
            ),
        )
    if len(shown):
        columns = ((who, Text("Right was", "答对的是")), *reading.columns)
        cards.rows_table(shown, Rows(columns, values=reading.values), f"parted-{run.id}")


main()
