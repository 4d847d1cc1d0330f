from __future__ import annotations

import tarfile
from pathlib import Path

import pandas as pd
import pytest

from core import config as config_module
from core.services import datasets, runs
from core.store import files, frames
from core.store.backup import backup
from core.words import UserError
from tests.house import add_flowers, on_sqlite, request


@pytest.mark.parametrize("id", ["", "..", "../../etc", "a/b", "A" * 32, "0", "-1", "1.5", "x" * 32, "1\n"])
def test_only_identifiers_of_the_house_become_paths(id: str) -> None:
    for place in (files.dataset, files.run, files.batch):
        with pytest.raises(ValueError, match="not an identifier"):
            place(id)


def write_half(path: Path) -> None:
    with files.atomic(path) as part:
        part.write_text("half")
        raise ZeroDivisionError


def test_a_write_that_fails_leaves_the_old_file_and_no_rubbish(tmp_path: Path) -> None:
    path = tmp_path / "facts.json"
    files.write_json(path, {"n": 1})
    with pytest.raises(ValueError, match="float"):
        files.write_json(path, {"n": float("nan")})
    with pytest.raises(ZeroDivisionError):
        write_half(path)
    assert files.read_json(path) == {"n": 1}
    assert [entry.name for entry in tmp_path.iterdir()] == ["facts.json"]


def complete_run() -> files.RunFiles:
    folder = files.run(7)
    folder.model.mkdir(parents=True)
    (folder.model / "weights").write_bytes(b"1234")
    for path in (folder.results, folder.facts, folder.settings):
        files.write_json(path, {})
    folder.rows.write_bytes(b"rows")
    files.write_manifest(folder)
    return folder


def test_the_manifest_says_whether_a_run_is_complete() -> None:
    folder = complete_run()
    assert files.is_complete(folder, thorough=True)
    (folder.model / "weights").write_bytes(b"4321")
    assert files.is_complete(folder)
    assert not files.is_complete(folder, thorough=True)
    (folder.model / "weights").write_bytes(b"123")
    assert not files.is_complete(folder)


@pytest.mark.parametrize("lost", ["manifest", "rows", "results"])
def test_a_run_that_lacks_a_file_is_not_complete(lost: str) -> None:
    folder = complete_run()
    getattr(folder, lost).unlink()
    assert not files.is_complete(folder)


def test_nothing_outside_of_the_workspace_is_removed(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    for folder in (tmp_path / "other", files.home(), files.home() / ".." / "other"):
        with pytest.raises(ValueError, match="not inside"):
            files.remove(folder)
    assert (tmp_path / "other").is_dir()


def test_the_tail_of_a_log_is_its_last_lines(tmp_path: Path) -> None:
    path = tmp_path / "log.txt"
    assert files.tail(path, 3) == ""
    path.write_text("\n".join(f"第 {n} 行" for n in range(1000)))
    assert files.tail(path, 2) == "第 998 行\n第 999 行"
    assert files.tail(path, 2, block=20).endswith("第 999 行")


def test_columns_that_mix_kinds_are_kept_as_text(home: Path) -> None:
    mixed = pd.DataFrame({"a": [1, "two", None, 3.0], "b": [1, 2, 3, 4]}, dtype=object).astype({"b": int})
    frames.write_frame(home / "mixed.parquet", mixed)
    read = pd.read_parquet(home / "mixed.parquet")
    assert read["a"].tolist()[:2] == ["1", "two"]
    assert pd.isna(read["a"][2])
    assert read["b"].tolist() == [1, 2, 3, 4]


@on_sqlite
@pytest.mark.usefixtures("toy")
@pytest.mark.parametrize("name", ["copy", "copy.tar.gz"])
def test_a_backup_is_a_workspace_of_its_own(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    dataset = add_flowers()
    run_id = runs.train_here(request(dataset_id=dataset))
    (files.run(run_id).checkpoints).mkdir()
    (files.run(run_id).checkpoints / "big").write_text("x")
    made = backup(tmp_path / name)
    if name.endswith("gz"):
        with tarfile.open(made) as archive:
            archive.extractall(tmp_path / "out", filter="data")
        made = tmp_path / "out" / "modelwright"
    datasets.rename(dataset, "changed since")
    monkeypatch.setenv("MODELWRIGHT_HOME", str(made))
    config_module.config.cache_clear()
    assert datasets.get(dataset).name == "flowers"
    assert runs.results(run_id).metrics["accuracy"] > 0.5
    assert files.is_complete(files.run(run_id), thorough=True)
    assert not files.run(run_id).checkpoints.exists()


def test_a_backup_overwrites_nothing_and_stays_out_of_the_workspace(tmp_path: Path, home: Path) -> None:
    (tmp_path / "there").mkdir()
    with pytest.raises(UserError, match="exists already"):
        backup(tmp_path / "there")
    with pytest.raises(UserError, match="inside the workspace"):
        backup(home / "copy")


@pytest.mark.parametrize("linked", ["runs", "runs/7"])
def test_folders_on_another_disk_are_removed_and_what_they_are_linked_to_is_not_touched_otherwise(
    tmp_path: Path, linked: str
) -> None:
    other, link = tmp_path / "other disk", files.home() / linked
    (other / "7" / "checkpoints").mkdir(parents=True)
    (other / "8").mkdir()
    link.parent.mkdir(parents=True, exist_ok=True)
    link.symlink_to(other if linked == "runs" else other / "7")
    files.remove(files.run(7).checkpoints)
    assert not (other / "7" / "checkpoints").exists()
    files.remove(files.run(7).folder)
    assert not files.run(7).folder.exists()
    assert (other / "8").exists()


@pytest.mark.parametrize("path", ["..", ".", "runs/../..", "runs/../../x"])
def test_nothing_outside_of_the_workspace_is_removed_by_its_name(path: str) -> None:
    with pytest.raises(ValueError, match="not inside"):
        files.remove(files.home() / path)
