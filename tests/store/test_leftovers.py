"""What dead processes left goes; what anybody may still need stays."""

from __future__ import annotations

import os
import time
import uuid
from pathlib import Path

import pytest

from core.services import runs
from core.store import files, leftovers
from core.store.tables import CANCELLED, FAILED, QUEUED, SUCCEEDED
from tests.house import add_flowers, change, request

pytestmark = pytest.mark.usefixtures("toy")


def old(path: Path) -> Path:
    long_ago = time.time() - leftovers.OLD_SECONDS - 60
    os.utime(path, (long_ago, long_ago))
    return path


def filled(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "something").write_text("left")
    return folder


def test_uploads_that_nobody_finishes_go_and_those_that_arrive_stay() -> None:
    with files.incoming() as arriving:
        given_up = arriving.with_name("given-up")
        given_up.write_text("half a file")
        old(given_up)
        leftovers.sweep()
        assert arriving.exists()
        assert not given_up.exists()


def test_folders_of_no_row_go_and_others_stay() -> None:
    data, run_id = add_flowers(), runs.launch(request())
    kept = [old(filled(folder)) for folder in (files.dataset(data).folder, files.run(run_id).folder)]
    strange = [old(filled(files.home() / "runs" / name)) for name in ("77", "notes of mine")]
    fresh = filled(files.home() / "batches" / uuid.uuid4().hex)
    lost = old(filled(files.home() / "datasets" / uuid.uuid4().hex))
    leftovers.sweep()
    assert all(folder.exists() for folder in [*kept, fresh, strange[1]])
    assert not lost.exists()
    assert not strange[0].exists()


@pytest.mark.parametrize(
    ("status", "look", "stays"),
    [
        ("interrupted", None, {"checkpoints", "half_model", "model"}),
        (SUCCEEDED, QUEUED, {"learned", "model"}),
        (SUCCEEDED, SUCCEEDED, {"model"}),
        (FAILED, None, set()),
        (CANCELLED, None, set()),
    ],
)
def test_what_a_training_needs_to_go_on_stays_until_it_has_ended(
    status: str, look: str | None, stays: set[str]
) -> None:
    run_id = runs.launch(request())
    change(run_id, status=status, look=look)
    folder = files.run(run_id)
    parts = {name: filled(getattr(folder, name)) for name in ("checkpoints", "half_model", "learned", "model")}
    if status == SUCCEEDED:
        files.write_json(folder.manifest, {"files": {}})
    leftovers.sweep()
    assert stays <= {name for name, part in parts.items() if part.exists()}
    if status != "interrupted":
        assert {name for name, part in parts.items() if part.exists()} == stays
