"""Whatever table is written in whatever dialect comes back the same, and whatever bytes come in, nothing breaks."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from core.data.how import How
from core.data.profile import profile
from core.data.reading import Reading, read_file
from core.words import UserError
from tests.data.twins import TWINS

SEPARATORS = (",", ";", "\t", "|")
WORDS = [
    "good",
    "service,",
    "late",
    "again;",
    "price",
    "|",
    "value",
    "房间",
    "很好",
    "“said”",
    '"quoted"',
    "it's",
    "é",
    "ü",
    "£",
    "5%",
    "(ok)\nsecond",
    "line",
]
# The same examples in every run but for one thing: numbers and words of whatever modules are loaded are drawn as well, so
# that more of them are tried where the whole suite runs.
QUIET = settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@st.composite
def tables(draw: st.DrawFn) -> pd.DataFrame:
    """Two to five columns of texts, numbers and identifiers with sound names, 6 to 20 rows."""
    rows = draw(st.integers(6, 20))
    names = draw(
        st.lists(
            st.sampled_from(["review", "mood", "price", "shop id", "评论", "标签"]), min_size=2, max_size=5, unique=True
        )
    )
    text = st.lists(st.sampled_from(WORDS), min_size=1, max_size=6).map(lambda words: "x " + " ".join(words))
    kinds = {
        "text": text,
        "whole": st.integers(-(10**6), 10**12).map(str),
        "float": st.floats(-1e6, 1e6).map(lambda number: f"{number:.3f}"),
        "code": st.integers(0, 999).map(lambda number: f"0{number:05d}"),
    }
    made = {}
    for name in names:
        cells = kinds[draw(st.sampled_from(sorted(kinds)))]
        made[name] = draw(st.lists(cells, min_size=rows, max_size=rows))
    made[names[0]] = draw(st.lists(text, min_size=rows, max_size=rows))
    return pd.DataFrame(made, dtype="str")


def written(table: pd.DataFrame, separator: str, quotes: str, end: str) -> str:
    how = {
        "minimal": {"quoting": csv.QUOTE_MINIMAL},
        "all": {"quoting": csv.QUOTE_ALL},
        "backslash": {"quoting": csv.QUOTE_ALL, "doublequote": False, "escapechar": "\\"},
    }[quotes]
    target = io.StringIO()
    writer = csv.writer(target, delimiter=separator, lineterminator=end, **how)  # type: ignore[arg-type]
    writer.writerows([list(table.columns), *table.to_numpy().tolist()])
    return target.getvalue()


def as_read(cells: pd.Series) -> list[object]:
    """What a column of these texts is when it is read: numbers as numbers, the rest as trimmed text."""
    numbers = pd.to_numeric(cells, errors="coerce")
    leading_zero = cells.str.match(r"^[+-]?0\d").any()
    return cells.str.strip().tolist() if numbers.isna().any() or leading_zero else numbers.tolist()


@QUIET
@example(
    table=pd.DataFrame({"shop id": ["x £"] * 5 + ["x it's", "x late"], "标签": ["x £ good"] * 7}, dtype="str"),
    separator=",",
    quotes="minimal",
    end="\r\n",
    encoding="gb18030",
)
@given(
    table=tables(),
    separator=st.sampled_from(SEPARATORS),
    quotes=st.sampled_from(["minimal", "all"]),
    end=st.sampled_from(["\n", "\r\n"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "gb18030"]),
)
def test_a_table_written_in_any_dialect_comes_back_the_same(tmp_path, table, separator, quotes, end, encoding):
    found = read(tmp_path, written(table, separator, quotes, end).encode(encoding))
    assert list(found.frame.columns) == list(table.columns)
    assert found.odd_rows == 0
    for name in table.columns:
        assert found.frame[name].tolist() == pytest.approx(as_read(table[name])), name


@QUIET
@given(
    table=tables(),
    separator=st.sampled_from([*SEPARATORS, "::"]),
    quotes=st.sampled_from(["minimal", "all", "backslash"]),
    encoding=st.sampled_from(["utf-8", "utf-16-le", "gb18030"]),
    header=st.booleans(),
    skip=st.integers(0, 3),
)
def test_a_table_comes_back_the_same_as_its_owner_says_it_is_written(
    tmp_path, table, separator, quotes, encoding, header, skip
):
    if separator == "::":
        table = table.replace({"::": ":", "\n": " "}, regex=True)
    body = written(table, separator if len(separator) == 1 else "\x1f", quotes, "\n").replace("\x1f", separator)
    if not header:
        body = written(table.iloc[:0], separator[:1], quotes, "\n") and body.partition("\n")[2]
    body = "A report; of, some\tkind\n" * skip + body
    said = "backslash" if quotes == "backslash" else "doubled"
    how = How(encoding, separator, said, int(header), skip)
    found = read(tmp_path, body.encode(encoding), how)
    assert found.frame.shape == table.shape
    assert len(found.set_aside) == found.odd_rows == skip
    for place, name in enumerate(table.columns):
        assert found.frame.iloc[:, place].tolist() == pytest.approx(as_read(table[name])), name


@QUIET
@given(data=st.binary(max_size=400))
def test_bytes_of_any_kind_give_a_table_or_a_sentence(tmp_path, data):
    held_to_the_promise(tmp_path, data)


@QUIET
@given(name=st.sampled_from(sorted(TWINS)), seed=st.randoms(use_true_random=False))
def test_a_damaged_file_gives_a_table_or_a_sentence(tmp_path, name, seed):
    data = bytearray(TWINS[name]().data)
    for _ in range(seed.randint(1, 12)):
        data[seed.randrange(len(data))] = seed.randrange(256)
    held_to_the_promise(tmp_path, bytes(data[: seed.randint(1, len(data))]))


def held_to_the_promise(folder: Path, data: bytes) -> None:
    """A reading whose facts are JSON and whose table can be profiled, or an error in words."""
    try:
        found = read(folder, data)
    except UserError as error:
        if not (error.text.en and error.text.zh):
            raise AssertionError("a refusal without words") from error
        return
    assert len(found.frame) > 0
    assert found.frame.columns.is_unique
    json.dumps(found.facts())
    json.dumps(profile(found.frame, found.meanings).to_json())


def read(folder: Path, data: bytes, how: How | None = None) -> Reading:
    path = folder / "upload"
    path.write_bytes(data)
    return read_file(path, "file", how)
