from __future__ import annotations

import io
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pandas as pd
import pytest

from core import config as config_module
from core.data.recipe import Step
from core.jobs import queue
from core.services import datasets, inspecting, runs
from core.store import files
from core.store.db import session
from core.store.tables import Dataset, now
from core.words import UserError
from tests.house import add_flowers, counted, request

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


def at_once(work: Callable[[], str], callers: int = 4) -> set[str]:
    """What several callers get who all find nothing there yet."""
    meet = threading.Barrier(callers)

    def late(made_of: str) -> str | None:
        found = own(made_of)
        if not getattr(met, "once", False):
            met.once = True
            meet.wait(20)
        return found

    own, met = datasets.made_before, threading.local()
    with pytest.MonkeyPatch.context() as patch, ThreadPoolExecutor(callers) as pool:
        patch.setattr(datasets, "made_before", late)
        return set(pool.map(lambda _: work(), range(callers)))


def test_a_repair_asked_for_twice_at_once_is_one_version() -> None:
    id = add()
    assert len(at_once(lambda: datasets.fix(id, Step("drop_duplicates")).id)) == 1
    assert len(datasets.listed()) == 2
    assert len(list((files.home() / "datasets").iterdir())) == 2


def test_a_file_brought_in_twice_at_once_is_one_table() -> None:
    assert len(at_once(add)) == 1
    assert len(datasets.listed()) == 1


def test_rows_derived_twice_at_once_are_one_version() -> None:
    id = add()
    more = pd.DataFrame({"text": ["x"], "label": ["y"]})
    assert len(at_once(lambda: datasets.derive(id, more, "more", "why", {}).id)) == 1
    assert len(datasets.listed()) == 2


def test_changes_by_hand_are_refused_where_the_rows_have_moved_since() -> None:
    id = add()
    by_hand = (Step("set_cells", ("label",), {"2": "new"}), Step("drop_rows", (), {"0": ""}))
    tidied = datasets.fix(id, Step("tidy", ("label",))).id
    assert datasets.frame(datasets.fix(tidied, *by_hand, made_on=id).id)["label"].tolist()[-1] == "new"
    fewer = datasets.fix(tidied, Step("drop_duplicates")).id
    with pytest.raises(UserError, match="Removed repeated rows"):
        datasets.fix(fewer, *by_hand, made_on=id)
    assert datasets.fix(fewer, Step("drop_columns", ("label",)), made_on=id).columns == 1
    other = datasets.derive(id, datasets.frame(id).iloc[::-1], "turned", "turned", {}).id
    with pytest.raises(UserError, match="another table"):
        datasets.fix(other, *by_hand, made_on=id)


@pytest.mark.usefixtures("toy")
def test_data_that_an_open_run_uses_is_not_purged() -> None:
    id = add_flowers()
    runs.launch(request(dataset_id=id))
    with session() as db:
        db.get_one(Dataset, id).deleted_at = now() - timedelta(days=2)
    datasets.purge()
    assert files.dataset(id).table.exists()


@pytest.mark.usefixtures("toy")
def test_many_versions_take_as_many_queries_as_a_few() -> None:
    id = add_flowers()
    runs.launch(request(dataset_id=id))
    inspecting.undo(datasets.fix(id, Step("drop_duplicates")).id)

    def asked() -> int:
        with counted() as said:
            datasets.latest()
            datasets.listed("flow")
            datasets.family(id)
        return len(said)

    few = asked()
    with session() as db:
        row = db.get_one(Dataset, id)
        kept = {
            name: getattr(row, name) for name in ("name", "file_name", "sha256", "bytes", "rows", "columns", "recipe")
        }
        db.add_all(Dataset(id=f"{n:032x}", parent_id=id, undone=n % 2 == 0, reading={}, **kept) for n in range(2000))
    assert asked() == few
