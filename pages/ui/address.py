"""Where things are: the pages, and an address that carries dataset, run, page and language."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import streamlit as st

from pages.ui.language import chosen

FOLDER = Path(__file__).resolve().parent.parent

PageKey = Literal["home", "data", "explore", "train", "results", "check", "try", "compare", "runs", "live", "help"]
FILES: dict[PageKey, Path] = {
    "home": FOLDER / "home.py",
    "data": FOLDER / "data.py",
    "explore": FOLDER / "explore.py",
    "train": FOLDER / "train.py",
    "results": FOLDER / "results.py",
    "check": FOLDER / "check.py",
    "try": FOLDER / "try_it.py",
    "compare": FOLDER / "compare.py",
    "runs": FOLDER / "runs.py",
    "live": FOLDER / "live.py",
    "help": FOLDER / "help.py",
}
ROUTES: dict[PageKey, str] = {key: "" if key == "home" else key for key in FILES}


def param(name: str) -> str | None:
    """A word of the address, None where it is missing or empty."""
    return st.query_params.get(name) or None


def number(name: str) -> int | None:
    """A whole number of the address (`run=12`), None where it is none."""
    word = param(name)
    return int(word) if word and word.isdecimal() and len(word) < 12 else None


def numbers(name: str) -> list[int]:
    """Whole numbers of the address (`runs=1,2`)."""
    return [int(word) for word in (param(name) or "").split(",") if word.isdecimal() and len(word) < 12]


def remember(**words: object) -> None:
    """Puts words into the address, or takes them out (None). What stands there already is not touched."""
    for name, word in words.items():
        if word is None or word == "":
            if name in st.query_params:
                del st.query_params[name]
        elif st.query_params.get(name) != str(word):
            st.query_params[name] = str(word)


def go(page: PageKey, **words: object) -> None:
    """Opens a page with these words in its address and the chosen language."""
    st.switch_page(FILES[page], query_params=_query(words))


def link(page: PageKey, label: str, icon: str | None = None, disabled: bool = False, **words: object) -> None:
    """A quiet link to a page; `label` is markdown (users' own words through `plain`)."""
    st.page_link(FILES[page], label=label, icon=icon, disabled=disabled, query_params=_query(words))


def _query(words: dict[str, object]) -> dict[str, str]:
    query = {name: str(word) for name, word in words.items() if word is not None and word != ""}
    language = chosen()
    return query | ({"lang": language} if language else {})
