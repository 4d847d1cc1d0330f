"""Which rows a run learned from and which it held out: kept, so that a later run can be measured on the same ones."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from core.data.keys import numbered, row_keys
from core.data.splitting import Split
from core.data.table import Table
from core.second_look import SecondLook
from core.store import files
from core.store.files import RunFiles
from core.store.frames import write_frame
from core.store.tables import Run
from core.words import Text

if TYPE_CHECKING:
    from core.jobs.inputs import Inputs

SAME_ROWS = Text("The same test rows as run {id}", "与运行 {id} 相同的测试数据")


def keys_of(table: Table, label: str | None) -> np.ndarray:
    """What each row says besides its label, uint64 [rows], rows that say the same told apart by their order."""
    out = table.roles.get(label or "", ())
    return numbered(row_keys(table.frame, [name for name in table.frame.columns if name not in out]))


def by_key(values: Any, table: Table, label: str | None) -> pd.Series:
    """One value a row, to be found by the row's key."""
    found = pd.Series(values, index=keys_of(table, label))
    return found[~found.index.duplicated()]


def keep(folder: RunFiles, inputs: Inputs) -> None:
    """Keeps the places and keys of the rows on either side of the run's own split, where rows have a label that may be
    corrected."""
    if inputs.scenario.label is None or inputs.held_rows is None:
        return
    keys = keys_of(inputs.table, inputs.scenario.label)
    rows = np.concatenate([inputs.rows, inputs.held_rows])
    is_held = np.arange(len(rows)) >= len(inputs.rows)
    write_frame(folder.sides, pd.DataFrame({"row": rows, "key": keys[rows], "held_out": is_held}))


def placed(inputs: Inputs, look: SecondLook) -> SecondLook:
    """The look with its rows' places in the dataset and their keys."""
    if inputs.scenario.label is None or look.doubts is None:
        return look
    keys = keys_of(inputs.table, inputs.scenario.label)
    places = [int(inputs.rows[doubt.row]) for doubt in look.doubts.rows]
    doubts = tuple(
        replace(doubt, row=place, key=f"{int(keys[place]):016x}")
        for doubt, place in zip(look.doubts.rows, places, strict=True)
    )
    return replace(look, doubts=replace(look.doubts, rows=doubts))


def like_before(run: Run, label: str | None, table: Table) -> Split | None:
    """The rows of the run that this one is to be measured like, found again in a later version of its data: the held-out
    ones held out, the others learned from. None where no run is named or its rows are not kept any more."""
    if run.same_test_as is None or not files.run(run.same_test_as).sides.exists():
        return None
    kept = pd.read_parquet(files.run(run.same_test_as).sides)
    place = by_key(np.arange(len(table)), table, label)
    kept["now"] = place.reindex(kept["key"].to_numpy()).to_numpy()
    kept = kept.dropna(subset="now")
    held, now = kept["held_out"].to_numpy(dtype=bool), kept["now"].to_numpy(dtype=int)
    return Split(np.sort(now[~held]), np.sort(now[held]), SAME_ROWS.fill(id=run.same_test_as))
