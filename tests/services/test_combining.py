"""Versions made of several tables."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest

from core.data import limits
from core.data.combining import Key
from core.services import combining, datasets, inspecting, rereading
from core.words import UserError


def add(name: str, text: str) -> str:
    return datasets.add(name, io.BytesIO(text.encode())).dataset.id


JAN = "id,paid,when\n" + "\n".join(f'{n},"$1,{n:03}.50",2024-01-{n:02}' for n in range(1, 21))
FEB = "ID,paid,shop\n" + "\n".join(f'{n},"$2,{n:03}.50",north' for n in range(1, 11))
SHOPS = "id,town\n" + "\n".join(f"{n},town {n % 3}" for n in range(1, 16))


def test_rows_of_several_files_make_a_version_that_can_be_undone() -> None:
    first, second = add("january.csv", JAN), add("february.csv", FEB)
    made = combining.append(first, [second], source="source", all_columns=True)
    table = datasets.frame(made.id)
    assert table.shape == (30, 5)
    assert table["source"].tolist() == ["january"] * 20 + ["february"] * 10
    assert table["id"].tolist()[:2] == [1, 2]
    assert table["shop"].isna().sum() == 20
    assert datasets.profile(made.id).column("paid").meaning.kind == "money"
    assert "10 rows of “february”" in made.notes[-1].en
    assert inspecting.undo(made.id) == first
    assert combining.append(first, [second], source="source", all_columns=True).rows == 30


def test_columns_of_another_file_come_beside_by_a_guessed_key() -> None:
    first, other = add("january.csv", JAN), add("shops.csv", SHOPS)
    assert combining.guess_key(first, other) == ("id", "id")
    assert combining.match(first, other, Key("id", "id")).unmatched == 5
    made = combining.join(first, other, Key("id", "id"))
    assert datasets.frame(made.id)["town"].isna().sum() == 5
    assert "15 of 20 rows" in made.notes[-1].en
    assert datasets.get(first).rows == 20


def test_more_rows_than_can_be_kept_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    first, other = add("january.csv", JAN), add("february.csv", FEB)
    monkeypatch.setattr(limits, "MAX_ROWS", 25)
    with pytest.raises(UserError, match="at most 25"):
        combining.append(first, [other], source=None, all_columns=True)
    with pytest.raises(UserError, match="with itself"):
        combining.append(first, [first], source=None, all_columns=True)


def test_a_key_with_zeros_in_front_in_one_table_only_is_guessed_by_what_it_means() -> None:
    first = add("orders.csv", "code,paid\n" + "\n".join(f"{n:03},{2 * n}" for n in range(1, 41)))
    other = add("towns.csv", "Code,town\n" + "\n".join(f"{n},town {n % 3}" for n in range(1, 41)))
    assert combining.guess_key(first, other) == ("code", "Code")
    assert combining.match(first, other, Key("code", "Code")).matched == 0
    made = combining.join(first, other, Key("code", "Code", loosely=True))
    assert datasets.frame(made.id)["town"].notna().all()


def test_a_file_read_in_another_way_is_combined_anew() -> None:
    first, other = add("january.csv", JAN), add("shops.csv", SHOPS.replace("town 1", "01/02/2024"))
    before = combining.join(first, other, Key("id", "id"))
    how = rereading.told(other).how
    assert how is not None
    assert rereading.read_again(other, replace(how, skip=0, header=2)).id == other
    name = datasets.frame(other).columns[0]
    again = combining.join(first, other, Key("id", name))
    assert again.id != before.id
