"""Use a trained model: one case at a time, in a conversation, or a whole file."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import streamlit as st

from core.fields import Field
from core.scenarios.base import Scenario, scenario
from core.services import live, predictions, runs
from pages.ui import address, answers, batches, cards, chat, forms, layout, make_live, screen, shell, take_along
from pages.ui.language import t
from pages.ui.states import STATUS
from pages.ui.words import plain, shorten

EXAMPLES = 3


def main() -> None:
    cards.styles()
    screen.measure()
    name = address.param("name")
    run_id = live.get(name).run_id if name else address.number("run")
    if run_id is None:
        layout.title(
            t("Which model?", "要用哪个模型？"), t("Choose one that has been trained.", "请选择一个训练完成的模型。")
        )
        if st.button(t("See your models", "查看模型"), type="primary"):
            address.go("runs")
        return
    run = runs.get(run_id)
    shell.steps("use", run=run)
    if run.status != "succeeded":
        return _unfinished(run)
    _warm_once(run.id)
    known = scenario(run.scenario)
    details = runs.results(run.id).details
    layout.title(
        name or run.name, t("Ask it something new, and tell it where it is wrong.", "给它一条新内容，答错时告诉它。")
    )
    make_live.badges(run)
    controls = known.controls(details)
    fields = known.fields(details)
    if known.live:
        _live(run, fields, controls)
    elif known.chat and [field.kind for field in fields] == ["text"]:
        chosen = _controls(run.id, controls)
        with st.expander(t("A whole file, or the model to take with you", "处理整个文件，或把模型带走"), key="further"):
            _further(run, known, controls)
        return chat.frame(run.id, fields[0], chosen)
    else:
        _ask_and_answer(run, known, details, controls)
    _further(run, known, controls)


def _further(run: runs.RunView, known: Scenario[Any], controls: list[Field]) -> None:
    """What else the model can do. A conversation comes after it: the page scrolls to its end at every answer."""
    everyone = next((role for role in known.roles if role.key == known.everyone), None)
    batches.section(run.id, _chosen(run.id, controls), everyone)
    take_along.model(run)


def _unfinished(run: runs.RunView) -> None:
    words, icon, _ = STATUS[run.status]
    layout.title(run.name, f"{icon} {t(words)}")
    layout.say(t("There is no model to use yet.", "目前还没有可用的模型。"))
    if st.button(t("See the training", "查看训练"), type="primary"):
        address.go("train", run=run.id)


def _warm_once(run_id: int) -> None:
    """Has the model loaded while the visitor is still reading, once a visit."""
    if st.session_state.get("warmed") != run_id:
        st.session_state["warmed"] = run_id
        predictions.warm(run_id)


def _ask_and_answer(run: runs.RunView, known: Scenario[Any], details: dict[str, Any], controls: list[Field]) -> None:
    fields = known.fields(details)
    left, right = st.columns(2, gap="medium")
    with left, st.container(key="ask", gap="small"):
        with st.form(f"ask-{run.id}", border=False, enter_to_submit=True):
            inputs = forms.form(fields, f"try-{run.id}")
            with st.container(horizontal=True, vertical_alignment="center", gap="small"):
                asked = st.form_submit_button(t("Get the answer", "查看答案"), type="primary", key=f"get-{run.id}")
                if any(field.kind == "text" for field in fields):
                    with st.container(key="keys", width="content"):
                        st.caption("Ctrl + Enter")
        _examples(run, fields)
        chosen = _controls(run.id, controls)
    with right:
        wanted = asked or st.session_state.pop(f"asked-{run.id}", False)
        with st.container(key="answer-place"):
            answers.panel(run.id, inputs, chosen, wanted)


@st.fragment
def _live(run: runs.RunView, fields: list[Field], controls: list[Field]) -> None:
    """A form that is answered at every change; only this part of the page is drawn again."""
    left, right = st.columns([6, 5], gap="medium")
    with left, st.container(key="ask", gap="small"):
        inputs = forms.form(fields, f"try-{run.id}", across=True)
        with st.expander(t("How to decide", "决策设置"), key="decide"):
            chosen = _controls(run.id, controls)
    with right, st.container(key="answer-place"):
        answers.live(run.id, inputs, chosen)


def _controls(run_id: int, controls: list[Field]) -> dict[str, Any]:
    """How to answer, live: what is changed here needs no training."""
    if not controls:
        return {}
    with st.container(key="controls"):
        return forms.form(controls, f"control-{run_id}")


def _chosen(run_id: int, controls: list[Field]) -> dict[str, Any]:
    """The controls' values as last drawn."""
    return {field.key: st.session_state.get(f"control-{run_id}-{field.key}", field.default) for field in controls}


def _examples(run: runs.RunView, fields: list[Field]) -> None:
    """Held-out rows to click: each fills the form and asks."""
    shown = [field for field in fields if field.examples] or _from_rows(run, fields)
    if not shown:
        return
    count = min(EXAMPLES, *(len(field.examples) for field in shown))
    with st.container(key="examples", gap="xsmall"):
        st.caption(t("Or try a row it never saw in training:", "或试试训练时未见过的数据："))
        for place in range(count):
            values = {field.key: field.examples[place] for field in shown}
            words = plain(shorten(" · ".join(str(value) for value in values.values()), 110))
            st.button(words, key=f"example-{run.id}-{place}", on_click=_take, args=(run.id, values), width="stretch")


def _from_rows(run: runs.RunView, fields: list[Field]) -> list[Field]:
    """The fields with values of held-out rows, where these have a column for each and the scenario named none."""
    rows = runs.results(run.id).rows
    if not fields or not {field.key for field in fields} <= set(rows.columns) or len(rows) < EXAMPLES:
        return []
    some = rows.iloc[:: len(rows) // EXAMPLES].head(EXAMPLES)
    return [replace(field, examples=tuple(some[field.key].tolist())) for field in fields]


def _take(run_id: int, values: dict[str, Any]) -> None:
    for key, value in values.items():
        st.session_state[f"try-{run_id}-{key}"] = value
    st.session_state[f"asked-{run_id}"] = True


main()
