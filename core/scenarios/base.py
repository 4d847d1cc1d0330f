"""The scenario protocol: what one file in this folder says about itself, and all that the rest of the house knows.

A scenario is a subclass of `Scenario` with one instance named `SCENARIO` in its module; being in the folder is being
installed. Its module imports `core.learning` (and so torch) only inside estimate, baseline, fit, evaluate, predict,
answer, save and load: the web process and the command line's `check` and `runs` never load torch.
"""

from __future__ import annotations

import importlib
import os
import pkgutil
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Literal, TypeVar

import numpy as np
import pandas as pd

from core.answers import Answer, Band, Item, Reason, Scale, Turn
from core.cards import Card, Metric
from core.curves import Curve
from core.data.guessing import PART, guess_roles, name_match
from core.data.profile import Profile
from core.data.splitting import Split, stratified_split
from core.data.table import Roles, Table
from core.fields import Field, Option
from core.paired import right_share
from core.progress import Plan, Report
from core.second_look import SecondLook
from core.settings import KEEP_TOGETHER, MODES, Mode, Settings, setting, unasked
from core.verdict import Verdict
from core.words import Problem, Text, UserError

if TYPE_CHECKING:
    from core.learning.elsewhere import Elsewhere
    from core.learning.portable import Portable


@dataclass(frozen=True)
class Role:
    """A meaning that a column can have. `names` are the column names (lower case, either language) that suggest it,
    the likeliest first; `many` allows several columns."""

    key: str
    title: Text
    help: Text
    kind: Literal["text", "category", "number", "time", "id", "any"]
    required: bool = True
    many: bool = False
    names: tuple[str, ...] = ()


@dataclass(frozen=True)
class ExtraTable:
    """A further table that a scenario can use, for instance the items of a shop."""

    key: str
    title: Text
    help: Text
    roles: tuple[Role, ...]
    required: bool = False


@dataclass(frozen=True)
class Results:
    """What evaluation found on rows that training never saw. Metrics are finite; shares are 0 to 1.

    `details` is JSON-safe and holds what the scenario's cards need. `rows` has one row per held-out row; its index is
    the row's position in the held-out table, so that models can be compared row by row.
    """

    metrics: dict[str, float]
    intervals: dict[str, tuple[float, float]]
    baseline: dict[str, float]
    verdict: Verdict
    details: dict[str, Any]
    rows: pd.DataFrame


Model = TypeVar("Model")


