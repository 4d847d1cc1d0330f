"""One use: who answers for it, how to call it, whether a newer model is better, and what answered before."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import streamlit as st

from core.services import live, runs
from core.services.comparison import compare
from core.words import Text
from pages.ui import address, comparing, layout, lessons, verdict, watching
from pages.ui.language import language, t
from pages.ui.states import main_metric, status_badge
from pages.ui.words import plain, shorten, when

Part = Callable[[live.LiveView, runs.RunView], None]


def page(use: live.LiveView) -> None:
    run = runs.get(use.run_id)
    _head(use, run)
    labels = {t(title): key for key, (title, _) in PARTS.items()}
    wanted = next((label for label, key in labels.items() if key == address.param("part")), None)
    key = f"parts-{language()}"

    def turned() -> None:
        address.remember(part=labels.get(st.session_state[key]))

    tabs = st.tabs(list(labels), default=wanted, key=key, on_change=turned)
    for tab, name in zip(tabs, labels.values(), strict=True):
        if tab.open:
            with tab:
                PARTS[name][1](use, run)


def _head(use: live.LiveView, run: runs.RunView) -> None:
    with st.container(key="page-head", horizontal=True, vertical_alignment="center"):
        answers = t(
            "“{run}” answers · {when}", "由“{run}”应答 · {when}", run=shorten(run.name, 48), when=when(use.since)
        )
        layout.title(use.name, plain(answers))
        with st.container(horizontal=True, width="content", vertical_alignment="center"):
            if use.before_id is not None:
                before = shorten(runs.get(use.before_id).name, 24)
                label = t("Go back to “{run}” ({id})", "换回“{run}”（{id}）", run=before, id=use.before_id)
                st.button(plain(label), key="back", icon=":material/undo:", on_click=partial(_back, use.name))
            if st.button(t("Try it", "试一试"), type="primary", key="try", icon=":material/arrow_forward:"):
                address.go("try", name=use.name)
    if message := st.session_state.pop("live-said", None):
        layout.note("good", message, "live-said")


def _back(name: str) -> None:
    with layout.told():
        now = live.go_back(name)
        run = runs.get(now.run_id)
        st.session_state["live-said"] = t("“{run}” answers again.", "已换回“{run}”。", run=run.name)


def now(use: live.LiveView, run: runs.RunView) -> None:
    """The model that answers, and how to ask for it."""
    with layout.panel("now"):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            status_badge(run)
            if figures := main_metric(run):
                title, value, spread = figures
                st.markdown(f"{value} :gray[{f'({spread})' if spread else ''} {plain(title)}]", width="content")
        if run.verdict:
            layout.say(run.verdict.sentence)
            st.caption(verdict.looked_at(run))
        address.link("results", t("Read the whole result", "查看完整结果"), icon=":material/arrow_forward:", run=run.id)
    layout.heading(
        t("Ask it from a shell or a nightly job", "在命令行或定时任务中调用"),
        t("The name stays when the model behind it changes.", "背后换了模型，名称也不变。"),
    )
    quoted = "'" + use.name.replace("'", "'\\''") + "'"
    st.code(f"python -m core predict {quoted} rows.csv --out answered.csv", language="bash", wrap_lines=True)
    end = t("End the use “{name}”", "停用“{name}”", name=shorten(use.name, 40))
    with st.popover(t("More", "更多"), type="tertiary"):
        layout.quiet(
            t("The model and what it did stay; the name is free again.", "模型和记录都会保留，名称可以重新使用。")
        )
        if st.button(plain(end), key="end", icon=":material/power_settings_new:"):
            live.retire(use.name)
            said = t("“{name}” has ended.", "已停用“{name}”。", name=use.name)
            layout.offer_undo(said, partial(live.make_live, use.run_id, use.name))
            address.go("live")


def newer(use: live.LiveView, run: runs.RunView) -> None:
    """Models that could take its place, and what the comparison on the same rows says of the chosen one."""
    found = {other.id: other for other in live.challengers(use.name)}
    if not found:
        box = layout.empty(
            t("There is no other model of this task", "还没有同一任务的其他模型"),
            t(
                "Train one, on newer rows or more thoroughly, and compare it here.",
                "用更新的数据或更彻底的方式再训练一个，然后在这里对比。",
            ),
            "newer",
        )
        if box.button(t("Train another", "再训练一个"), key="another"):
            address.go("train", dataset=run.dataset_id, like=run.id)
        return
    wanted = address.number("challenger")
    chosen = st.selectbox(
        t("A model to compare with the live one", "与在用模型对比的模型"),
        list(found),
        index=list(found).index(wanted) if wanted in found else 0,
        format_func=lambda id: f"{shorten(found[id].name, 40)} ({id}) · {when(found[id].finished_at)}",
        key=f"challenger-{use.name}",
    )
    address.remember(challenger=chosen)
    said = compare(chosen, use.run_id)
    with layout.note(comparing.TONES[said.kind], comparing.sentence(said, use.scenario), "comparison"):
        certain = said.kind != "unknown" or st.checkbox(
            t("I want it nevertheless.", "我仍然要替换。"), key=f"nevertheless-{chosen}"
        )
        with st.container(horizontal=True, vertical_alignment="center"):
            label = t("Put it in the live model's place", "替换在用模型")
            st.button(
                label, key="replace", disabled=not certain, on_click=partial(_replace, use.name, chosen, said.kind)
            )
            both = t("See both side by side", "并排查看")
            address.link("compare", both, icon=":material/compare_arrows:", runs=f"{use.run_id},{chosen}")


def _replace(name: str, run_id: int, kind: str) -> None:
    with layout.told():
        live.replace(name, run_id, uncompared=kind == "unknown")
        said = t(
            "“{run}” answers from now on. Going back is one click.",
            "现在起由“{run}”应答，可随时一键换回。",
            run=runs.get(run_id).name,
        )
        st.session_state["live-said"] = said


def history(use: live.LiveView, run: runs.RunView) -> None:
    """What answered for the use, the newest first, and why it was put there."""
    with layout.panel("changes"):
        for place, change in enumerate(live.changes(use.name)):
            with st.container(key=f"line-change-{place}", gap=None):
                name = (
                    shorten(runs.get(change.run_id).name, 48)
                    if runs.is_usable(change.run_id)
                    else t("a deleted model", "已删除的模型")
                )
                st.markdown(f"**{plain(name)}** :gray[({change.run_id}) · {when(change.at)}]")
                first = t("The first model of this use.", "这个用途的第一个模型。")
                layout.quiet(comparing.against_before(change.comparison, use.scenario) if change.comparison else first)


PARTS: dict[str, tuple[Text, Part]] = {
    "now": (Text("The live model", "在用模型"), now),
    "watch": (Text("Watch", "监测"), watching.part),
    "lessons": (Text("Feedback", "反馈"), lessons.part),
    "newer": (Text("Other models", "其他模型"), newer),
    "history": (Text("History", "历史"), history),
}
