"""A live answer: what, how sure, why, and whether it was right."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as StillWorking
from dataclasses import dataclass
from typing import Any

import streamlit as st

from core import charts
from core.fields import Option
from core.scenarios.base import Answer, Scale, Turn, scenario
from core.services import predictions, runs
from core.words import Text, UserError
from pages.ui import layout, screen
from pages.ui.language import t
from pages.ui.words import percent, plain

PATIENCE_SECONDS = 1.0
MOST_REASONS = 7
TONES = {
    "good": ":material/sentiment_satisfied:",
    "bad": ":material/sentiment_dissatisfied:",
    "caution": "",
    "neutral": "",
}
DECISIONS = {
    "good": ":material/check_circle:",
    "caution": ":material/person_search:",
    "bad": ":material/block:",
    "neutral": "",
}


@st.cache_resource(show_spinner=False)
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(8, thread_name_prefix="asking")


def ask(run_id: int, inputs: Mapping[str, Any], controls: Mapping[str, Any], history: Sequence[Turn] = ()) -> Answer:
    """The model's answer; says that the model is waking where it takes more than a second. Raises UserError."""
    working = _pool().submit(predictions.answer, run_id, dict(inputs), dict(controls), tuple(history))
    try:
        return working.result(timeout=PATIENCE_SECONDS)
    except StillWorking:
        with st.spinner(
            t("Waking the model. This takes a few seconds, once.", "正在唤醒模型，首次需要几秒。"), show_time=True
        ):
            return working.result()


def panel(run_id: int, inputs: Mapping[str, Any], controls: Mapping[str, Any], asked: bool) -> None:
    """The answer to the inputs last asked about; asked again where a control was changed."""
    key = f"answer-{run_id}"
    kept = st.session_state.get(key)
    if asked and not any(value not in (None, "", (), []) for value in inputs.values()):
        return _nothing_asked()
    changed = kept is not None and kept["controls"] != dict(controls)
    if asked or changed:
        question = dict(inputs) if asked or kept is None else kept["inputs"]
        try:
            found = ask(run_id, question, controls)
        except UserError as error:
            layout.note("bad", t(error.text), "answer")
            return
        number = (kept or {}).get("number", 0) + (1 if asked else 0)
        kept = {"inputs": question, "controls": dict(controls), "answer": found, "number": number}
        st.session_state[key] = kept
    if kept is None:
        return _nothing_asked()
    show(kept["answer"], f"{run_id}-{kept['number']}")
    feedback(run_id, kept["inputs"], kept["answer"], f"{run_id}-{kept['number']}")


def live(run_id: int, inputs: Mapping[str, Any], controls: Mapping[str, Any]) -> None:
    """The answer to what the form says now."""
    try:
        found = ask(run_id, inputs, controls)
    except UserError as error:
        layout.note("bad", t(error.text), "answer")
        return
    show(found, f"live-{run_id}")
    feedback(run_id, inputs, found, f"live-{run_id}-{found.title.en}")


def _nothing_asked() -> None:
    layout.empty(
        t("The answer will be here", "答案会显示在这里"),
        t("Type something on the left, or click an example.", "在左侧输入内容，或点击一个示例。"),
        "answer",
    )


def show(found: Answer, key: str) -> None:
    """The answer large, its confidence with the line below which a person is asked, and the reasons."""
    with st.container(key=f"answer-{key}", gap="small"):
        if found.before:
            _before(found, key)
        signs = TONES if found.scale is None else DECISIONS
        st.markdown(f"## {signs[found.tone]} {plain(t(found.title))}")
        if found.scale is not None:
            _scale(found.scale)
        elif found.confidence is not None:
            _confidence(found)
        if found.others:
            _others(found, key)
        for note in found.notes:
            st.caption(plain(t(note)))
        if found.items and found.items_title is None:
            _items(found, key)
        if found.reasons:
            st.markdown(t("**What mattered**", "**影响判断的内容**"))
            strongest = sorted(found.reasons, key=lambda reason: -abs(reason.weight))[:MOST_REASONS]
            sides = {reason.weight > 0: t(reason.words) for reason in strongest if reason.words}
            if sides:
                layout.quiet(" · ".join(f"{'+' if side else '−'} {plain(words)}" for side, words in sides.items()))
            reasons = [(reason.what, reason.weight) for reason in strongest]
            figure = charts.signed_bars(reasons, screen.style(), warning=found.scale is not None)
            st.plotly_chart(figure, key=f"reasons-{key}", theme=None, config=charts.QUIET, alt=_said(reasons))
        if found.items and found.items_title is not None:
            st.markdown(f"**{plain(t(found.items_title))}**")
            _items(found, key)