class Scenario(ABC, Generic[Model]):
    """The protocol with defaults that suit a labelled table."""

    key: ClassVar[str]
    title: ClassVar[Text]
    summary: ClassVar[Text]
    icon: ClassVar[str]
    """Name of an SVG in assets/icons, without the ending."""
    place: ClassVar[int] = 100
    """Where it stands among the scenarios: the smallest first."""
    sample: ClassVar[Text]
    """The file in assets/samples for each language."""
    sample_title: ClassVar[Text | None] = None
    """What people call that data; its file's name where missing."""
    sample_repairs: ClassVar[frozenset[str]] = frozenset()
    """Keys of the problems that its sample shows on purpose, and whose first repair is made where it is trained on at one
    click."""
    roles: ClassVar[tuple[Role, ...]]
    target: ClassVar[str | None] = "label"
    """Key of the role that the model learns to fill in: a file to predict needs no such column."""
    taught: ClassVar[str | None] = None
    """The role that “the right answer is …” fills; the target where it is None."""
    names_its_label: ClassVar[bool] = False
    """Whether what is read tells its label as a matter of course (a question its topic), which is then no leak."""
    decisions: ClassVar[Mapping[str, Text]] = {}
    """What the column “decision” of an answered file, or else “prediction”, says of a row, in words."""
    everyone: ClassVar[str | None] = None
    """The role whose every value in the training data can be answered for at once, a row each."""
    learns_from_all: ClassVar[bool] = False
    """Whether columns without a role are learned from too."""
    extras: ClassVar[tuple[ExtraTable, ...]] = ()
    settings: ClassVar[type[Settings]] = Settings
    held_out: ClassVar[Text] = Text(
        "20 of 100 rows are held out to check the model honestly.", "会留出 20% 的数据，用来如实检验模型。"
    )
    """What `split` holds out, in a sentence."""
    metrics: ClassVar[Mapping[str, Metric]]
    """In the order of their weight: the first decides the verdict."""
    curves: ClassVar[tuple[Curve, ...]] = ()
    """What of the results' `rows` is drawn so that runs can be laid over each other."""
    baseline_title: ClassVar[Text]
    modes: ClassVar[Mapping[Mode, Text]]
    """One sentence a mode: what it does, and what it does not."""
    purpose: ClassVar[Text | None] = None
    """What the model is made to do, in a sentence of the report; the summary where this is missing."""
    not_for: ClassVar[Text | None] = None
    """What it must not be used for."""
    limits: ClassVar[tuple[Text, ...]] = ()
    """What to know before relying on any model of this kind, each in a sentence or two."""
    away: ClassVar[Text | None] = None
    """What a model that is taken away does otherwise than the live one."""
    beside_networks: ClassVar[Text | None] = None
    """What else its models are made of, and in which format that is taken away: a sentence."""
    chat: ClassVar[bool] = False
    """Whether the live model is a conversation with history."""
    live: ClassVar[bool] = False
    """Whether the live form answers at every change, without a button: for models that answer in a few milliseconds."""

    @property
    def label(self) -> str | None:
        """The role that holds each row's class, None where what is learned is no class."""
        return next((role.key for role in self.roles if role.key == self.target and role.kind == "category"), None)

    def guess(self, profile: Profile) -> dict[str, tuple[str, ...]]:
        """The likeliest columns of each role; a role that nothing fits is left out."""
        return guess_roles(profile, self.roles)

    def suits(self, profile: Profile) -> tuple[float, int]:
        """How well this table suits the scenario, more is better: the share of its required roles that found a column,
        those found by their exact name counting fully; then how many roles that is."""
        needed, found = [role for role in self.roles if role.required], self.guess(profile)
        fits = [
            1.0 if any(name_match(name, role.names) > PART for name in found[role.key]) else 0.6
            for role in needed
            if role.key in found
        ]
        return sum(fits) / max(len(needed), 1), len(fits)

    def form(self, profile: Profile, roles: Roles) -> list[Field]:
        """What is asked before a training on this table; the settings' own questions by default."""
        return self.settings.form()

    def suggest(self, profile: Profile, roles: Roles) -> dict[str, Any]:
        """Settings that the data suggests, for those that the user has not chosen."""
        return {}

    @abstractmethod
    def check(self, table: Table, settings: Any) -> list[Problem]:
        """Everything that stands in the way or should be known before training, the worst first."""

    def split(self, table: Table, settings: Any) -> Split:
        """Rows to learn from and rows held out. The default: 20%, stratified by `label`, equal texts on one side, and
        whole groups of `settings.keep_together`."""
        return stratified_split(table, seed=settings.seed, groups=settings.keep_together)

    @abstractmethod
    def estimate(self, table: Table, settings: Any) -> Plan:
        """Time and memory of baseline, fit and evaluate with these settings, from a short trial on this machine."""

    @abstractmethod
    def baseline(self, train: Table, settings: Any, report: Report) -> Any:
        """The simple method that the model has to beat, trained on the same rows."""

    @abstractmethod
    def fit(self, train: Table, settings: Any, report: Report) -> Model:
        """The model. What is chosen (stopping, blends, thresholds) is chosen inside these rows. Raises Cancelled."""

    @abstractmethod
    def evaluate(self, model: Model, baseline: Any, held_out: Table, settings: Any, report: Report) -> Results:
        """Model and baseline on the same rows, which neither has seen."""

    @abstractmethod
    def cards(self, results: Results) -> list[Card]:
        """The dashboard. The first card, in section HEADLINE, holds the Numbers shown beside the verdict."""

    def assumptions(self, details: Mapping[str, Any]) -> list[Field]:
        """Figures of the user's own (profits, costs, volumes) with which the dashboard reckons, live; prefilled."""
        return []

    def money(self, results: Results, assumptions: Mapping[str, Any]) -> list[Card]:
        """What the model is worth under these figures: the cards of section MONEY, made again at every change.

        Pure arithmetic on the results' rows and details; a missing assumption counts as its field's default.
        """
        return []

    def measure(self, rows: pd.DataFrame) -> float:
        """The first metric, on some of the `rows` of the results: what models are compared by on the same rows."""
        return right_share(rows)

    def second_look(
        self, model: Model, train: Table, found: Results, settings: Any, report: Report
    ) -> SecondLook | None:
        """What the model just fitted tells of its own training rows: labels that look wrong, and what more rows would
        bring. None where that cannot be said. It comes after the result, which does not wait for it."""
        return None

    @property
    def looks_again(self) -> bool:
        """Whether it has a second look."""
        return type(self).second_look is not Scenario.second_look

    def keep_learned(self, model: Model, folder: Path) -> None:
        """Writes what `second_look` needs of a fit and `save` leaves out, for the case that its process dies before."""

    def take_up_learned(self, model: Model, folder: Path) -> None:
        """Gives a loaded model what `keep_learned` wrote."""

    def facts(self, model: Model) -> dict[str, Any]:
        """What was trained, JSON-safe: encoder, hyperparameters, notes. Shown under details and kept with the run."""
        return {}

    @abstractmethod
    def fields(self, details: Mapping[str, Any]) -> list[Field]:
        """The live form, from the results' `details`; a single text field for chats."""

    def controls(self, details: Mapping[str, Any]) -> list[Field]:
        """How to answer (for instance the error that is tolerated): live, without training again."""
        return []

    def right_answers(self, details: Mapping[str, Any]) -> tuple[Option, ...]:
        """What a person may say would have been right, as the data says it; empty where anything may be typed."""
        return ()

    @abstractmethod
    def answer(
        self, model: Model, inputs: Mapping[str, Any], controls: Mapping[str, Any], history: Sequence[Turn] = ()
    ) -> Answer:
        """One live answer. Raises UserError where the inputs cannot be answered."""

    @abstractmethod
    def predict(self, model: Model, table: Table, controls: Mapping[str, Any], report: Report) -> pd.DataFrame:
        """The columns to add to a file: one row per row of `table`, in its order. Where the controls say `reasons` False,
        those that say why may be left out."""

    def given(self, model: Model, answers: pd.DataFrame) -> pd.DataFrame:
        """Of what `predict` returned for each row: the answer's `label` ("" where it is none), its `score` from 0 to 1,
        and whether it was `handed` to a person."""
        asked = answers["decision"] == "ask a person" if "decision" in answers else False
        score = answers.get("confidence", np.nan)
        return pd.DataFrame({"label": answers["prediction"], "score": score, "handed": asked})

    def meaning(self, model: Model, table: Table) -> np.ndarray | None:
        """Where a language model places the rows' texts, float [rows, width], to see whether they change; None where
        there is none."""
        return None

    def truths(self, table: Table, settings: Any) -> list[str]:
        """What is right of each row in the words of the answers' labels, "" where it is not known."""
        return table.texts(self.target) if self.target and table.has(self.target) else [""] * len(table)

    def networks(self, model: Model, table: Table) -> list[Portable]:
        """Its neural networks that can run elsewhere (ONNX), each with what it makes of these rows; none by default."""
        return []

    def has_networks(self, folder: Path) -> bool:
        """Whether `networks` gives any of the model saved there, told from its files alone."""
        return False

    def run_elsewhere(self, model: Model, networks: Mapping[str, Elsewhere]) -> None:
        """From now on the model's networks of these names, those of `networks`, answer from elsewhere."""

    def never_loads(self, folder: Path) -> set[str]:
        """Modules, the house's own or packages, that predicting with the model saved there never imports: each is
        imported inside a function. A model is taken away without them."""
        return set()

    @abstractmethod
    def save(self, model: Model, folder: Path) -> None:
        """Writes safetensors, JSON and libraries' own safe formats, never pickle."""

    @abstractmethod
    def load(self, folder: Path) -> Model:
        """The model that `save` wrote there: it answers the same."""


