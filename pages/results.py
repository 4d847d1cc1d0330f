"""Understand a trained model: the verdict first, then the numbers, then what lies behind them."""

from __future__ import annotations

import re

import streamlit as st

from core.cards import HEADLINE, MONEY, Card, Numbers
from core.scenarios.base import scenario
from core.services import predictions, runs
from core.words import Text
from pages.ui import (
    address,
    cards,
    layout,
    make_live,
    money,
    run_details,
    run_menu,
    run_settings,
    screen,
    second_look,
    shell,
    take_along,
    verdict,
)
from pages.ui.language import language, t
from pages.ui.states import MODES, STATUS
from pages.ui.words import count, percent, plain, when

DETAILS = Text("Details", "详情")


def main() -> None:
    cards.styles()
    screen.measure()
    run_id = address.number("run")
    if run_id is None:
        return _choose()
    run = runs.get(run_id)
    shell.steps("understand", run=run)
    if run.status != "succeeded":
        return _unfinished(run)
    key = f"{run.id}-{run.finished_at}"
    found = _cards(key, run.id, run.scenario)
    _head(run)
    verdict.verdict(run)
    second_look.gained(run)
    for card in found:
        if card.section == HEADLINE and isinstance(card.body, Numbers):
            cards.numbers(card.body)
            st.caption(plain(t(card.reading)))
    _judged(run.id)
    _sections(run, found, cards.Source(key, runs.results(run.id).rows, cards.reading(found)))


def _judged(run_id: int) -> None:
    """How often people were satisfied with its live answers, once they have said so."""
    right, wrong = predictions.feedback_count(run_id)
    if right + wrong:
        layout.quiet(
            t(
                "In use, people called {right} of {all} answers right ({share}). They judge mostly what looks wrong.",
                "实际使用中，{all} 个被评价的回答里有 {right} 个被认为正确（{share}）。人们更常评价看上去不对的回答。",
                right=count(right),
                all=count(right + wrong),
                share=percent(right / (right + wrong)),
            )
        )


@st.cache_resource(max_entries=64, show_spinner=False)
def _cards(key: str, run_id: int, kind: str) -> list[Card]:
    return scenario(kind).cards(runs.results(run_id))


def _choose() -> None:
    layout.title(
        t("Which model?", "要看哪个模型？"), t("Choose one that has been trained.", "请选择一个训练完成的模型。")
    )
    if st.button(t("See your models", "查看模型"), type="primary"):
        address.go("runs")


def _unfinished(run: runs.RunView) -> None:
    words, icon, _ = STATUS[run.status]
    layout.title(run.name, f"{icon} {t(words)}")
    if run.error:
        layout.note("bad", t(run.error), "run")
    ended = run.status in ("failed", "cancelled")
    sentence = (
        t(
            "This training did not end with a model. Its data and settings are kept.",
            "这次训练没有得到模型，数据和设置都已保留。",
        )
        if ended
        else t(
            "The result will be here when the training is done. You need not wait on this page.",
            "训练完成后，结果会显示在这里。您无需停留在本页。",
        )
    )
    layout.say(sentence)
    with st.container(horizontal=True):
        label = t("See what happened", "查看经过") if ended else t("Watch the training", "查看训练进度")
        if st.button(label, type="secondary" if ended else "primary", key="watch"):
            address.go("train", run=run.id)
        if ended and st.button(t("Train again", "重新训练"), type="primary", key="again"):
            with layout.told():
                address.go("train", run=runs.retry(run.id))


def _head(run: runs.RunView) -> None:
    with st.container(key="pagehead", horizontal=True, vertical_alignment="center"):
        with st.container(key="pagename", width="content"):
            st.markdown(f"# {plain(run.name)}\n\n{plain(_about(run))}")
        with st.container(key="pageacts", horizontal=True, vertical_alignment="center", width="content"):
            run_menu.menu(run)
            take_along.report_button(run)
            if st.button(
                t("Use this model", "使用此模型"),
                type="primary",
                key="use",
                icon=":material/arrow_forward:",
                icon_position="right",
            ):
                address.go("try", run=run.id)
    make_live.badges(run)
    if run.note:
        with st.container(key="run-note"):
            layout.say(run.note)


def _about(run: runs.RunView) -> str:
    """From what data, how, when, and over how many rows."""
    data = run_settings.facts(run).get("data") or {}
    rows = t("{n} rows", "{n} 行", n=count(data["rows"])) if data.get("rows") else ""
    data_name = run.dataset_name if run.dataset_name != run.name else ""
    return " · ".join(part for part in (data_name, t(MODES[run.mode]), when(run.finished_at), rows) if part)


def _sections(run: runs.RunView, found: list[Card], source: cards.Source) -> None:
    """A tab a section; only the open one is drawn, and the address remembers which."""
    sections = {_slug(card.section): card.section for card in found if card.section != HEADLINE}
    if money.is_asked(run):
        first, *rest = sections.items()
        sections = dict([first, (_slug(MONEY), MONEY), *rest])
    if second_look.is_there(run):
        sections[_slug(second_look.SECTION)] = second_look.SECTION
    sections[_slug(DETAILS)] = sections.pop(_slug(DETAILS), DETAILS)
    labels = {t(text): slug for slug, text in sections.items()}
    wanted = next((label for label, slug in labels.items() if slug == address.param("section")), None)
    key = f"sections-{run.id}-{language()}"

    def turned() -> None:
        address.remember(section=labels.get(st.session_state[key]))

    for tab, slug in zip(
        st.tabs([plain(label) for label in labels], default=wanted, key=key, on_change=turned),
        labels.values(),
        strict=True,
    ):
        if not tab.open:
            continue
        with tab:
            for card in found:
                if card.section != HEADLINE and _slug(card.section) == slug:
                    cards.draw(card, source)
            if slug == _slug(MONEY):
                money.section(run, source)
            if slug == _slug(second_look.SECTION):
                second_look.section(run, source)
            if slug == _slug(DETAILS):
                take_along.section(run)
                run_details.draw(run)


def _slug(section: Text) -> str:
    return re.sub(r"[^a-z0-9]+", "-", section.en.lower()).strip("-")


main()
