"""What the steps of a recipe do. Each takes the frame, the columns to work on (all there) and the step's values, and
gives a new frame; rows keep their place in the index, which tells which of them were dropped."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from core.data import personal
from core.data.amounts import Mark, as_numbers
from core.data.table import clean
from core.words import Text, UserError

Values = dict[str, str]

INVISIBLE = r"[\u200b-\u200f\u202a-\u202e\u2060\ufeff\u00ad\x00-\x08\x0b\x0c\x0e-\x1f]"
SPACES = r"[ \t\u00a0\u2000-\u200a\u3000]{2,}|[\t\u00a0\u2000-\u200a\u3000]"
FLAG = Text(" (missing)", "（缺失）")
NOT_A_NUMBER = Text(
    "“{value}” is no number, but every other cell of “{column}” is one. Write a number, or leave the cell empty.",
    "“{value}”不是数字，而“{column}”列的其他值都是数字。请填写数字，或留空。",
)


def drop_columns(frame: pd.DataFrame, columns: list[str], values: Values) -> pd.DataFrame:
    return frame.drop(columns=columns)


def drop_empty(frame: pd.DataFrame, columns: list[str], values: Values) -> pd.DataFrame:
    filled = pd.Series(True, index=frame.index)
    for name in columns:
        filled &= frame[name].map(clean) != ""
    return frame[filled]


def drop_duplicates(frame: pd.DataFrame, columns: list[str], values: Values) -> pd.DataFrame:
    return frame.drop_duplicates(subset=columns or None)


def drop_repeats(frame: pd.DataFrame, columns: list[str], values: Values) -> pd.DataFrame:
    """`columns` are the text and the label. Texts with several labels keep their rows: what most say is counted there."""
    if len(columns) < 2:
        return frame
    return frame[~repeats(frame, *columns)]


def repeats(frame: pd.DataFrame, text: str, label: str) -> pd.Series:
    """Which rows repeat an earlier one's text and label, where the text has no other label anywhere."""
    cells = frame[text].map(clean)
    return frame.duplicated(subset=[text, label]) & (cells != "") & (_labels_of(cells, frame[label]) <= 1)


def _labels_of(cells: pd.Series, labels: pd.Series) -> pd.Series:
    """How many different labels the rows of each row's text have; an empty one is none."""
    return labels.map(clean).replace("", None).groupby(cells).transform("nunique")


def drop_contradictions(frame: pd.DataFrame, columns: list[str], values: Values) -> pd.DataFrame:
    """`columns` are the text and the label."""
    if len(columns) < 2:
        return frame
    cells = frame[columns[0]].map(clean)
    return frame[(cells == "") | (_labels_of(cells, frame[columns[1]]) <= 1)]


def take_majority(frame: pd.DataFrame, columns: list[str], values: Values) -> pd.DataFrame:
    """Equal texts get the label that more of them have than any other; where there is a tie their rows go."""
    if len(columns) < 2:
        return frame
    text, label = columns
    pairs = pd.DataFrame({"text": frame[text].map(clean), "label": frame[label].map(clean)}, index=frame.index)
    pairs = pairs[(pairs["text"] != "") & (pairs["label"] != "")]
    counts = pairs.value_counts().rename("rows").reset_index()
    several = counts[counts.groupby("text")["label"].transform("size") > 1]
    most = several[several["rows"] == several.groupby("text")["rows"].transform("max")]
    tied = set(most.loc[most.duplicated("text"), "text"])
    decided = most[~most["text"].isin(tied)].set_index("text")["label"]
    kept = frame.drop(index=pairs.index[pairs["text"].isin(tied)])
    own = pairs.loc[pairs.index.isin(kept.index)]
    change = own["text"].map(decided).dropna()
    change = change[change != own.loc[change.index, "label"]]
    spelled = {clean(value): value for value in frame[label].dropna().unique()}
    column = kept[label].copy()
    column.loc[change.index] = [spelled[value] for value in change]
    return kept.assign(**{label: column})


def merge_values(frame: pd.DataFrame, columns: list[str], values: Values) -> pd.DataFrame:
    return frame.assign(**{name: frame[name].map(lambda v: values.get(clean(v), v)) for name in columns})


def blank_values(frame: pd.DataFrame, columns: list[str], values: Values) -> pd.DataFrame:
    """Cells that hold one of these values become missing."""
    return frame.assign(**{name: frame[name].mask(frame[name].map(clean).isin(list(values))) for name in columns})


def fill_missing(frame: pd.DataFrame, columns: list[str], values: Values) -> pd.DataFrame:
    """Empty cells get the one new value: a number in a column of numbers, else text."""
    new = next(iter(values.values()), "")
    number = as_numbers(pd.Series([new], dtype="str"))[0]
    filled: dict[str, Any] = {}
    for name in columns:
        if pd.api.types.is_numeric_dtype(frame[name].dtype) and not np.isnan(number):
            filled[name] = frame[name].fillna(number)
        else:
            cells = frame[name].map(clean)
            filled[name] = cells.mask(cells == "", new).astype("str")
    return frame.assign(**filled)


