"""Pages driven without a browser: the real services in an empty workspace, the toy scenario installed, no worker."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from core.progress import Plan, Stage
from core.services import runs
from core.words import Text
from tests.house import toy

__all__ = ["toy"]

MAIN = Path(__file__).resolve().parents[2] / "pages" / "main.py"
Open = Callable[..., AppTest]


@pytest.fixture
def open_page(toy: None, monkeypatch: pytest.MonkeyPatch) -> Open:
    """Opens a page by its file's name with words in its address: `open_page("data", dataset=id)`."""
    st.cache_data.clear()
    st.cache_resource.clear()
    note = Text("Without petal_width it changes by -0.1 (at most).", "不用 petal_width，变化 -0.1（至多）。")
    plan = Plan((Stage("train", Text("Learning", "学习"), 95.0),), 512, (note,))
    monkeypatch.setattr(runs, "estimate", lambda request: dict.fromkeys(("quick", "standard", "best"), plan))

    def open_it(page: str = "home", **words: Any) -> AppTest:
        at = AppTest.from_file(MAIN, default_timeout=30)
        at.query_params["lang"] = words.pop("lang", "en")
        at.run()
        if page != "home":
            at.switch_page(f"{page}.py")
        for name, word in words.items():
            at.query_params[name] = str(word)
        return at.run()

    return open_it


def all_words(at: AppTest) -> str:
    """Everything readable on the page, in one string."""
    kinds = ("title", "header", "subheader", "markdown", "caption", "text", "error", "metric")
    found = [str(getattr(element, "value", "")) for kind in kinds for element in at.get(kind)]
    labels = [
        str(getattr(element, "label", ""))
        for kind in ("button", "metric", "selectbox", "tab", "expander")
        for element in at.get(kind)
    ]
    return "\n".join(found + labels)


def pressable(at: AppTest, key: str) -> bool:
    return any(button.key == key and not button.disabled for button in at.button)