def spoken(found: Answer, key: str) -> None:
    """An answer of a conversation: the words first, quietly how sure, and folded away where they come from."""
    with st.container(key=f"spoken-{key}", gap="xsmall"):
        st.markdown("  \n".join(plain(line) for line in t(found.title).splitlines() if line.strip()))
        if found.stored is not None:
            _reworded(found.stored, key)
        for note in found.notes:
            st.caption(plain(t(note)))
        sign = layout.SIGNS["good" if found.sure and not found.blanks else "caution"]
        if found.sure and found.blanks:
            names = ", ".join(plain(name) for name in found.blanks)
            sure = t(
                "The right answer, once this is filled in: {names}", "答案可用，发出前需填写：{names}", names=names
            )
        elif found.sure:
            sure = t("Sure enough to answer alone", "把握足够，可自动回答")
        elif found.confidence is None:
            sure = t("Handed to a person, as asked", "已按要求转接人工")
        else:
            sure = _decision(found)
        share = t("{share} confident", "置信度 {share}", share=_percent(found.confidence)) if found.confidence else ""
        st.markdown(
            " · ".join(part for part in (f"{sign} :small[{sure}]", f":small[:gray[{share}]]" if share else "") if part)
        )
        if not (found.items or found.others or found.reasons):
            return
        title = t(found.items_title) if found.items_title else t("Why", "依据")
        with st.expander(plain(title)):
            if found.items:
                _items(found, key)
            if found.others:
                st.caption(t("What it took the question for", "它对问题的判断") if found.items else t("Or", "或者"))
                _others(found, key)
            for reason in found.reasons[:MOST_REASONS]:
                st.caption(f"{'+' if reason.weight >= 0 else '−'} {plain(reason.what)}")


def _reworded(stored: Text, key: str) -> None:
    """That a language model put the answer into other words, and one click away the words that it was made from."""
    with st.container(key=f"reworded-{key}", horizontal=True, vertical_alignment="center", gap="small"):
        st.caption(t("Reworded by a small language model and checked.", "由小型语言模型改写，已核对。"))
        with st.popover(t("Reworded from", "改写自"), type="tertiary", key=f"stored-{key}"):
            st.markdown("  \n".join(plain(line) for line in t(stored).splitlines() if line.strip()))


def _scale(scale: Scale) -> None:
    """The figure with its range in words, then where it stands among the bands: words first, only figures as HTML."""
    language = screen.style().language
    value = charts.said(scale.value, scale.unit, language)
    spread = charts.said_range(scale.low, scale.high, scale.unit, language)
    st.markdown(f"{plain(t(scale.title))} **{value}** ({spread})")
    top, start, parts, ticks = max(scale.top, 1e-9), 0.0, [], []
    for band in scale.bands:
        width = max(0.0, min(band.upto, top) - start) / top * 100
        parts.append(f'<i class="{band.tone}" style="width:{width:.2f}%"></i>')
        if band.upto < top:
            edge = charts.said(band.upto, scale.unit, language)
            ticks.append(f'<span style="left:{band.upto / top * 100:.2f}%">{edge}</span>')
        start = min(band.upto, top)
    at, low, high = (min(x / top, 1.0) * 100 for x in (scale.value, scale.low, scale.high))
    st.html(
        f'<div class="mw-scale" role="img" aria-label="{value} ({spread})"><div>{"".join(parts)}</div>'
        f'<u style="left:{low:.2f}%;width:{high - low:.2f}%"></u><b style="left:{at:.2f}%"></b></div>'
        f'<div class="mw-ticks">{"".join(ticks)}</div>'
    )
    st.caption(" → ".join(plain(t(band.title)) for band in scale.bands))


def _confidence(found: Answer) -> None:
    share = found.confidence or 0.0
    words = _decision(found)
    sign = layout.SIGNS["good" if found.sure else "caution"]
    said = t("{share} confident", "置信度 {share}", share=_percent(share))
    st.markdown(f"{sign} **{words}** · {said}" if found.threshold is not None or not found.sure else said)
    line = ""
    if found.threshold is not None:
        at = found.threshold * 100
        side = "left" if at < 25 else "right" if at > 70 else ""
        text = t(
            "below this line, ask a person ({share})", "低于此线（{share}）请交给人", share=_percent(found.threshold)
        )
        line = f'<b style="left:{at:.1f}%"></b></div><div class="mw-person {side}"><span style="left:{at:.1f}%">{text}</span>'
    state = "" if found.sure else " unsure"
    st.html(f'<div class="mw-confidence{state}"><i style="width:{share * 100:.1f}%"></i>{line}</div>')


def _decision(found: Answer) -> str:
    if found.sure:
        return t("Sure enough to go out unread", "把握足够，可自动处理")
    if found.threshold is None:
        return t("No confidence is high enough yet: ask a person", "目前任何置信度都还不够，请交给人判断")
    return t("Not sure: ask a person", "把握不足，请交给人判断")


