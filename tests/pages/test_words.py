"""Figures and users' own words as people read them."""

from __future__ import annotations

import pytest

from pages.ui import words


@pytest.fixture
def zh(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(words, "language", lambda: "zh")


@pytest.fixture
def en(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(words, "language", lambda: "en")


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0.2, "under 1 s"), (42, "42 s"), (60, "1 min"), (220, "3 min 40 s"), (1500, "25 min"), (7500, "2 h 5 min")],
)
def test_durations_in_english(en: None, seconds: float, said: str) -> None:
    assert words.duration(seconds) == said


@pytest.mark.parametrize(("seconds", "said"), [(42, "42 秒"), (60, "1 分钟"), (220, "3 分 40 秒"), (7200, "2 小时")])
def test_durations_in_chinese(zh: None, seconds: float, said: str) -> None:
    assert words.duration(seconds) == said


@pytest.mark.parametrize(
    ("seconds", "said"), [(4, "a few seconds"), (23, "about 20 s"), (75, "about 1 min"), (6000, "about 1.5 h")]
)
def test_estimates_are_no_finer_than_one_may_believe(en: None, seconds: float, said: str) -> None:
    assert words.about(seconds) == said


@pytest.mark.parametrize(
    ("number", "said"), [(0, "0"), (1234567, "1,230,000"), (0.01234, "0.0123"), (12.5, "12.5"), (-4321, "-4,320")]
)
def test_figures_have_three_digits(number: float, said: str) -> None:
    assert words.figure(number) == said


@pytest.mark.parametrize(("number", "said"), [(512, "512 B"), (91 * 2**20, "91 MB"), (1.2 * 2**30, "1.2 GB")])
def test_sizes(number: float, said: str) -> None:
    assert words.size(number) == said


@pytest.mark.parametrize(
    "nasty", ["**x**", "[a](http://b)", "`code`", "<b>", "$x$", "# head", "_a_", "1. one", "~~x~~"]
)
def test_plain_leaves_no_markdown_to_interpret(nasty: str) -> None:
    escaped = words.plain(nasty)
    for sign in "*[]`<>$#_~":
        assert escaped.count(sign) == escaped.count("\\" + sign)
    assert escaped.replace("\\", "").replace("\u2060", "") == nasty


def test_plain_leaves_words_joined_by_underscores_and_hyphens_as_they_are() -> None:
    assert words.plain("duration_in_month") == "duration_in_month"
    assert words.plain("贷款_期限 two-part") == "贷款_期限 two-part"
    assert words.plain("__a__b") == "\\_\\_a__b"
    assert words.plain("a__b --c a -b") == "a__b \\-\\-c a \\-b"


def test_plain_keeps_shortcodes_and_bare_addresses_from_coming_alive() -> None:
    assert ":smile:" not in words.plain(":smile:")
    assert "http://" not in words.plain("see http://evil.example")
    assert "www." not in words.plain("www.evil.example")