def flag_missing(frame: pd.DataFrame, columns: list[str], values: Values) -> pd.DataFrame:
    """One more column, named by the new value, for each of them: 1 where it is empty, else 0."""
    flags = {values.get(name, name + FLAG.en): (frame[name].map(clean) == "").astype("int64") for name in columns}
    return frame.assign(**flags)


def tidy(frame: pd.DataFrame, columns: list[str], values: Values) -> pd.DataFrame:
    """No spaces at the ends, none twice, no characters that cannot be seen; line breaks stay."""
    changed = {}
    for name in columns:
        if pd.api.types.is_string_dtype(frame[name].dtype) or frame[name].dtype == object:
            cells = frame[name].astype("str")
            cells = cells.str.replace(INVISIBLE, "", regex=True).str.replace(SPACES, " ", regex=True).str.strip()
            changed[name] = cells.mask(cells == "")
    return frame.assign(**changed)


def to_numbers(frame: pd.DataFrame, columns: list[str], values: Values) -> pd.DataFrame:
    """`values` tells a column's decimal sign, where its cells told it when the step was made."""
    return frame.assign(**{name: as_numbers(frame[name], _mark(values.get(name))) for name in columns})


def _mark(said: str | None) -> Mark:
    return "," if said == "," else "." if said == "." else ""


def to_text(frame: pd.DataFrame, columns: list[str], values: Values) -> pd.DataFrame:
    return frame.assign(**{name: frame[name].map(clean).replace("", np.nan).astype("str") for name in columns})


def clip(frame: pd.DataFrame, columns: list[str], values: Values) -> pd.DataFrame:
    low, high = float(values["low"]), float(values["high"])
    return frame.assign(**{name: as_numbers(frame[name]).clip(low, high) for name in columns})


def mask(frame: pd.DataFrame, columns: list[str], values: Values) -> pd.DataFrame:
    """Pieces of the cells that are personal data of the kinds named by the keys get the mark beside the key, or the usual
    one of the cell's language."""
    changed = {}
    for name in columns:
        filled = frame[name].dropna()
        masked = personal.mask(map(clean, filled), marks=values).texts
        changed[name] = pd.Series(masked, index=filled.index, dtype="str").reindex(frame.index)
    return frame.assign(**changed)


def mask_words(values: Values) -> Text:
    said = [title for key, title in personal.KINDS.items() if key in values]
    return Text(", ".join(one.en for one in said), "、".join(one.zh for one in said))


def keep_above(frame: pd.DataFrame, columns: list[str], values: Values) -> pd.DataFrame:
    """Keeps the rows whose number is above `values["limit"]`, or missing."""
    kept = pd.Series(True, index=frame.index)
    for name in columns:
        kept &= ~(as_numbers(frame[name]) <= float(values["limit"]))
    return frame[kept]


def drop_starting(frame: pd.DataFrame, columns: list[str], values: Values) -> pd.DataFrame:
    """Drops the rows whose text starts with one of the values."""
    starting = pd.Series(False, index=frame.index)
    for name in columns:
        starting |= frame[name].map(clean).str.startswith(tuple(values))
    return frame[~starting]


def drop_values(frame: pd.DataFrame, columns: list[str], values: Values) -> pd.DataFrame:
    """Drops the rows that hold one of the values (classes too rare to learn)."""
    rare = pd.Series(False, index=frame.index)
    for name in columns:
        rare |= frame[name].map(clean).isin(list(values))
    return frame[~rare]


def set_cells(frame: pd.DataFrame, columns: list[str], values: Values) -> pd.DataFrame:
    """The cells of the one column in the rows named by the keys (places from 0) get these values; "" empties them.
    Raises UserError where a column of numbers would get a word."""
    for name in columns:
        rows, cells = [int(row) for row in values], list(values.values())
        column = frame[name].copy()
        if pd.api.types.is_numeric_dtype(column.dtype) and not pd.api.types.is_bool_dtype(column.dtype):
            numbers = as_numbers(pd.Series(cells, dtype="str"))
            for cell, number in zip(cells, numbers, strict=True):
                if cell.strip() and np.isnan(number):
                    raise UserError(NOT_A_NUMBER.fill(value=cell, column=name))
            whole = pd.api.types.is_integer_dtype(column.dtype) and bool((numbers % 1 == 0).all())
            column = column if whole else column.astype("float64")
            column.iloc[rows] = numbers.astype(column.dtype).set_axis(column.index[rows])
        else:
            column = column.astype(object)
            column.iloc[rows] = [cell if cell.strip() else None for cell in cells]
            column = column.map(lambda v: clean(v) or None).astype("str")
        frame = frame.assign(**{name: column})
    return frame


def drop_rows(frame: pd.DataFrame, columns: list[str], values: Values) -> pd.DataFrame:
    """Drops the rows at these places, counted from 0."""
    return frame.drop(index=frame.index[[int(row) for row in values]])
