"""A training while it goes on, and what is left of it when it has ended."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from core import charts
from core.cards import Line, Lines, Part, Unit
from core.scenarios.base import scenarios
from core.services import runs
from core.words import Text
from pages.ui import address, layout, screen, shell
from pages.ui.language import t
from pages.ui.states import MODES, OPEN, status_badge
from pages.ui.words import about, duration, percent, plain, shorten

LIVE = (*OPEN, "interrupted")
EVERY = 1.0
CURVES: dict[str, tuple[Text, Text]] = {
    "validation": (Text("Score on rows kept aside", "在预留数据上的得分"), Text("score", "得分")),
    "loss": (Text("Error while learning", "学习中的误差"), Text("loss", "损失")),
}
MEMBER = Text("Model {number}", "模型 {number}")
DONE, NAMELESS = Text("Models that are done", "已完成的模型"), Text("", "")
ROUNDS = Text("rounds over the data", "遍历数据的轮数")
LEAVE = Text(
    "You can close this page. Training goes on, and the result will be under Models.",
    "可以关闭此页面，训练会继续进行，结果会出现在“模型”中。",
)


def watch(run: runs.RunView) -> None:
    """The page of one run, in whatever state it is."""
    shell.steps("train", run=run)
    if run.status in LIVE:
        head(run)
        st.fragment(tick, run_every=EVERY)(run)
    else:
        ENDS[run.status](run)


def head(run: runs.RunView) -> None:
    with st.container(key="page-head", horizontal=True, vertical_alignment="center"):
        name = shorten(run.name, 60)
        waiting, training = (
            t("“{name}” is waiting", "“{name}”等待训练", name=name),
            t("Training “{name}”", "正在训练“{name}”", name=name),
        )
        layout.title(waiting if run.status == "queued" else training, plain(said_of(run)))
        label, stopping = t("Stop", "停止"), run.status == "cancelling"
        if st.button(label, key="stop", icon=":material/stop_circle:", disabled=stopping):
            with layout.told():
                runs.cancel(run.id)
            st.rerun()


def said_of(run: runs.RunView) -> str:
    """What is built, and how thoroughly."""
    kind = scenarios().get(run.scenario)
    parts = [t(kind.title) if kind else run.scenario, t(MODES[run.mode]) if run.mode in MODES else ""]
    return " · ".join(part for part in parts if part)


def tick(run: runs.RunView) -> None:
    """Drawn every second; the whole page once more when the state has changed."""
    now = runs.progress(run.id)
    if now.status != run.status:
        st.rerun()
    with layout.panel("progress"):
        if now.status == "interrupted":
            layout.note("caution", t(INTERRUPTED), "interrupted")
        st.progress(now.share, text=plain(said_progress(now)))
        if now.status == "running" and now.attempt > 1:
            layout.quiet(t(AGAIN))
        stages(now.stages)
    with st.container(key="leave", horizontal=True, vertical_alignment="center"):
        layout.quiet(t(LEAVE))
        shown = ask_for_log(run.id)
    if shown:
        show_log(run.id)
    curves(now.curves, run.id)


def said_progress(now: runs.Progress) -> str:
    """64% · about 2 min left (we estimated 4 min)."""
    if now.status == "cancelling":
        return t("Stopping…", "正在停止……")
    if now.status in ("queued", "interrupted"):
        return said_place(now.position)
    if not now.stages:
        return t("Getting ready · {time} so far", "正在准备 · 已用 {time}", time=duration(now.seconds_so_far))
    left = t("{time} left", "还需{time}", time=about(now.seconds_left)) if now.seconds_left is not None else ""
    estimate = (
        t(" (we estimated {time})", "（预计共 {time}）", time=duration(now.seconds_estimated))
        if now.seconds_estimated
        else ""
    )
    so_far = t("{time} so far", "已用 {time}", time=duration(now.seconds_so_far))
    return " · ".join(part for part in (percent(now.share), left + estimate if left else "", so_far) if part)


def said_place(position: int | None) -> str:
    if position is None or position <= 1:
        return t("Next in the queue: starts as soon as the machine is free", "排在下一个：机器一空闲就开始")
    return t("Number {n} in the queue", "队列中第 {n} 个", n=position)


def stages(found: tuple[runs.StageState, ...]) -> None:
    """The parts of the run in order, ticked off; their place is kept while they are not known yet."""
    icons = {
        "done": ":material/check_circle:",
        "now": ":material/radio_button_checked:",
        "later": ":material/radio_button_unchecked:",
    }
    with st.container(key="stages", horizontal=True, gap="medium"):
        if not found:
            st.html('<div class="skeleton" aria-hidden="true"><i></i><i></i><i></i><i></i></div>')
        for stage in found:
            time = f" :gray[{duration(stage.seconds)}]" if stage.state == "done" and stage.seconds >= 1 else ""
            share = f" :gray[{percent(stage.share)}]" if stage.state == "now" and stage.share > 0 else ""
            with st.container(key=f"stage-{stage.state}-{stage.key}", width="content"):
                st.markdown(f"{icons[stage.state]} {plain(t(stage.title))}{time}{share}", width="content")


def curves(found: Mapping[str, list[tuple[float, float]]], run_id: int) -> None:
    """Live curves, the simple method as a dashed line where it is known; none before there are two points.

    They come last on the page, so that nothing moves when they appear.
    """
    drawn = [name for name in CURVES if members(name, found)]
    if not drawn:
        return
    for column, name in zip(st.columns(len(drawn), gap="medium"), drawn, strict=True):
        with column, st.container(key=f"card-curve-{name}", border=True):
            st.markdown(f"**{t(CURVES[name][0])}**")
            style = screen.style()
            figure = charts.figure(curve(name, found), style.language, style.dark, style.width)
            st.plotly_chart(figure, key=f"live-{name}", theme=None, config=charts.config(f"run-{run_id}-{name}"))


def curve(name: str, found: Mapping[str, list[tuple[float, float]]]) -> Lines:
    """The curves of one measure as a card's body: models that are done stand back behind the one that learns now, and the
    baseline is one value, drawn over the same rounds."""
    drawn = members(name, found)
    named = [DONE, *[NAMELESS] * (len(drawn) - 2)][: len(drawn) - 1]
    lines = [_line(title, points, "reference") for title, (_, points) in zip(named, drawn[:-1], strict=True)]
    lines.append(_line(*drawn[-1], "model"))
    x, y = ([point[axis] for _, points in drawn for point in points] for axis in (0, 1))
    if name == "validation" and found.get("baseline"):
        level = found["baseline"][-1][1]
        lines.append(Line(Text("Simple method", "简单方法"), (min(x), max(x)), (level, level), part="baseline"))
    unit: Unit = "share" if name == "validation" and max(y) <= 1 else "number"
    return Lines(tuple(lines), ROUNDS, CURVES[name][1], x_unit="number", y_unit=unit)


def _line(title: Text, points: list[tuple[float, float]], part: Part) -> Line:
    return Line(title, tuple(x for x, _ in points), tuple(y for _, y in points), part=part)


def members(name: str, found: Mapping[str, list[tuple[float, float]]]) -> list[tuple[Text, list[tuple[float, float]]]]:
    """The curves of one measure that have two points: of the model, or of each of several that will answer together."""
    own = [(Text("Your model", "您的模型"), found[name])] if name in found else []
    parts = [key for key in found if key.startswith(f"{name}/")]
    each = [
        (MEMBER.fill(number=key.rpartition("/")[2]), found[key])
        for key in sorted(parts, key=lambda key: (len(key), key))
    ]
    return [(title, points) for title, points in own + each if len(points) > 1]


def log(run_id: int) -> None:
    """The log, only on demand."""
    if ask_for_log(run_id):
        show_log(run_id)


def ask_for_log(run_id: int) -> bool:
    return st.toggle(t("Show the log", "显示日志"), key=f"log-{run_id}", width="content")


def show_log(run_id: int) -> None:
    st.code(runs.log(run_id) or t("Nothing yet.", "暂无内容。"), language=None, height=320)


INTERRUPTED = Text(
    "The machine or the worker stopped in the middle. What was learned until then is kept; training goes on from there by itself.",
    "机器或训练进程中途停止。已学到的部分都保留着，之后会自动接着训练。",
)
AGAIN = Text(
    "It was interrupted. The first steps are done again; what had been learned is taken up where it was last saved.",
    "曾被中断：前面的步骤会重做一遍，已学到的部分从上次保存处接着训练。",
)
KEPT = Text("Your data and settings are kept.", "您的数据和设置都保留着。")


def succeeded(run: runs.RunView) -> None:
    layout.title(t("“{name}” is trained", "“{name}”训练完成", name=shorten(run.name, 60)), plain(said_of(run)))
    with layout.panel("done"):
        status_badge(run)
        if run.verdict:
            layout.say(run.verdict.sentence)
        took = t("Trained in {time}", "训练用时 {time}", time=duration(run.seconds_total))
        planned = (
            t(" (we estimated {time})", "（预计 {time}）", time=duration(run.seconds_estimated))
            if run.seconds_estimated
            else ""
        )
        layout.quiet(took + planned)
        with st.container(horizontal=True, gap="small"):
            if st.button(
                t("See what it learned", "看看它学到了什么"),
                type="primary",
                key="see",
                icon=":material/arrow_forward:",
                icon_position="right",
            ):
                address.go("results", run=run.id)
            if st.button(t("Try it", "试一试"), key="try"):
                address.go("try", run=run.id)
    stages(runs.progress(run.id).stages)
    log(run.id)


def failed(run: runs.RunView) -> None:
    why = (
        t(run.error) if run.error else t("It ended without saying why; the log may tell.", "原因未知，日志中或有线索。")
    )
    layout.title(t("“{name}” did not finish", "“{name}”没有完成", name=shorten(run.name, 60)), plain(said_of(run)))
    with layout.note("bad", f"{t('Training stopped. ', '训练已停止。')}{why}", "failed"):
        layout.quiet(t(KEPT))
        again(run, t("Try again", "重试"))
    log(run.id)


def cancelled(run: runs.RunView) -> None:
    layout.title(t("“{name}” was stopped", "“{name}”已停止", name=shorten(run.name, 60)), plain(said_of(run)))
    with layout.note("neutral", t("You stopped this training. ", "您停止了这次训练。") + t(KEPT), "cancelled"):
        again(run, t("Start it again", "重新开始"))
    log(run.id)


def again(run: runs.RunView, label: str) -> None:
    with st.container(horizontal=True, gap="small"):
        if st.button(label, type="primary", key="retry", icon=":material/refresh:"):
            with layout.told():
                address.go("train", run=runs.retry(run.id))
        if st.button(t("Change the set-up", "修改设置"), key="change"):
            address.go("train", dataset=run.dataset_id, like=run.id)


ENDS = {"succeeded": succeeded, "failed": failed, "cancelled": cancelled}
