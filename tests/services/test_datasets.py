from __future__ import annotations

import io
from datetime import timedelta
from pathlib import Path

import pandas as pd
import pytest

from core import config as config_module
from core.data.recipe import Step
from core.jobs import queue
from core.services import datasets, runs
from core.store import files
from core.store.db import session
from core.store.tables import Dataset, now
from core.words import UserError
from tests.house import add_flowers, request

CSV = "text,label\ngood,positive\nbad,negative\nbad,negative\n"


def add(text: str = CSV, name: str = "reviews.csv") -> str:
    return datasets.add(name, io.BytesIO(text.encode())).dataset.id


def test_a_file_becomes_a_named_table_with_a_profile() -> None:
    added = datasets.add("shop reviews.csv", io.BytesIO(CSV.encode()))
    view = added.dataset
    assert not added.known
    assert (view.name, view.file_name, view.rows, view.columns) == ("shop reviews", "shop reviews.csv", 3, 2)
    assert (view.bytes, view.runs, view.deletable, view.recipe) == (len(CSV), 0, True, ())
    assert files.dataset(view.id).original.read_text() == CSV
    assert datasets.frame(view.id)["label"].tolist() == ["positive", "negative", "negative"]
    assert list(datasets.frame(view.id, ["text"]).columns) == ["text"]
    assert datasets.preview(view.id, 2)["text"].tolist() == ["good", "bad"]
    assert datasets.profile(view.id).rows == 3
    assert datasets.profile(view.id).duplicate_rows == 1


def test_a_file_can_come_from_disk(tmp_path: Path) -> None:
    path = tmp_path / "评论.csv"
    path.write_bytes("文本,标签\n很好,正面\n很差,负面\n".encode("gb18030"))
    view = datasets.add(path.name, path).dataset
    assert datasets.frame(view.id)["标签"].tolist() == ["正面", "负面"]
    assert path.exists()


def test_the_same_bytes_are_recognised_under_any_name() -> None:
    first = datasets.add("a.csv", io.BytesIO(CSV.encode()))
    again = datasets.add("b.csv", io.BytesIO(CSV.encode()))
    assert again.known
    assert again.dataset.id == first.dataset.id
    assert len(datasets.listed()) == 1


def test_the_same_bytes_bring_a_deleted_dataset_back() -> None:
    id = add()
    datasets.delete(id)
    assert datasets.listed() == []
    assert datasets.add("again.csv", io.BytesIO(CSV.encode())).known
    assert [view.id for view in datasets.listed()] == [id]


def test_a_file_that_cannot_be_read_leaves_nothing() -> None:
    with pytest.raises(UserError):
        add("", "empty.csv")
    assert datasets.listed() == []
    assert not list((files.home() / "incoming").iterdir())
    assert not (files.home() / "datasets").exists() or not list((files.home() / "datasets").iterdir())


def test_a_file_above_the_limit_is_refused_while_it_is_copied(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODELWRIGHT_MAX_UPLOAD_MB", "1")
    config_module.config.cache_clear()
    with pytest.raises(UserError, match="larger than 1 MB"):
        add("a,b\n" + "1,2\n" * 500_000, "large.csv")


def test_a_nearly_full_disk_refuses_data_in_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "enough_space", lambda needed: False)
    with pytest.raises(UserError, match="MB left"):
        add()


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("../../etc/passwd.csv", "passwd.csv"),
        ("C:\\Users\\me\\销售 数据.xlsx", "销售 数据.xlsx"),
        ("a\x00b\u202egnp.csv", "abgnp.csv"),
        ("  ", "data"),
        ("x" * 400, "x" * 255),
    ],
)
def test_a_name_is_only_for_the_eye(given: str, shown: str) -> None:
    assert datasets.display_name(given) == shown


