"""What stands around every page: styles, header with navigation, the five steps of a project."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, Literal, Protocol
from urllib.parse import quote

import streamlit as st

from core.config import ROOT
from core.services import machine
from core.words import LANGUAGES, Text
from pages.ui import address, sign_in, theme_switch
from pages.ui.language import NAMES, choose, language, t
from pages.ui.words import plain, shorten

ASSETS = ROOT / "assets"
PRODUCT = "Modelwright 模匠"

TITLES: dict[address.PageKey, Text] = {
    "home": Text("Home", "首页"),
    "data": Text("Data", "数据"),
    "explore": Text("Explore", "探索"),
    "train": Text("Train", "训练"),
    "results": Text("Understand", "解读"),
    "check": Text("Labels to check", "待核对的标签"),
    "try": Text("Use", "使用"),
    "compare": Text("Compare", "对比"),
    "runs": Text("Models", "模型"),
    "live": Text("Live", "在用"),
    "help": Text("Help", "帮助"),
}
NAVIGATION: tuple[address.PageKey, ...] = ("home", "data", "runs", "live", "help")
BELONGS: dict[address.PageKey, address.PageKey] = {
    "explore": "data",
    "train": "runs",
    "results": "runs",
    "check": "runs",
    "try": "runs",
    "compare": "runs",
}

StepKey = Literal["data", "setup", "train", "understand", "use"]
STEPS: dict[StepKey, Text] = {
    "data": Text("Data", "数据"),
    "setup": Text("Set up", "设置"),
    "train": Text("Train", "训练"),
    "understand": Text("Understand", "解读"),
    "use": Text("Use", "使用"),
}


class Trained(Protocol):
    """What the steps need to know of a run."""

    @property
    def id(self) -> int: ...
    @property
    def dataset_id(self) -> str: ...
    @property
    def dataset_name(self) -> str: ...
    @property
    def status(self) -> str: ...


@cache
def _stylesheet(wanted: str) -> str:
    folder = Path(__file__).parent
    extra = (folder / "style_zh.css").read_text("utf-8") if wanted == "zh" else ""
    return f"<style>{(folder / 'style.css').read_text('utf-8')}{extra}{_drawings()}</style>"


def _drawings() -> str:
    """A CSS class for every drawing in assets/icons, so that it takes the theme's colour."""
    files = sorted((ASSETS / "icons").glob("*.svg"))
    return "".join(
        f'.drawing-{file.stem} {{ --icon: url("data:image/svg+xml,{quote(file.read_text("utf-8").strip())}"); }}'
        for file in files
    )


def styles() -> None:
    st.html(_stylesheet(language()))


@st.cache_data(ttl=30, show_spinner=False)
def hardware() -> machine.Machine:
    return machine.machine()


def header(current: address.PageKey) -> None:
    """Logo, navigation, hardware, language and theme: the same on every page."""
    with st.container(key="shell", horizontal=True, vertical_alignment="center", gap="small"):
        with st.container(key="brand", width="content"):
            address.link("home", PRODUCT)
        with st.container(key="nav", horizontal=True, width="content", gap="small"):
            for key in NAVIGATION:
                here = "-here" if BELONGS.get(current, current) == key else ""
                with st.container(key=f"nav-{key}{here}", width="content"):
                    address.link(key, t(TITLES[key]))
        with st.container(key="shell-end", horizontal=True, vertical_alignment="center", width="content", gap="small"):
            with st.container(key="hardware", width="content"):
                st.caption(t(hardware().short), help=plain(t(hardware().hardware)))
            _language_switch()
            theme_switch.theme_switch()
            sign_in.way_out()


def _language_switch() -> None:
    st.session_state["language-switch"] = language()
    st.segmented_control(
        t("Language", "语言"),
        options=LANGUAGES,
        format_func=NAMES.__getitem__,
        key="language-switch",
        required=True,
        label_visibility="collapsed",
        on_change=lambda: choose(st.session_state["language-switch"]),
    )


def steps(current: StepKey, dataset_id: str | None = None, name: str | None = None, run: Trained | None = None) -> None:
    """The journey `Data -> Set up -> Train -> Understand -> Use`, each step a link where it can be reached.

    `name` is the user's name for the data; of a run, its dataset's name is taken. What lies before the current step is ticked
    off, training only once there is a model.
    """
    dataset_id = run.dataset_id if run else dataset_id
    name = run.dataset_name if run else name
    done = bool(run and run.status == "succeeded")
    targets: dict[StepKey, tuple[address.PageKey, dict[str, Any], bool]] = {
        "data": ("data", {"dataset": dataset_id}, True),
        "setup": ("train", {"dataset": dataset_id, "like": run.id if run else None}, bool(dataset_id)),
        "train": ("train", {"run": run.id if run else None}, bool(run)),
        "understand": ("results", {"run": run.id if run else None}, done),
        "use": ("try", {"run": run.id if run else None}, done),
    }
    keys = list(STEPS)
    with st.container(key="steps-row", horizontal=True, vertical_alignment="center"):
        with st.container(key="steps", horizontal=True, vertical_alignment="center", gap=None, width="content"):
            for key in keys:
                page, words, reachable = targets[key]
                state = "now" if key == current else "open" if reachable else "later"
                past = keys.index(key) < keys.index(current) and (done or key in ("data", "setup"))
                icon = ":material/check_circle:" if past else _dot(state)
                with st.container(key=f"step-{key}-{state}", width="content"):
                    address.link(page, t(STEPS[key]), icon=icon, disabled=not reachable and key != current, **words)
        if name:
            with st.container(key="steps-name", width="content"):
                st.caption(plain(shorten(name, 48)))


def _dot(state: str) -> str:
    return ":material/radio_button_checked:" if state == "now" else ":material/radio_button_unchecked:"
