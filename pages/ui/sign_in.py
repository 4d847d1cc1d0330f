"""The gate in front of every page where a password is needed and the launcher has not asked for it already."""

from __future__ import annotations

import streamlit as st

from core.services import machine
from core.words import UserError
from pages.ui import layout
from pages.ui.language import t


def signed_in() -> bool:
    """Whether the page may be shown; draws the question where it may not."""
    if not machine.password_needed() or st.session_state.get("signed-in"):
        return True
    with st.container(key="sign-in", width=420):
        layout.title(t("Sign in", "登录"), t("This Modelwright is protected by a password.", "此模匠受密码保护。"))
        with st.form("sign-in-form", border=False):
            word = st.text_input(t("Password", "密码"), type="password", key="password")
            pressed = st.form_submit_button(t("Sign in", "登录"), type="primary", width="stretch")
        if pressed:
            try:
                machine.check_password(word, st.context.ip_address or "here")
            except UserError as error:
                layout.note("bad", t(error.text), "sign-in")
                return False
            st.session_state["signed-in"] = True
            st.rerun()
    return False
