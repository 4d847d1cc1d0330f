"""The shell that is run for every page: language, navigation, sign-in, then the page itself."""

from __future__ import annotations

import sys
from pathlib import Path

import streamlit as st

ROOT = Path(__file__).resolve().parent.parent
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from core.words import UserError  # noqa: E402
from pages.ui import address, layout, shell, sign_in, tour  # noqa: E402
from pages.ui.language import t  # noqa: E402


def main() -> None:
    pages = {
        key: st.Page(file, title=t(shell.TITLES[key]), url_path=address.ROUTES[key] or None, default=key == "home")
        for key, file in address.FILES.items()
        if file.exists()
    }
    page = st.navigation(list(pages.values()), position="hidden")
    current = next(key for key, known in pages.items() if known.url_path == page.url_path)
    st.set_page_config(
        page_title=f"{t(shell.TITLES[current])} · {shell.PRODUCT}",
        page_icon=str(shell.ASSETS / "favicon.png"),
        layout="wide",
    )
    shell.styles()
    shell.header(current)
    if not sign_in.signed_in():
        return
    tour.bar()
    with st.container():
        layout.undo_bar()
    try:
        page.run()
    except UserError as error:
        layout.failed(error)


main()
