"""Light, dark or the system's theme: a small button that keeps the choice in the browser.

Streamlit reads a visitor's theme from the browser's storage, under one key for each page, when the page loads;
there is no other way in from outside. The button writes the choice for every page and loads the page again.
"""

from __future__ import annotations

import streamlit as st

from pages.ui.address import ROUTES
from pages.ui.language import t

_HTML = """<button type="button" id="switch"><svg viewBox="0 0 24 24" width="18" height="18" aria-hidden="true">
<circle cx="12" cy="12" r="8.5" fill="none" stroke="currentColor" stroke-width="1.8"/>
<path d="M12 3.5a8.5 8.5 0 0 1 0 17z" fill="currentColor"/></svg></button>"""
_CSS = """button { display: inline-flex; align-items: center; justify-content: center; width: 32px; height: 32px; padding: 0;
  border: 0; border-radius: 8px; background: transparent; color: var(--st-text-color); opacity: .75; cursor: pointer; }
button:hover { opacity: 1; background: var(--st-secondary-background-color); }
button:focus-visible { outline: 2px solid var(--st-primary-color); outline-offset: 1px; opacity: 1; }"""
_JS = """
export default function ({ data, parentElement }) {
  const button = parentElement.querySelector("#switch");
  const here = window.location.pathname;
  const root = here.slice(0, here.lastIndexOf("/") + 1);
  const order = ["System", "Light", "Dark"];
  const key = (path) => "stActiveTheme-" + path + "-v2";
  const current = () => {
    const value = JSON.parse(window.localStorage.getItem(key(here)) || '"System"');
    return order.includes(value) ? value : "System";
  };
  const keep = (value) => data.routes.forEach((route) => {
    if (value === "System") window.localStorage.removeItem(key(root + route));
    else window.localStorage.setItem(key(root + route), JSON.stringify(value));
  });
  const label = data.labels[current()];
  button.title = label;
  button.setAttribute("aria-label", label);
  button.onclick = () => {
    const system = window.matchMedia("(prefers-color-scheme: dark)").matches ? "Dark" : "Light";
    const other = { Light: "Dark", Dark: "Light" };
    const now = current();
    keep(now === "System" ? other[system] : other[now] === system ? "System" : other[now]);
    window.location.reload();
  };
}
"""
_component = st.components.v2.component("modelwright_theme", html=_HTML, css=_CSS, js=_JS)


def theme_switch() -> None:
    """One click changes between light and dark; what equals the system's theme follows the system."""
    labels = {
        "System": t("Theme: as your system. Click to change", "主题：跟随系统，点击切换"),
        "Light": t("Theme: light. Click to change", "主题：浅色，点击切换"),
        "Dark": t("Theme: dark. Click to change", "主题：深色，点击切换"),
    }
    _component(
        key="theme-switch", data={"labels": labels, "routes": list(ROUTES.values())}, width="content", height="content"
    )
