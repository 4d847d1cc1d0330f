"""A file read in another way, as its owner says."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest

from core.data.reading import How
from core.data.recipe import Step
from core.services import datasets, rereading
from core.store import files
from core.words import UserError

LATIN = (
    "name;when;paid\n" + "".join(f"Café {n};0{n % 9 + 1}/0{n % 8 + 1}/2024;{n},5\n" for n in range(30)) + "odd;row\n"
)


@pytest.fixture
def id() -> str:
    return datasets.add("cafes.csv", io.BytesIO(LATIN.encode("cp1252"))).dataset.id


def test_how_a_file_was_read_is_kept(id):
    known = rereading.told(id)
    assert known.how == How("windows-1252", ";", "doubled", 1)
    assert (known.odd_rows, known.is_file, known.first) == (1, True, id)
    assert known.meanings["when"].order == "day"


def test_another_way_is_tried_without_changing_anything(id):
    tried = rereading.tried(id, replace(rereading.told(id).how, header=0, skip=2))
    assert list(tried.frame.columns) == ["column 1", "column 2", "column 3"]
    assert list(datasets.frame(id).columns) == ["name", "when", "paid"]


def test_reading_again_takes_the_place_of_a_table_that_nothing_was_made_from(id):
    how = replace(rereading.told(id).how, orders={"when": "month"})
    before = datasets.frame(id)["when"][1]
    again = rereading.read_again(id, how)
    assert again.id == id
    assert (before, datasets.frame(id)["when"][1]) == ("2024-02-02", "2024-02-02")
    assert datasets.frame(id)["when"][8] == "2024-09-01"
    assert rereading.told(id).how.orders == {"when": "month"}
    assert files.dataset(id).original.read_bytes() == LATIN.encode("cp1252")


def test_reading_again_leaves_a_table_alone_that_others_were_made_from(id):
    repaired = datasets.fix(id, Step("drop_columns", ("paid",)))
    other = rereading.read_again(id, replace(rereading.told(id).how, separator=","))
    assert other.id not in (id, repaired.id)
    assert datasets.frame(id).shape == (30, 3)
    assert rereading.told(other.id).is_file
    assert not rereading.told(repaired.id).is_file
    assert files.dataset(other.id).original.read_bytes() == LATIN.encode("cp1252")


def test_a_way_that_gives_no_table_is_refused_and_keeps_the_table(id):
    with pytest.raises(UserError, match="no rows"):
        rereading.read_again(id, replace(rereading.told(id).how, skip=500))
    assert len(datasets.frame(id)) == 30


def test_rows_set_aside_are_downloaded_as_they_were_and_run_no_formula():
    rows = "a,b,c\n" + "1,2,3\n" * 10 + "=SUM(A1),2\n"
    id = datasets.add("odd.csv", io.BytesIO(rows.encode())).dataset.id
    assert rereading.set_aside(id).decode("utf-8-sig").splitlines() == ["line,row", '12,"\'=SUM(A1),2"']


def test_the_same_bytes_are_read_as_their_owner_says_now() -> None:
    content = b"a;b\n1;2\n3;4\n"
    first = datasets.add("semi.csv", io.BytesIO(content)).dataset
    other = datasets.add("semi.csv", io.BytesIO(content), replace(rereading.told(first.id).how, separator=","))
    assert other.known
    assert (first.columns, datasets.get(other.dataset.id).columns) == (2, 1)
