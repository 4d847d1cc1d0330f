"""A table whose columns have roles: what every scenario learns from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

Roles = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Table:
    """Rows, what their columns mean, and tables that go with them.

    `frame` keeps the user's column names and a RangeIndex. `roles` maps a role's key to the names of its columns
    (most roles have one). `extra` holds further tables by key, for instance the items of a shop.
    """

    frame: pd.DataFrame
    roles: Roles
    extra: Mapping[str, pd.DataFrame] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.frame)

    def has(self, role: str) -> bool:
        return any(name in self.frame.columns for name in self.roles.get(role, ()))

    def column(self, role: str) -> pd.Series:
        """The first column of the role. Raises KeyError where the table has none."""
        return self.frame[self.roles[role][0]]

    def texts(self, role: str) -> list[str]:
        """The role's column as trimmed strings, missing as ""."""
        column = self.column(role)
        if isinstance(column.dtype, pd.StringDtype):
            return column.fillna("").str.strip().tolist()
        return [clean(value) for value in column.tolist()]

    def lengths(self) -> np.ndarray:
        """Characters of each row's texts, int [rows]; numbers and dates count as none."""
        total = np.zeros(len(self), dtype=np.int64)
        for name in dict.fromkeys(name for names in self.roles.values() for name in names):
            if name in self.frame.columns and isinstance(self.frame[name].dtype, pd.StringDtype):
                total += self.frame[name].str.len().fillna(0).to_numpy(dtype=np.int64)
        return total

    def take(self, positions: Sequence[int] | np.ndarray) -> Table:
        """The rows at these positions, renumbered from 0."""
        return replace(self, frame=self.frame.iloc[np.asarray(positions, dtype=int)].reset_index(drop=True))


def clean(value: Any) -> str:
    """A cell as a trimmed string; missing is "", and 1.0 reads as 1 so that labels keep one spelling."""
    if value is None or value is pd.NA or value is pd.NaT or (isinstance(value, float) and np.isnan(value)):
        return ""
    if isinstance(value, (float, np.floating)) and float(value).is_integer() and abs(float(value)) < 2**53:
        return str(int(value))
    return str(value).strip()
