"""What can be asked of a user: one description for settings, live forms and controls."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from core.words import Text

Kind = Literal["text", "number", "slider", "choice", "toggle", "names", "columns", "items"]


@dataclass(frozen=True)
class Option:
    value: Any
    title: Text


@dataclass(frozen=True)
class Field:
    """One question. `kind` decides the widget and the type of its value:

    text -> str; number -> float within low..high (None where `optional` and left empty); slider -> float between low
    and high, both given; choice -> one option's value; toggle -> bool;
    names -> dict giving each value of the column with role `role` one of the options (or a name of its own);
    columns -> tuple of column names; items -> tuple of option values, searched for.
    """

    key: str
    title: Text
    kind: Kind
    help: Text | None = None
    default: Any = None
    options: tuple[Option, ...] = ()
    low: float | None = None
    high: float | None = None
    step: float | None = None
    role: str | None = None
    placeholder: Text | None = None
    """What an empty text shows; of an optional choice, what stands for no answer."""
    examples: tuple[Any, ...] = field(default=())
    optional: bool = False
    """Whether a number may be left empty and a choice unanswered (None)."""
    example: bool = False
    """Whether the default is made up, to be replaced by the user's own."""
    in_sight: bool = False
    """Whether a set-up asks it beside the columns and not among the settings."""
    group: Text | None = None
    """Fields of one group stand under one fold; those without stand first and open."""
    closed: Text | None = None
    """Why it cannot be chosen here: said in its place, and its default counts."""
