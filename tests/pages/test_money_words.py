"""Whose figures the money view reckons with."""

from __future__ import annotations

from core.fields import Field
from core.words import same
from pages.ui.money import _said


def test_figures_that_nobody_entered_are_called_examples() -> None:
    asked = [
        Field("profit", same("Profit"), "number", default=0.05, example=True),
        Field("cut", same("Cut"), "slider", default=0.2),
    ]
    assert _said(asked, {"profit": 0.05, "cut": 0.3}).startswith("Example figures")
    assert _said(asked, {"profit": 0.07, "cut": 0.2}).startswith("Your figures")
