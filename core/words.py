"""Words for people: bilingual text, problems with their fixes, and errors meant for the user."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from core.data.recipe import Step

Language = Literal["en", "zh"]
LANGUAGES: tuple[Language, ...] = ("en", "zh")


@dataclass(frozen=True)
class Text:
    """The same thing said in English and in Chinese. `str.format` fields in both are filled by `fill`."""

    en: str
    zh: str

    def in_(self, language: str) -> str:
        return self.zh if language == "zh" else self.en

    def fill(self, **values: Any) -> Text:
        """Both sentences with their `{fields}` filled; a value that is a Text is said in each language."""

        def side(sentence: str, language: str) -> str:
            said = {k: v.in_(language) if isinstance(v, Text) else v for k, v in values.items()}
            return sentence.format(**said)

        return Text(side(self.en, "en"), side(self.zh, "zh"))

    def to_json(self) -> dict[str, str]:
        return {"en": self.en, "zh": self.zh}

    @staticmethod
    def from_json(value: dict[str, str]) -> Text:
        return Text(value["en"], value["zh"])


def same(word: object) -> Text:
    """A name or number that reads the same in both languages (a user's own label, a file name)."""
    return Text(str(word), str(word))


def machine(hardware: str) -> Text:
    """The machine of a run in words, from what its facts keep: a card's name, or "cpu, 2 cores, x86_64"."""
    found = re.fullmatch(r"(\w+), (\d+) cores, (\S+)", hardware)
    if found is None:
        return same(hardware)
    kind, cores, chip = found.groups()
    if kind == "mps":
        return Text(f"Apple GPU, {cores} processor cores ({chip})", f"Apple GPU，{cores} 个处理器核心（{chip}）")
    return Text(f"{cores} processor cores ({chip}), no GPU", f"{cores} 个处理器核心（{chip}），无 GPU")


@dataclass(frozen=True)
class Fix:
    """A one-click repair: the button's words, and the recipe step that it adds to the dataset, or what it changes in
    the run's settings: columns to add to a setting that holds columns, or the value of a setting that is a choice."""

    title: Text
    step: Step | None = None
    settings: Mapping[str, tuple[str, ...] | str] = field(default_factory=dict)


@dataclass(frozen=True)
class Problem:
    """Something found in the data before training.

    `key` is stable (for tests and logs). `severity`: "stop" prevents launch, "warn" should be looked at, "note" informs.
    """

    key: str
    what: Text
    how: Text
    severity: Literal["stop", "warn", "note"] = "warn"
    fixes: tuple[Fix, ...] = ()


class UserError(Exception):
    """An error whose message is meant for the user: what was found, what was expected, how to go on."""

    def __init__(self, text: Text) -> None:
        super().__init__(text.en)
        self.text = text
