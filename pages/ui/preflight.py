"""Before a training: what stands in the way or should be known, and repairs with one click."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence

import streamlit as st

from core.data.recipe import Step, describe
from core.services import datasets, elsewhere, runs
from core.words import Fix, Problem, Text, UserError
from pages.ui import address, draft, layout
from pages.ui.language import t
from pages.ui.problems import problems


def sign(request: runs.Request) -> str:
    """The same for the same questions and answers."""
    asked = [
        request.scenario,
        request.dataset_id,
        request.test_dataset_id,
        request.extras,
        request.roles,
        request.settings,
    ]
    return hashlib.sha256(json.dumps(asked, sort_keys=True, default=str).encode()).hexdigest()


@st.cache_data(max_entries=128, show_spinner=False)
def check(signature: str, _request: runs.Request) -> list[Problem]:
    return runs.check(_request)


def before_you_train(data: datasets.DatasetView, found: list[Problem], settings: str) -> None:
    """Everything found; `settings` begins the keys of the set-up's own questions."""
    layout.heading(t("Before you train", "训练之前"))
    if not found:
        layout.note(
            "good",
            t(
                "Nothing stands in the way: the data was checked for gaps, repeats and giveaways.",
                "没有发现问题：已检查缺失、重复和泄露答案的列。",
            ),
            "fine",
        )
        return
    problems(found, lambda chosen: repair(data, chosen, settings))


def repair(data: datasets.DatasetView, chosen: Fix, settings: str) -> None:
    """A repair of the data, or of the set-up's settings: columns added to one, or another choice."""
    if chosen.step is not None:
        fix(data, chosen.step)
    for name, wanted in chosen.settings.items():
        key = f"{settings}-set-{name}"
        kept = st.session_state.get(key, ())
        st.session_state[key] = wanted if isinstance(wanted, str) else list(dict.fromkeys([*kept, *wanted]))


def listed(steps: Sequence[Step]) -> Text:
    said = [describe(step) for step in steps]
    return Text("; ".join(one.en for one in said), "；".join(one.zh for one in said))


def fix(data: datasets.DatasetView, *steps: Step) -> None:
    """A new version of the data with this repair; the set-up goes on with it, and one click takes it back.

    A click on another repair meanwhile ends this one's callback at its next word to Streamlit: the repair is noted before.
    The same click twice is one repair."""
    if elsewhere.is_better(data.rows):
        st.toast(t("Repairing the data…", "正在修复数据…"), icon=":material/build:")
    repairs, newest = draft.repairs(), draft.newest(data.id)
    try:
        if newest != data.id and datasets.get(newest).recipe[-len(steps) :] == steps:
            return
        repaired = datasets.fix(newest, *steps, made_on=data.id)
    except UserError as error:
        st.session_state["fix-error"] = error.text
        return
    repairs[data.id] = repaired.id
    draft.left().pop(newest, None)
    draft.carry_over(data.id, repaired.id)
    address.remember(dataset=repaired.id)

    def take_back() -> None:
        address.remember(dataset=draft.undo(repaired.id))

    layout.offer_undo(t("Done: {what}.", "已完成：{what}。", what=listed(steps)), take_back)
