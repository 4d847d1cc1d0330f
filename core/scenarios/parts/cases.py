"""The cases of a table with a good and a bad end: what is learned from each, how it ended, and its amount."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from core.data.amounts import as_numbers
from core.data.outcomes import BAD_VALUES, approved_today
from core.data.suspects import Suspect
from core.data.table import Table
from core.data.table_checks import suspects_of

NO_FEATURES = ("target", "date", "policy")


@dataclass(frozen=True)
class Cases:
    """The rows of a table that say how they ended: all their columns (`source`), those to learn from (`frame`), whether
    they ended badly (`bad`, bool [rows]), and their `amount` [rows] where a column holds it. `words` name the two ends
    and the column that holds them."""

    source: pd.DataFrame
    frame: pd.DataFrame
    bad: np.ndarray
    amount: np.ndarray | None
    words: dict[str, str]
    left_out: list[str]
    rows: np.ndarray
    """Their positions in the table, int [rows]."""

    @staticmethod
    def of(table: Table, bad: str, leave_out: Sequence[str], keep: Sequence[str]) -> Cases:
        """`bad` is the value of the bad end, guessed where it is empty; `keep` are columns that give the answer away and
        are learned from nevertheless."""
        ended = np.array(table.texts("target"), dtype=object)
        kept = np.flatnonzero(ended != "")
        counts = pd.Series(ended[kept], dtype="str").value_counts()
        worse = bad or bad_of(counts)
        good = next((str(value) for value in counts.index if str(value) != worse), "other")
        out = without(table, leave_out, keep, suspects_of(table))
        source = table.frame.iloc[kept].reset_index(drop=True)
        return Cases(
            source,
            source.drop(columns=[name for name in out if name in source.columns]),
            ended[kept] == worse,
            as_numbers(table.column("amount")).to_numpy(dtype=float)[kept] if table.has("amount") else None,
            {"bad": worse, "good": good, "target": table.roles["target"][0]},
            out,
            kept,
        )

    def judged(self, probability: np.ndarray, details: Mapping[str, Any], policy: str | None) -> pd.DataFrame:
        """The rows behind the results: probability, what was and what was said, and the columns to show. `policy` is the
        column with today's decision."""
        declined = probability >= details["cutoffs"]["decline_above"]
        approved = probability < details["cutoffs"]["approve_below"]
        rows = pd.DataFrame(
            {
                "probability": probability,
                "actual": np.where(self.bad, self.words["bad"], self.words["good"]),
                "given": np.where(declined, self.words["bad"], self.words["good"]),
                "right": declined == self.bad,
                "alone": approved | declined,
                "bad": self.bad,
                "missed": self.bad & ~declined,
                "safety": 1 - probability,
            }
        )
        if self.amount is not None:
            rows["amount_"] = self.amount
        if policy:
            today = approved_today(self.source[policy])
            if today is not None:
                rows["approved_today"] = today
        shown = self.source[[name for name in details["shown"] if name in self.source and name not in rows]]
        return pd.concat([rows, shown], axis=1).set_axis(self.rows)


def without(table: Table, leave_out: Sequence[str], keep: Sequence[str], suspects: Sequence[Suspect]) -> list[str]:
    """Columns that are not learned from: roles that are no features, what was left out, and of the suspects what surely
    gives the answer away."""
    roles = [name for key in NO_FEATURES for name in table.roles.get(key, ())]
    certain = [one.column for one in suspects if one.certain and one.column not in keep]
    return [*roles, *leave_out, *certain]


def bad_of(counts: pd.Series) -> str:
    """From values counted, the commonest first: one known as bad, else the rarest."""
    known = [str(value) for value in counts.index if str(value).casefold() in BAD_VALUES]
    return min(known, key=lambda value: BAD_VALUES.index(value.casefold())) if known else str(counts.index[-1])
