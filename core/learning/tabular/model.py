"""A trained yes/no model over a table: parts of several members each, stacked and calibrated out of fold."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pandas as pd
from safetensors.numpy import load_file, save_file
from scipy.special import expit

from core.learning.elsewhere import Elsewhere
from core.learning.tabular.boosting import LightTrees, OrderedTrees
from core.learning.tabular.columns import Columns, Encoded
from core.learning.tabular.crossed import CrossedOrderedTrees, CrossedTrees
from core.learning.tabular.scorecard import Scorecard
from core.learning.tabular.stack import Stack
from core.learning.tabular.texts import Reading, Scores
from core.progress import Report
from core.words import Text

Z90 = 1.6449
ROWS_AT_ONCE = 20_000


class Member(Protocol):
    """One model of a part, over encoded rows."""

    def log_odds(self, encoded: Encoded) -> np.ndarray: ...
    def contributions(self, encoded: Encoded) -> np.ndarray: ...
    def save(self, folder: Path) -> None: ...


def kind_of(name: str) -> Any:
    """The class of a member; the network's brings torch and is loaded only where there is one."""
    if name == "Network":
        from core.learning.tabular.network import Network

        return Network
    kinds = (Scorecard, LightTrees, CrossedTrees, OrderedTrees, CrossedOrderedTrees, Reading)
    return {kind.__name__: kind for kind in kinds}[name]


@dataclass
class TabularModel:
    """`parts` are lists of members by name, in the order of the stack's weights. `validation` holds "probability" and
    "bad" of the training rows, each as answered by members that did not learn from it. `leaderboard` lists the parts
    and their blend with the AUC on those rows."""

    columns: Columns
    parts: dict[str, list[Member]]
    stack: Stack
    validation: dict[str, np.ndarray]
    leaderboard: list[dict[str, Any]]
    facts: dict[str, Any] = field(default_factory=dict)
    notes: list[Text] = field(default_factory=list)

    @property
    def features(self) -> list[str]:
        """The user's columns that the model looks at."""
        return self.columns.used

    def probabilities(self, frame: pd.DataFrame | Encoded, report: Report | None = None) -> np.ndarray:
        """The calibrated probability of the bad outcome, float64 [rows]."""
        if isinstance(frame, Encoded):
            return expit(self.stack.log_odds(self._mean(frame)))
        found = []
        for start in range(0, max(len(frame), 1), ROWS_AT_ONCE):
            found.append(self.probabilities(self.columns.encode(frame.iloc[start : start + ROWS_AT_ONCE])))
            if report is not None:
                report.progress(min(1.0, (start + ROWS_AT_ONCE) / max(len(frame), 1)))
        return np.concatenate(found)

    def contributions(self, frame: pd.DataFrame | Encoded) -> np.ndarray:
        """What each of `features` adds to the log-odds of each row, then the base: float64 [rows, features + 1].

        Rows sum to the log-odds of `probabilities`; a column that became several is summed up.
        """
        encoded = self._encoded(frame)
        place = {name: i for i, name in enumerate(self.features)}
        into = np.array([place[name] for name in encoded.sources])
        whole = np.zeros((len(encoded), len(place) + 1))
        whole[:, -1] = self.stack.bias
        for weight, members in zip(self.stack.weights, self.parts.values(), strict=True):
            if weight:
                mean = np.mean([member.contributions(encoded) for member in members], axis=0) * weight
                np.add.at(whole.T, into, mean.T[:-1])
                whole[:, -1] += mean[:, -1]
        return whole

    def spread(self, frame: pd.DataFrame | Encoded) -> tuple[np.ndarray, np.ndarray]:
        """(low, high) of the probability [rows]: where it would lie 9 times in 10 had the model learned from other rows
        of the same kind. It covers how far the members disagree and how surely they are calibrated, on the log-odds
        scale; it does not cover a world that changes."""
        encoded = self._encoded(frame)
        means, variance = [], np.zeros(len(encoded))
        for weight, members in zip(self.stack.weights, self.parts.values(), strict=True):
            answers = np.stack([member.log_odds(encoded) for member in members])
            means.append(answers.mean(axis=0))
            variance += weight**2 * answers.var(axis=0)
        parts = np.column_stack(means)
        deviation = np.sqrt(variance + self.stack.deviation(parts) ** 2)
        centre = self.stack.log_odds(parts)
        return expit(centre - Z90 * deviation), expit(centre + Z90 * deviation)

    def _encoded(self, frame: pd.DataFrame | Encoded) -> Encoded:
        return frame if isinstance(frame, Encoded) else self.columns.encode(frame)

    def _mean(self, encoded: Encoded) -> np.ndarray:
        """Log-odds [rows, parts]; a part without weight is not asked."""
        return np.column_stack(
            [
                np.mean([member.log_odds(encoded) for member in members], axis=0) if weight else np.zeros(len(encoded))
                for weight, members in zip(self.stack.weights, self.parts.values(), strict=True)
            ]
        )

    def run_elsewhere(self, networks: Mapping[str, Elsewhere]) -> None:
        """From now on the networks of these names answer from elsewhere."""
        for name, network, _ in networks_of(self):
            network.elsewhere = networks.get(name)

    def save(self, folder: Path) -> None:
        """A folder a member, JSON and safetensors beside them."""
        folder.mkdir(parents=True, exist_ok=True)
        members = []
        for part, models in self.parts.items():
            for number, model in enumerate(models):
                place = folder / f"{part}-{number}"
                place.mkdir(exist_ok=True)
                model.save(place)
                members.append({"part": part, "kind": type(model).__name__, "folder": place.name})
        self.columns.save_readers(folder)
        kept = {name: np.ascontiguousarray(values) for name, values in self.validation.items()}
        save_file(
            {**kept, "covariance": np.ascontiguousarray(self.stack.covariance)}, folder / "validation.safetensors"
        )
        about = {
            "columns": self.columns.to_json(),
            "members": members,
            "weights": self.stack.weights.tolist(),
            "bias": self.stack.bias,
            "leaderboard": self.leaderboard,
            "facts": self.facts,
            "notes": [note.to_json() for note in self.notes],
        }
        (folder / "tabular.json").write_text(json.dumps(about, ensure_ascii=False), encoding="utf-8")

    @staticmethod
    def load(folder: Path) -> TabularModel:
        about = json.loads((folder / "tabular.json").read_text(encoding="utf-8"))
        kept = load_file(folder / "validation.safetensors")
        parts = _members(about["members"], folder)
        stack = Stack(np.array(about["weights"]), about["bias"], kept.pop("covariance"))
        notes = [Text.from_json(note) for note in about["notes"]]
        columns = Columns.load(about["columns"], folder)
        return TabularModel(columns, parts, stack, kept, about["leaderboard"], about["facts"], notes)


def networks_of(model: TabularModel) -> Iterator[tuple[str, Any, Scores | None]]:
    """Each network with the name of its folder and, where it reads texts, what scores them for it."""
    for part, members in model.parts.items():
        for number, member in enumerate(members):
            scores, inner = (member.scores, member.member) if isinstance(member, Reading) else (None, member)
            if hasattr(inner, "elsewhere"):
                yield f"{part}-{number}", inner, scores


def _members(listed: Sequence[Mapping[str, str]], folder: Path) -> dict[str, list[Member]]:
    parts: dict[str, list[Member]] = {}
    for one in listed:
        parts.setdefault(one["part"], []).append(kind_of(one["kind"]).load(folder / one["folder"]))
    return parts
