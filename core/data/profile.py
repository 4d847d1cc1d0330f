"""What a table looks like: every column's kind, spread and examples, from one fast pass."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from core.data import personal as personal_data
from core.data.amounts import as_numbers
from core.data.meaning import Meaning
from core.data.moments import moments
from core.data.table import clean

Kind = Literal["text", "category", "number", "time", "id", "boolean", "empty"]
Histogram = tuple[tuple[float, float, int], ...]

TOP = 50
EXAMPLES = 5
BINS = 20
SAMPLE = 2000
BOOLEAN_PAIRS = [
    set(pair.split()) for pair in ("yes no", "true false", "y n", "t f", "0 1", "on off", "是 否", "有 无")
]
ID_NAME = re.compile(r"(^|[_\s\-])(id|ids|uuid|guid|no|nr|key|index)$|[a-z]I[dD]$|编号|序号|单号|^id$", re.ASCII)
CERTAIN_ID_NAME = re.compile(r"(^|[_\s\-])(id|ids|uuid|guid)$|[a-z]I[dD]$|编号|单号", re.ASCII)
MANY_IDS = 20
CJK = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_DATE_SHAPE = re.compile(
    r"\d{1,4}\s*[-/.年]\s*\d{1,2}\s*[-/.月]\s*\d{1,4}|\d{1,2}[ -]?[A-Za-z]{3}|[A-Za-z]{3,9} \d{1,2},? \d{4}"
    r"|^(19|20)\d{2}([-/]|年)\d{1,2}月?$|^[A-Za-z]{3}[- ](19|20)\d{2}$"
)


@dataclass(frozen=True)
class ColumnProfile:
    """One column. `missing` counts empty cells; `distinct` the different values among the filled ones.

    `top` holds the most frequent values (as trimmed text) with their counts, at most 50, the most frequent first.
    `histogram` holds (low, high, rows) of numbers; `minimum`, `median` and `maximum` are theirs. For text,
    `lengths` is (median, 95th percentile, longest) in characters, `length_histogram` their spread.

    `meaning` is what reading learned of it: money, percents, dates and their order, words for missing. `personal` names
    what tells who somebody is: what the cells are (a key of personal.KINDS or PEOPLE), or what some of
    the texts hold.
    """

    name: str
    kind: Kind
    missing: int
    distinct: int
    examples: tuple[str, ...] = ()
    top: tuple[tuple[str, int], ...] = ()
    histogram: Histogram | None = None
    minimum: float | None = None
    median: float | None = None
    maximum: float | None = None
    lengths: tuple[int, int, int] | None = None
    length_histogram: Histogram | None = None
    language: Literal["en", "zh", "other"] | None = None
    meaning: Meaning = field(default_factory=Meaning)
    personal: tuple[str, ...] = ()


@dataclass(frozen=True)
class Profile:
    """A whole table. `duplicate_rows` counts the rows that repeat an earlier row in every column."""

    rows: int
    columns: tuple[ColumnProfile, ...]
    duplicate_rows: int

    def column(self, name: str) -> ColumnProfile:
        """Raises KeyError for an unknown name."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @staticmethod
    def from_json(value: dict[str, Any]) -> Profile:
        return Profile(value["rows"], tuple(map(_column, value["columns"])), value["duplicate_rows"])


def _column(value: Mapping[str, Any]) -> ColumnProfile:
    plain = {key: _tuples(item) for key, item in value.items() if key != "meaning"}
    return ColumnProfile(**plain, meaning=Meaning.from_json(value.get("meaning", {})))


def profile(frame: pd.DataFrame, meanings: Mapping[str, Meaning] | None = None) -> Profile:
    """The profile of every column, in the frame's order. `meanings` is what reading learned of them."""
    columns, fingerprint = [], np.zeros(len(frame), dtype=np.uint64)
    for position, name in enumerate(frame.columns):
        meaning = (meanings or {}).get(str(name), Meaning())
        column, codes = _profile_column(str(name), frame.iloc[:, position], meaning)
        columns.append(replace(column, meaning=meaning))
        fingerprint = _mix(fingerprint, codes)
    duplicates = len(frame) - len(pd.unique(fingerprint)) if len(frame) and columns else 0
    return Profile(len(frame), tuple(columns), int(duplicates))


