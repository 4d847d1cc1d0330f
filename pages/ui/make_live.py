"""Making a run the live model of a use: a name to begin one, or the place of a model that is live already."""

from __future__ import annotations

import streamlit as st

from core.services import live, runs
from pages.ui import address, layout
from pages.ui.language import t
from pages.ui.words import plain, shorten


def ask(run: runs.RunView) -> None:
    """A dialog that leads to the use's page."""

    @st.dialog(t("Make it the live model", "设为在用模型"))
    def dialog() -> None:
        others = [use for use in live.listed() if use.scenario == run.scenario and use.run_id != run.id]
        layout.say(
            t(
                "Give the job a name, such as “Shop reviews”. Whoever uses it keeps asking for that name, and you can put a better model behind it later.",
                "为这项工作起个名字，例如“店铺评价”。使用者始终用这个名字，以后可以随时换上更好的模型。",
            )
        )
        with st.form("make-live", border=False):
            name = st.text_input(
                t("Name of the job", "用途名称"), value=live.suggested_name(run), max_chars=live.LONGEST_NAME
            )
            if st.form_submit_button(t("Make it live", "设为在用"), type="primary"):
                with layout.told():
                    address.go("live", name=live.make_live(run.id, name).name)
        if others:
            st.caption(
                t("Or compare it with a model that is live, and then decide:", "或先与在用的模型对比，再作决定：")
            )
            for use in others:
                label = t("Compare with “{name}”", "与“{name}”对比", name=shorten(use.name, 40))
                if st.button(plain(label), key=f"challenge-{use.name}"):
                    address.go("live", name=use.name, challenger=run.id, part="newer")

    dialog()


def badges(run: runs.RunView) -> None:
    """For which uses it answers now, each a link."""
    for name in run.live:
        label = t("Live as “{name}”", "在用：“{name}”", name=plain(shorten(name, 40)))
        address.link("live", label, icon=":material/bolt:", name=name)
