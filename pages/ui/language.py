"""The language of the page: from the address, else from the browser."""

from __future__ import annotations

from typing import Any

import streamlit as st

from core.words import LANGUAGES, Language, Text

NAMES: dict[Language, str] = {"en": "EN", "zh": "中文"}


def language() -> Language:
    """The language in the address (`?lang=zh`), else the one chosen in this session, else the browser's."""
    for wanted in (st.query_params.get("lang"), st.session_state.get("language")):
        if wanted in LANGUAGES:
            return wanted
    return "zh" if (st.context.locale or "").lower().startswith("zh") else "en"


def choose(wanted: Language) -> None:
    """Keeps the wanted language in the address and in the session."""
    st.session_state["language"] = wanted
    st.query_params["lang"] = wanted


def chosen() -> Language | None:
    """The language that links must carry on, where somebody chose one."""
    wanted = st.query_params.get("lang") or st.session_state.get("language")
    return wanted if wanted in LANGUAGES else None


def t(en: str | Text, zh: str | None = None, **values: Any) -> str:
    """The words in the page's language: `t("Rename", "重命名")` or `t(scenario.title)`, `{fields}` filled by values.

    A value that is a Text is said in the same language. The result is not yet fit for markdown where a value holds
    a user's own words: wrap those in `plain`.
    """
    text = en if isinstance(en, Text) else Text(en, en if zh is None else zh)
    return (text.fill(**values) if values else text).in_(language())
