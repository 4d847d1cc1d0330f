"""How a live model does, in figures and alarms: volume, speed, what goes to people, what has moved, and who was right."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from core.cards import Card, Column, Grid, Line, Lines, Rows
from core.config import config
from core.services import live, runs, watch
from core.services.watch import Drift, Watch
from core.words import Text, same
from pages.ui import cards, layout, screen
from pages.ui.language import t
from pages.ui.words import count, percent, plain, shorten

LEAST_DAYS = 2
"""Days with answers from which a curve says more than the figures do."""
SECTION = Text("Watch", "监测")
LEVELS = {
    "stable": Text("as in training", "与训练时一致"),
    "moved": Text("has moved a little", "略有变化"),
    "shifted": Text("has shifted", "明显偏移"),
}
THINGS: dict[str, Text] = {
    "answer": Text("what it answers", "给出的答案"),
    "score": Text("its confidence or probability", "置信度或概率"),
    "meaning": Text("what the texts are about", "文本的内容"),
}


def part(use: live.LiveView, run: runs.RunView) -> None:
    if not watch.is_watched(run.id):
        layout.note("neutral", t(watch.NOT_WATCHED), "watch")
        return
    earlier = {change.run_id for change in live.changes(use.name)} - {run.id}
    found = watch.watch(run.id, sorted(earlier))
    _figures(found)
    _alarms(found)
    _volume(found, run)
    _drift(found, run)
    _truth(run)
    st.caption(
        t("The operator has what is asked kept in full.", "管理员已设置保留完整的输入内容。")
        if config().keep_inputs
        else t(
            "What is asked live is not kept, only the answer, in what range each value lay, and a mark by which the same question is known again. What people said of answers, and files that were brought here, are kept until they are deleted.",
            "实时提问的内容不会保留，只记录答案、各数值所在的区间，以及用于识别相同问题的标记。人工评价和上传的文件会保留到被删除为止。",
        )
    )


def _figures(found: Watch) -> None:
    slow = t("95 of 100 within {ms} ms", "95% 在 {ms} 毫秒以内", ms=count(found.slow_ms or 0))
    tested = percent(found.tested_handed) if found.tested_handed is not None else "–"
    layout.figures(
        [
            (t("Live answers, 30 days", "30 天内实时回答"), count(found.live), None),
            (t("Rows of files, 30 days", "30 天内文件行数"), count(found.rows), None),
            (
                t("Time of an answer", "单次回答用时"),
                f"{count(found.typical_ms)} ms" if found.typical_ms is not None else "–",
                slow if found.slow_ms is not None else None,
            ),
            (
                t("Handed to people", "交给人工"),
                percent(found.handed[0]) if found.handed else "–",
                t("{tested} when it was trained", "训练时为 {tested}", tested=tested),
            ),
        ]
    )


def _alarms(found: Watch) -> None:
    """Each alarm in a sentence: what, why it matters, what to do."""
    said = _shifted([one for one in found.drift if one.level == "shifted"])
    if found.hands_over_more and found.handed and found.tested_handed is not None:
        said.append(
            t(
                "It hands {now} to people ({low} to {high}); when it was trained it was {then}. It meets more that it is "
                "unsure of: read some of those cases, and train it again with them.",
                "它把 {now} 交给人工（{low}–{high}），训练时为 {then}。没有把握的情况变多了：请查看其中一些，并加入数据重新训练。",
                now=percent(found.handed[0]),
                low=percent(found.handed[1]),
                high=percent(found.handed[2]),
                then=percent(found.tested_handed),
            )
        )
    right = found.right
    if right and right.is_worse:
        said.append(
            t(
                "It is right less often than when it was tested: {share} ({low} to {high}) against {tested}. Train it again on newer rows.",
                "准确率低于检验时：{share}（{low}–{high}），检验时为 {tested}。请用更新的数据重新训练。",
                share=percent(right.share),
                low=percent(right.low),
                high=percent(right.high),
                tested=percent(right.tested),
            )
        )
    for place, sentence in enumerate(said):
        layout.note("bad", sentence, f"alarm-{place}")
    if said:
        return
    if found.seen < watch.ENOUGH:
        layout.note(
            "neutral",
            t(
                "{n} answers so far. From {least} on, this page says whether the world has moved since the training.",
                "目前共 {n} 次回答。达到 {least} 次后，这里会说明情况与训练时相比是否有变化。",
                n=count(found.seen),
                least=watch.ENOUGH,
            ),
            "few",
        )
    else:
        layout.note(
            "good",
            t("No alarm: the latest answers look like those of the training.", "没有警报：近期情况与训练时相符。"),
            "calm",
        )


def _shifted(found: Sequence[Drift]) -> list[str]:
    """One sentence for all that shifted, what shifted most first."""
    if not found:
        return []
    return [
        t(
            "Shifted since the training: {what} (PSI up to {psi}; above 0.25 counts as shifted). What it learned may no longer "
            "hold: look at recent cases, and train it again on newer rows.",
            "与训练时相比已明显偏移：{what}（PSI 最高 {psi}，超过 0.25 即为偏移）。学到的规律可能不再适用：请查看近期数据，并用更新的数据重新训练。",
            what=t(", ", "、").join(map(_name, found)),
            psi=f"{found[0].psi:.2f}",
        )
    ]


def _name(one: Drift) -> str:
    if one.kind in THINGS:
        return t(THINGS[one.kind])
    if one.kind == "length":
        return t("the length of “{name}”", "“{name}”的长度", name=shorten(one.what, 40))
    return t("“{name}”", "“{name}”", name=shorten(one.what, 40))


def _volume(found: Watch, run: runs.RunView) -> None:
    if sum(bool(live or rows) for _, live, rows in found.days) < LEAST_DAYS:
        return
    x = tuple(float(step) for step in range(1 - len(found.days), 1))
    rows = [rows for _, _, rows in found.days]
    sides = (
        (Text("Live answers", "实时回答"), [live for _, live, _ in found.days]),
        (Text("Rows of files", "文件行数"), rows),
    )
    lines = tuple(
        Line(name, x, tuple(map(float, values)), part="reference" if values is rows and found.live else "model")
        for name, values in sides
        if any(values)
    )
    body = Lines(lines, Text("days before today", "距今天数"), Text("answers a day", "每天回答数"), "number", "count")
    title = Text("{n} answers in 30 days", "30 天内共 {n} 次回答").fill(n=count(found.live + found.rows))
    reading = Text("All models that answered under this name count.", "在此名称下应答过的模型都计算在内。")
    cards.draw(Card("volume", SECTION, title, reading, body), _source(run, found))


def _drift(found: Watch, run: runs.RunView) -> None:
    if not found.drift:
        return
    moved = sum(one.level != "stable" for one in found.drift)
    title = (
        Text("{n} of {all} watched things have moved", "监测的 {all} 项中有 {n} 项发生变化").fill(
            n=moved, all=len(found.drift)
        )
        if moved
        else Text("Nothing has moved more than chance would", "没有超出偶然范围的变化")
    )
    reading = Text(
        "The latest {n} answers against the training. Below 0.1 is like the training, above 0.25 has shifted (population "
        "stability index); less than sampling alone would do is never called moved.",
        "最近 {n} 次回答与训练时相比。群体稳定性指数（PSI）低于 0.1 视为一致，高于 0.25 视为偏移；抽样误差以内不算变化。",
    ).fill(n=count(found.seen))
    figures = (
        Column(Text("PSI", "PSI"), "number"),
        Column(Text("By chance", "偶然水平"), "number"),
        Column(Text("Jensen-Shannon", "JS 散度"), "number"),
    )
    shown = 1 if screen.is_narrow() else len(figures)
    grid = Grid(
        (Column(Text("What", "项目")), Column(Text("Says", "结论")), *figures[:shown]),
        tuple(
            (
                same(_name(one)),
                LEVELS[one.level],
                *(round(value, 3) for value in (one.psi, one.noise, one.divergence)[:shown]),
            )
            for one in found.drift
        ),
    )
    cards.draw(Card("watch-drift", SECTION, title, reading, grid), _source(run, found))


def _truth(run: runs.RunView) -> None:
    """Where labels come in when they are known at last."""
    layout.heading(
        t("What proved right", "事后的真实结果"),
        t(
            "Upload rows as they were asked, with the true answer in its column, once it is known.",
            "得知真实结果后，上传当时询问的数据并附上真实答案列。",
        ),
    )
    with layout.panel("truth"):
        if right := watch.watch(run.id).right:
            layout.say(
                t(
                    "Of {rows} answers that it gave and whose truth is known, {share} were right ({low} to {high}); {tested} on the "
                    "test rows. Cases that it handed over without an answer are left out.",
                    "在它给出答案且已知真实结果的 {rows} 次中，{share} 正确（{low}–{high}）；测试数据上为 {tested}。未作答而直接转人工的不计在内。",
                    rows=count(right.rows),
                    share=percent(right.share),
                    low=percent(right.low),
                    high=percent(right.high),
                    tested=percent(right.tested),
                )
            )
        number = st.session_state.setdefault("truth-number", 0)
        file = st.file_uploader(
            t("CSV or Excel file", "CSV 或 Excel 文件"), type=["csv", "tsv", "txt", "xlsx", "gz"], key=f"truth-{number}"
        )
        if file is not None and st.button(t("Compare with what it answered", "与当时的回答核对"), key="bring-truth"):
            with layout.told():
                rows, known = watch.bring_truth(run.id, file.name, file)
                st.session_state["truth-number"] = number + 1
                st.session_state["truth-said"] = t(
                    "{rows} rows read; they tell the truth of {known} answers.",
                    "读取 {rows} 行，对应 {known} 次回答。",
                    rows=count(rows),
                    known=count(known),
                )
                st.rerun()
        if said := st.session_state.pop("truth-said", None):
            st.markdown(plain(said))


def _source(run: runs.RunView, found: Watch) -> cards.Source:
    return cards.Source(
        f"watch-{run.id}-{screen.is_narrow()}-{found.seen}-{found.live}-{found.rows}", pd.DataFrame(), Rows(())
    )