def detect_language(texts: Iterable[str]) -> Literal["en", "zh", "other"]:
    """The language by the shares of scripts among the letters: Chinese characters without kana or hangul are
    "zh", Latin letters nearly without accents are "en", everything else (and nothing at all) is "other"."""
    joined = " ".join(texts)[:400_000]
    chinese = len(re.findall(f"[{CJK}]", joined))
    other_asian = len(re.findall(r"[\u3040-\u30ff\uac00-\ud7af]", joined))
    latin = len(re.findall(r"[A-Za-z]", joined))
    accented = len(re.findall(r"[\u00c0-\u024f]", joined))
    letters = sum(map(str.isalpha, joined))
    if not letters or other_asian > 0.05 * letters:
        return "other"
    if chinese >= 0.3 * letters:
        return "zh"
    return "en" if latin >= 0.7 * letters and accented <= 0.02 * letters else "other"


def _tuples(value: Any) -> Any:
    return tuple(_tuples(item) for item in value) if isinstance(value, list | tuple) else value


def _mix(fingerprint: np.ndarray, codes: np.ndarray) -> np.ndarray:
    """The rows' fingerprints with one more column in them (multiply-xorshift, as in splitmix64)."""
    mixed = (fingerprint + codes.astype(np.uint64) + np.uint64(0x9E3779B97F4A7C15)) * np.uint64(0xBF58476D1CE4E5B9)
    return mixed ^ (mixed >> np.uint64(31))


def _profile_column(name: str, values: pd.Series, meaning: Meaning) -> tuple[ColumnProfile, np.ndarray]:
    """The column's profile and, for every row, the code of its value (-1 where missing)."""
    if values.dtype == object:
        values = values.map(clean).replace("", np.nan).astype("str")
    codes, distinct = codes_of(values)
    counts = np.bincount(codes[codes >= 0], minlength=len(distinct))
    missing = int((codes < 0).sum())
    if not len(distinct):
        return ColumnProfile(name, "empty", missing, 0), codes
    order = np.argsort(-counts, kind="stable")[:TOP]
    top = tuple((_cut(distinct[int(i)]), int(counts[i])) for i in order)
    examples = tuple(_cut(distinct[i]) for i in range(min(EXAMPLES, len(distinct))))
    shown: dict[str, Any] = {"missing": missing, "distinct": len(distinct), "examples": examples, "top": top}
    if pd.api.types.is_bool_dtype(values.dtype):
        return ColumnProfile(name, "boolean", **shown), codes
    if pd.api.types.is_numeric_dtype(values.dtype):
        return _profile_numbers(name, values, shown), codes
    if pd.api.types.is_datetime64_any_dtype(values.dtype):
        return ColumnProfile(name, "time", **shown), codes
    if meaning.kind in ("money", "percent", "amount"):
        numbers = _profile_numbers(name, as_numbers(values), shown)
        return replace(numbers, kind="number"), codes
    return _profile_strings(name, distinct, counts, shown, meaning), codes


def codes_of(values: pd.Series) -> tuple[np.ndarray, Any]:
    """Codes of the values in the order of their first appearance, and the distinct values."""
    if isinstance(values.dtype, pd.StringDtype):
        encoded = pa.array(values, from_pandas=True)
        if isinstance(encoded, pa.ChunkedArray):
            encoded = encoded.combine_chunks()
        encoded = encoded.cast(pa.large_string()).dictionary_encode()
        return encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False), encoded.dictionary
    codes, distinct = pd.factorize(values)
    return codes, distinct


def _cut(value: Any, length: int = 300) -> str:
    value = clean(value.as_py() if isinstance(value, pa.Scalar) else value)
    return value if len(value) <= length else value[: length - 1] + "…"


def _profile_numbers(name: str, values: pd.Series, shown: dict[str, Any]) -> ColumnProfile:
    numbers = values.dropna().to_numpy(dtype=float)
    numbers = numbers[np.isfinite(numbers)]
    if not len(numbers):
        return ColumnProfile(name, "number", **shown)
    whole = bool((numbers == np.floor(numbers)).all())
    personal = (
        personal_data.of_column(name, [value for value, _ in shown["top"]])
        if whole and shown["distinct"] > 20
        else None
    )
    if {value for value, _ in shown["top"]} == {"0", "1"}:
        kind: Kind = "boolean"
    elif personal or (whole and _are_ids(name, numbers, shown["distinct"])):
        kind = "id"
    else:
        kind = "number"
    low, middle, high = float(numbers.min()), float(np.median(numbers)), float(numbers.max())
    spread = _histogram(numbers, whole)
    told = (personal,) if personal else ()
    return ColumnProfile(name, kind, **shown, histogram=spread, minimum=low, median=middle, maximum=high, personal=told)


