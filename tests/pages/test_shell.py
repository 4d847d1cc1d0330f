"""What stands around every page."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from tests.house import add_flowers
from tests.pages.conftest import Open, all_words

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


def test_a_password_is_asked_for_where_one_is_needed(open_page: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    from core.services import machine
    from core.words import Text, UserError

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


def _submit(at: AppTest) -> None:
    next(button for button in at.button if "sign-in-form" in str(button.proto.form_id)).click().run()