def _percent(share: float) -> str:
    if 0 < share < 0.01:
        return "&lt;1%"
    if share > 0.9995:
        return "&gt;99.9%"
    return percent(share, 1 if share > 0.99 else 0)


def _others(found: Answer, key: str) -> None:
    """What else it could have been: the words, then only figures as HTML."""
    with st.container(key=f"others-{key}", gap="xxsmall"):
        for title, share in found.others:
            with st.container(horizontal=True, vertical_alignment="center", gap="small"):
                with st.container(width=140):
                    st.caption(plain(t(title)))
                st.html(
                    f'<div class="mw-share"><div><i style="width:{share * 100:.1f}%"></i></div><span>{_percent(share)}</span></div>'
                )


def _before(found: Answer, key: str) -> None:
    """What is known of whom the answer is for, as a row of small cards."""
    with st.container(key=f"before-{key}", gap="xsmall"):
        if found.before_title:
            st.caption(plain(t(found.before_title)))
        with st.container(key=f"before-cards-{key}"):
            for place, item in enumerate(found.before):
                with st.container(key=f"before-card-{place}-{key}", gap=None):
                    detail = f"  \n:small[:gray[{plain(t(item.detail))}]]" if item.detail else ""
                    st.markdown(f":small[{plain(item.title)}]{detail}")


def _items(found: Answer, key: str) -> None:
    with st.container(key=f"answer-items-{key}", gap="small"):
        for place, item in enumerate(found.items, 1):
            score = f" · {item.score:.2f}" if item.score is not None else ""
            detail = f"  \n:small[:gray[{plain(t(item.detail))}]]" if item.detail else ""
            st.markdown(f"**{place}. {plain(item.title)}**{score}{detail}")


def _said(reasons: list[tuple[str, float]]) -> str:
    apart = t(", ", "、")
    return t("Reasons: ", "理由：") + apart.join(f"{what} {'+' if weight >= 0 else '−'}" for what, weight in reasons)


def feedback(
    run_id: int, inputs: Mapping[str, Any], found: Answer, key: str, after: Callable[[], None] = lambda: None
) -> None:
    """Right or wrong, and what would have been right; `after` is called once it is kept."""
    if st.session_state.get(f"told-{key}"):
        right, wrong = predictions.feedback_count(run_id)
        layout.note(
            "good",
            t(
                "Thank you, kept with this model: {right} right, {wrong} wrong so far.",
                "谢谢，已记录：目前 {right} 条正确，{wrong} 条错误。",
                right=right,
                wrong=wrong,
            ),
            f"told-{key}",
        )
        return
    with st.container(key=f"feedback-{key}", gap="small"):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.caption(t("Was this right?", "答对了吗？"), width="content")
            thumb = st.feedback("thumbs", key=f"thumb-{key}")
        if thumb == 1:
            _tell(run_id, inputs, found, key, _Said(True, None, after))
        elif thumb == 0:
            _correct(run_id, inputs, found, key, after)


@dataclass(frozen=True)
class _Said:
    """Right or wrong, what would have been right, and what to do once it is kept."""

    right: bool
    correction: str | None
    after: Callable[[], None]


def _correct(run_id: int, inputs: Mapping[str, Any], found: Answer, key: str, after: Callable[[], None]) -> None:
    """Asks what would have been right: one of the answers that there are, or anything where there is no such list."""
    known = {option.value: t(option.title) for option in _right_answers(run_id) if option.value != found.label}
    titles = known or {t(title): t(title) for title, _ in found.others}
    with st.form(f"correct-{key}", border=False):
        label = t("What would have been right?", "正确答案应该是？")
        if titles:
            right = st.selectbox(
                label,
                list(titles),
                index=None,
                accept_new_options=not known,
                format_func=lambda value: titles.get(value, str(value)),
                key=f"right-{key}",
                placeholder=t("Choose, or leave empty", "请选择，也可留空")
                if known
                else t("Choose or type, or leave empty", "选择或输入，也可留空"),
            )
        else:
            right = st.text_input(label, key=f"right-{key}")
        if st.form_submit_button(t("Send", "提交"), key=f"send-{key}"):
            _tell(run_id, inputs, found, key, _Said(False, right or None, after))


def _right_answers(run_id: int) -> tuple[Option, ...]:
    run = runs.get(run_id)
    return scenario(run.scenario).right_answers(runs.results(run_id).details)


def _tell(run_id: int, inputs: Mapping[str, Any], found: Answer, key: str, said: _Said) -> None:
    label = found.label if said.right else said.correction
    with layout.told():
        predictions.feedback(run_id, dict(inputs), t(found.title), said.right, said.correction, label)
        st.session_state[f"told-{key}"] = True
        said.after()
        st.rerun()