def _are_ids(name: str, numbers: np.ndarray, distinct: int) -> bool:
    """Whole numbers that are all different and named or counted like identifiers, or that repeat and are named so."""
    if distinct == len(numbers) > 20 and (ID_NAME.search(name) or _runs_on(numbers)):
        return True
    return distinct > MANY_IDS and bool(CERTAIN_ID_NAME.search(name))


def _runs_on(numbers: np.ndarray) -> bool:
    """Whether whole numbers simply count the rows."""
    return bool((np.diff(numbers) == 1).all())


def _histogram(numbers: np.ndarray, whole: bool = True) -> Histogram:
    bins = min(BINS, int(np.ptp(numbers)) + 1) if whole else BINS
    counts, edges = np.histogram(numbers, bins=max(bins, 1))
    return tuple((float(a), float(b), int(n)) for a, b, n in zip(edges, edges[1:], counts, strict=False))


def _profile_strings(
    name: str, distinct: pa.Array, counts: np.ndarray, shown: dict[str, Any], meaning: Meaning
) -> ColumnProfile:
    step = max(len(distinct) // SAMPLE, 1)
    sample = [clean(value) for value in distinct[::step][:SAMPLE].to_pylist()]
    sample = [value for value in sample if value] or [""]
    told: Kind | None = "id" if meaning.kind == "rounded" else "time" if meaning.kind in ("date", "time") else None
    kind = told or _kind_of_strings(name, sample, len(distinct), int(counts.sum()))
    personal = None if told else personal_data.of_column(name, sample)
    if personal and kind == "text" and personal != "address":
        kind = "id"
    if kind != "text":
        return ColumnProfile(name, kind, **shown, personal=(personal,) if personal else ())
    lengths = np.repeat(pc.utf8_length(distinct).to_numpy(zero_copy_only=False), counts)
    summary = int(np.median(lengths)), int(np.percentile(lengths, 95)), int(lengths.max())
    spread = _histogram(np.minimum(lengths, summary[1] if summary[1] > 0 else lengths.max()))
    language = detect_language(sample)
    held = (personal,) if personal else personal_data.inside(sample)
    return ColumnProfile(
        name, kind, **shown, lengths=summary, length_histogram=spread, language=language, personal=held
    )


def _kind_of_strings(name: str, sample: list[str], distinct: int, filled: int) -> Kind:
    """The kind from a sample of the distinct values. Wordy means three words or eight Chinese characters."""
    if distinct == 2 and {value.casefold() for value in sample} in BOOLEAN_PAIRS:
        return "boolean"
    if _are_times(sample):
        return "time"
    if _wordy(sample) and (distinct > max(20, 0.02 * filled) or (filled < 50 and distinct > filled / 2)):
        return "text"
    if distinct <= 0.5 * filled and not ID_NAME.search(name):
        return "category"
    spaced = np.mean([" " in value or bool(re.search(f"[{CJK}]", value)) for value in sample])
    return "text" if spaced > 0.5 and not ID_NAME.search(name) else "id"


def _wordy(sample: Sequence[str]) -> bool:
    words = float(np.median([value.count(" ") + 1 + len(re.findall(f"[{CJK}]", value)) * 3 / 8 for value in sample]))
    return words >= 3 or float(np.median([len(value) for value in sample])) >= 40


def is_free_text(name: str, distinct: Sequence[str], filled: int) -> bool:
    """Whether the different cells of a column, of which `filled` rows hold one, are sentences in people's own words, and
    not who or where somebody is."""
    sample = list(distinct[:: max(len(distinct) // SAMPLE, 1)][:SAMPLE])
    if len(distinct) <= max(20, 0.02 * filled) or not _wordy(sample):
        return False
    return not _are_times(sample) and personal_data.of_column(name, sample) is None


def _are_times(sample: list[str]) -> bool:
    few = sample[:200]
    if np.mean([bool(_DATE_SHAPE.search(value)) and len(value) <= 40 for value in few]) < 0.95:
        return False
    return bool(moments(pd.Series(few, dtype="str")).notna().mean() >= 0.9)
