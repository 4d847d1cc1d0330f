"""The gate in front of every page where the launcher has not asked already, and the way out.

A password is asked for by the launcher's own gate; an identity provider (OIDC) by Streamlit, from here.
"""

from __future__ import annotations

import streamlit as st

from core.services import front_door, machine, sign_in
from core.words import UserError
from pages.ui import layout
from pages.ui.language import t


def signed_in() -> bool:
    """Whether the page may be shown; draws the question where it may not."""
    if sign_in.kind() == "oidc":
        return _known_to_provider()
    if not machine.password_needed() or st.session_state.get("signed-in"):
        return True
    with _gate():
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


def _known_to_provider() -> bool:
    if st.user.is_logged_in:
        return True
    with _gate():
        layout.title(
            t("Sign in", "登录"),
            t(
                "This Modelwright is for people of your organisation. You sign in where you always do.",
                "此模匠仅供贵组织成员使用，请用您平时的账号登录。",
            ),
        )
        if front_door.NOT_LET_IN in st.query_params:
            words = t(
                "You were not let in there. Try again, or ask whoever looks after this server for access.",
                "登录未获通过。请重试，或向管理此服务器的人申请权限。",
            )
            layout.note("caution", words, "not-let-in")
        if st.button(t("Sign in", "登录"), type="primary", key="sign-in-button", width="stretch"):
            st.login()
    return False


def _gate() -> st.delta_generator.DeltaGenerator:
    return st.container(key="sign-in", width=420)


def way_out() -> None:
    """A quiet "Sign out" for who has signed in; nothing where anybody may come in."""
    kind, words = sign_in.kind(), t("Sign out", "退出登录")
    if kind == "password" and not machine.password_needed():
        st.html(f'<a class="sign-out" href="{front_door.SIGN_OUT}" target="_self">{words}</a>', width="content")
    elif kind == "oidc" and st.user.is_logged_in:
        st.button(words, key="sign-out", type="tertiary", on_click=st.logout)
