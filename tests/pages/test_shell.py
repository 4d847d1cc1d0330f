"""What stands around every page."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from core.scenarios.base import scenarios
from core.services import machine, runs, sign_in
from core.words import Text, UserError
from pages.ui.words import percent
from tests.house import add_flowers, request
from tests.pages.conftest import Open, all_words
from tests.pages.trained import trained

PAGES = ("home", "data", "train", "runs", "help")


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("page", PAGES)
def test_every_page_draws_without_an_error_in_both_languages(open_page: Open, page: str, lang: str) -> None:
    at = open_page(page, lang=lang)
    assert not at.exception
    assert at.title


def test_the_language_switch_changes_words_and_address(open_page: Open) -> None:
    at = open_page("runs")
    assert at.title[0].value == "Your models"
    at.button_group(key="language-switch").set_value("zh").run()
    assert at.title[0].value == "您的模型"
    assert at.query_params["lang"] in ("zh", ["zh"])


def test_links_carry_the_chosen_language(open_page: Open) -> None:
    at = open_page("runs", lang="zh")
    queries = {link.proto.query_string for link in at.get("page_link")}
    assert queries == {"lang=zh"}


def test_a_link_to_data_that_is_gone_says_so_and_leads_on(open_page: Open) -> None:
    at = open_page("data", dataset="0" * 32)
    assert not at.exception
    assert at.title[0].value == "This is not here"
    assert any(button.key == "failed-data" for button in at.button)


def test_steps_that_cannot_be_reached_are_shown_but_closed(open_page: Open) -> None:
    at = open_page("data", dataset=add_flowers())
    state = {link.proto.label: link.proto.disabled for link in at.get("page_link")}
    assert state["Set up"] is False
    assert state["Train"] is True
    assert state["Understand"] is True


def test_training_is_ticked_off_only_when_there_is_a_model(open_page: Open) -> None:
    def icons(run_id: int) -> dict[str, str]:
        at = open_page("results", run=str(run_id))
        return {link.proto.label: link.proto.icon for link in at.get("page_link")}

    done, waiting = icons(trained()), icons(runs.launch(request()))
    assert "check_circle" in waiting["Set up"]
    assert "check_circle" not in waiting["Train"]
    assert "check_circle" in done["Train"]


def test_a_password_is_asked_for_where_one_is_needed(open_page: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    def check(word: str, who: str) -> None:
        if word != "open sesame":
            raise UserError(Text("That is not the password.", "密码不正确。"))

    monkeypatch.setattr(machine, "password_needed", lambda: True)
    monkeypatch.setattr(machine, "check_password", check)
    at = open_page()
    assert at.title[0].value == "Sign in"
    at.text_input(key="password").set_value("guess")
    _submit(at)
    assert "not the password" in all_words(at)
    at.text_input(key="password").set_value("open sesame")
    _submit(at)
    assert at.title[0].value.startswith("Turn a spreadsheet")


def test_an_identity_provider_is_asked_for_with_one_button(open_page: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr(sign_in, "kind", lambda: "oidc")
    monkeypatch.setattr(st, "user", SimpleNamespace(is_logged_in=False))
    monkeypatch.setattr(st, "login", lambda: asked.append("in"))
    assert "not let in" in all_words(open_page(**{"not-let-in": "1"}))
    at = open_page()
    assert "not let in" not in all_words(at)
    assert at.title[0].value == "Sign in"
    assert [button.key for button in at.button] == ["sign-in-button"]
    at.button(key="sign-in-button").click().run()
    assert asked == ["in"]


def test_who_has_signed_in_can_sign_out(open_page: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr(sign_in, "kind", lambda: "oidc")
    monkeypatch.setattr(st, "user", SimpleNamespace(is_logged_in=True))
    monkeypatch.setattr(st, "logout", lambda: asked.append("out"))
    at = open_page()
    at.button(key="sign-out").click().run()
    assert asked == ["out"]
    assert at.title[0].value.startswith("Turn a spreadsheet")


def test_behind_the_password_gate_a_link_leads_out_and_nowhere_else(
    open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert 'href="/api/sign-out"' not in "".join(html.proto.body for html in open_page().get("html"))
    monkeypatch.setattr(sign_in, "kind", lambda: "password")
    monkeypatch.setattr(machine, "password_needed", lambda: False)
    assert 'href="/api/sign-out"' in "".join(html.proto.body for html in open_page().get("html"))


def _submit(at: AppTest) -> None:
    next(button for button in at.button if "sign-in-form" in str(button.proto.form_id)).click().run()


def test_help_explains_every_figure_with_the_numbers_of_the_newest_model(open_page: Open) -> None:
    run = runs.get(trained())
    kind = scenarios()[run.scenario]
    words = all_words(open_page("help"))
    for key, metric in kind.metrics.items():
        assert metric.title.en in words
        assert percent((run.metrics or {})[key]) in words or not metric.is_share
