"""Every word that the code says to a user is there in both languages; every colour is the house's."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.config import ROOT
from core.theme import DARK, LIGHT, Palette

SOURCES = sorted([*(ROOT / "pages").rglob("*.py"), *(ROOT / "core").rglob("*.py")])
STYLES = sorted((ROOT / "pages" / "ui").glob("*.css"))
HEX = re.compile(r"#[0-9A-Fa-f]{6}\b")
PAIR = re.compile(r"light-dark\((#[0-9A-Fa-f]{6}), (#[0-9A-Fa-f]{6})\)")
ADDRESS = re.compile(r"\w+://\S+")
HALF_WIDTH = re.compile(r"[一-鿿][,;:?!]|[,;:?!][一-鿿]")


def pairs(path: Path) -> Iterator[tuple[int, list[str]]]:
    """The line and the literal words of every `t(…)` and `Text(…)` that begins with a literal."""
    for call in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in ("t", "Text"):
            words = [_literal(word) for word in call.args]
            if words and words[0] is not None:
                yield call.lineno, [word or "" for word in words]


def _literal(node: ast.expr) -> str | None:
    """A text as written, what is filled in left out; None for anything that is no literal."""
    if isinstance(node, ast.IfExp):
        return _literal(node.body)
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def test_the_walk_finds_the_words() -> None:
    assert sum(1 for path in SOURCES for _ in pairs(path)) > 300


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_words_are_there_in_both_languages(path: Path) -> None:
    for line, words in pairs(path):
        assert len(words) == 2, f"{path.name}:{line} says {words} in one language only"
        assert all(words) or not "".join(words).strip(), f"{path.name}:{line} says nothing in one language: {words}"


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_chinese_is_polite_and_has_its_own_punctuation(path: Path) -> None:
    for line, words in pairs(path):
        assert "你" not in words[1], f"{path.name}:{line}"
        assert not HALF_WIDTH.search(ADDRESS.sub("", words[1])), f"{path.name}:{line}: {words[1]}"


@pytest.mark.parametrize("path", STYLES, ids=lambda path: path.name)
def test_stylesheets_use_the_colours_of_the_house(path: Path) -> None:
    css = path.read_text("utf-8")
    assert set(HEX.findall(css)) <= {*_colours(LIGHT), *_colours(DARK)}
    for light, dark in PAIR.findall(css):
        assert dark in {b for a, b in zip(_colours(LIGHT), _colours(DARK), strict=True) if a == light}


@pytest.mark.parametrize(("section", "palette"), [("light", LIGHT), ("dark", DARK)])
def test_the_theme_has_the_colours_of_the_house(section: str, palette: Palette) -> None:
    theme = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text("utf-8"))["theme"][section]
    wanted = {
        "primaryColor": palette.accent,
        "backgroundColor": palette.paper,
        "textColor": palette.ink,
        "linkColor": palette.accent,
        "borderColor": palette.line,
        "greenTextColor": palette.good,
        "orangeTextColor": palette.caution,
        "redTextColor": palette.bad,
        "grayTextColor": palette.muted,
        "chartCategoricalColors": list(palette.categories),
    }
    assert {name: theme[name] for name in wanted} == wanted


def _colours(palette: Palette) -> list[str]:
    names = ("paper", "surface", "ink", "muted", "line", "accent", "on_accent", "baseline", "good", "caution", "bad")
    return [getattr(palette, name) for name in names]
