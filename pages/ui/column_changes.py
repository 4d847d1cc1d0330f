"""A change of one column of the user's own choice, where nothing was found that asks for it."""

from __future__ import annotations

from functools import partial

import streamlit as st

from core.data.column_changes import column_changes
from core.data.profile import Profile
from core.services import datasets
from pages.ui import layout
from pages.ui.language import t
from pages.ui.preflight import fix
from pages.ui.words import plain


def change_a_column(view: datasets.DatasetView, profile: Profile) -> None:
    """A column, and a button for everything that can be done to it."""
    with st.popover(t("Change a column", "修改某一列"), icon=":material/tune:", type="tertiary", key="change-column"):
        names = [column.name for column in profile.columns]
        name = st.selectbox(t("Column", "列"), names, key=f"change-{view.id}")
        for place, one in enumerate(column_changes(profile.column(name))):
            if one.step:
                key = f"change-{view.id}-{place}"
                st.button(plain(t(one.title)), key=key, width="stretch", on_click=partial(fix, view, one.step))
        layout.quiet(t("Each makes a new version and can be undone.", "每次修改都会生成新版本，可以撤销。"))