@cache
def scenarios() -> dict[str, Scenario[Any]]:
    """Every scenario in this folder by its key, in the order of their places.

    An operator adds scenarios that live elsewhere through MODELWRIGHT_EXTRA_SCENARIOS="module:NAME,other:NAME".
    """
    package = importlib.import_module("core.scenarios")
    found = []
    for module in pkgutil.iter_modules(package.__path__):
        if module.name != "base" and not module.ispkg:
            found.append(importlib.import_module(f"core.scenarios.{module.name}").SCENARIO)
    for place in filter(None, os.environ.get("MODELWRIGHT_EXTRA_SCENARIOS", "").split(",")):
        module_name, name = place.strip().split(":")
        found.append(getattr(importlib.import_module(module_name), name))
    return {scenario.key: scenario for scenario in sorted(found, key=lambda one: (one.place, one.key))}


def scenario(key: str) -> Scenario[Any]:
    """Raises UserError where there is no scenario with this key."""
    if key not in scenarios():
        raise UserError(
            Text("There is no scenario “{key}”. Known: {known}.", "没有名为“{key}”的场景。可用：{known}。").fill(
                key=key, known=", ".join(scenarios())
            )
        )
    return scenarios()[key]


__all__ = [
    "KEEP_TOGETHER",
    "MODES",
    "Answer",
    "Band",
    "Card",
    "Curve",
    "ExtraTable",
    "Field",
    "Item",
    "Metric",
    "Mode",
    "Plan",
    "Problem",
    "Profile",
    "Reason",
    "Report",
    "Results",
    "Role",
    "Roles",
    "Scale",
    "Scenario",
    "Settings",
    "Split",
    "Table",
    "Turn",
    "field",
    "scenario",
    "scenarios",
    "setting",
    "unasked",
]