def test_a_repair_is_a_new_version_with_its_recipe() -> None:
    id = add()
    fixed = datasets.fix(id, Step("drop_duplicates"))
    again = datasets.fix(fixed.id, Step("drop_columns", ("label",)))
    assert (fixed.parent_id, fixed.rows, fixed.recipe) == (id, 2, (Step("drop_duplicates"),))
    assert (again.parent_id, again.columns) == (fixed.id, 1)
    assert again.recipe == (Step("drop_duplicates"), Step("drop_columns", ("label",)))
    assert datasets.get(id).rows == 3
    assert datasets.profile(fixed.id).duplicate_rows == 0
    assert datasets.fix(id, Step("drop_duplicates")).id == fixed.id


def test_search_looks_in_names_and_takes_signs_literally() -> None:
    add(name="100%_sure.csv")
    add("a\n1\n2\n", name="other.csv")
    assert [view.name for view in datasets.listed("0%_S")] == ["100%_sure"]
    assert datasets.listed("_%") == []
    assert len(datasets.listed("")) == 2


def test_a_dataset_is_renamed_and_needs_a_name() -> None:
    id = add()
    datasets.rename(id, "Spring")
    assert datasets.get(id).name == "Spring"
    with pytest.raises(UserError):
        datasets.rename(id, "  ")


@pytest.mark.usefixtures("toy")
def test_data_of_an_open_run_cannot_be_deleted() -> None:
    id = add_flowers()
    run_id = runs.launch(request(dataset_id=id))
    assert not datasets.get(id).deletable
    with pytest.raises(UserError, match=f"run {run_id}"):
        datasets.delete(id)
    queue.cancel(run_id)
    view = datasets.get(id)
    assert (view.deletable, view.runs) == (True, 1)
    datasets.delete(id)
    with pytest.raises(UserError):
        datasets.get(id)
    datasets.restore(id)
    assert datasets.get(id).name == "flowers"


def test_deleted_data_is_purged_after_its_time_and_not_before() -> None:
    id = add()
    datasets.delete(id)
    datasets.purge()
    datasets.restore(id)
    datasets.delete(id)
    with session() as db:
        db.get_one(Dataset, id).deleted_at = now() - timedelta(days=2)
    datasets.purge()
    assert not files.dataset(id).folder.exists()
    with pytest.raises(UserError):
        datasets.restore(id)
    assert not datasets.add("new.csv", io.BytesIO(CSV.encode())).known


@pytest.mark.usefixtures("toy")
def test_purged_data_keeps_its_name_for_the_runs_that_used_it() -> None:
    id = add_flowers()
    run_id = runs.train_here(request(dataset_id=id))
    datasets.delete(id)
    with session() as db:
        db.get_one(Dataset, id).deleted_at = now() - timedelta(days=2)
    datasets.purge()
    assert not files.dataset(id).folder.exists()
    assert runs.get(run_id).dataset_name == "flowers"
    assert runs.facts(run_id)["data"]["file_name"] == "flowers.csv"


def test_samples_are_brought_in_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(datasets, "SAMPLES", tmp_path)
    pd.DataFrame({"text": ["a", "b"], "label": ["x", "y"]}).to_csv(tmp_path / "shop.csv", index=False)
    first, again = datasets.add_sample("shop.csv"), datasets.add_sample("shop.csv")
    assert first.id == again.id
    assert again.sample == "shop.csv"
    for wrong in ("../secret.csv", "none.csv"):
        with pytest.raises(UserError):
            datasets.add_sample(wrong)


@pytest.mark.usefixtures("toy")
def test_a_further_table_of_a_waiting_run_is_in_use() -> None:
    items = add_flowers(20, seed=9, name="items.csv")
    runs.launch(request(extras={"items": items}))
    view = datasets.get(items)
    assert (view.runs, view.deletable) == (1, False)
    with pytest.raises(UserError):
        datasets.delete(items)


def test_a_name_with_a_slash_keeps_all_of_it() -> None:
    id = add_flowers()
    datasets.rename(id, " Reviews 2025/11 \u202e<b>x</b>\n")
    assert datasets.get(id).name == "Reviews 2025/11 <b>x</b>"
    assert datasets.display_name("C:\\data\\a/b.csv") == "b.csv"
