"""Answers are written down behind their back: hashed, in the background, and never at the answer's cost."""

from __future__ import annotations

import queue
from typing import Any

import numpy as np
import pytest
from sqlalchemy import select

from core import config as config_module
from core.data.watching import Watched
from core.scenarios.base import Answer
from core.services import predictions, runs
from core.serving import watching
from core.serving.watching import MOST_WAITING, Asked, Watcher, sampled
from core.store.db import session
from core.store.tables import Served
from core.words import same
from tests.house import add_flowers, request
from tests.toy import flowers

INPUTS = {"width_a": 4.0, "width_b": -2.0}


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setenv("MODELWRIGHT_WORKER", "off")
    return runs.train_here(request(dataset_id=add_flowers(300)))


def asked(run: int, **inputs: float) -> Asked:
    return Asked(run, {**INPUTS, **inputs}, Answer(same("Rose"), 0.8, True, 0.5, label="rose"), 12.5)


def served() -> list[Served]:
    with session() as db:
        return list(db.scalars(select(Served).order_by(Served.id)))


def test_a_live_answer_is_written_down_without_what_was_asked(run: int) -> None:
    watcher = Watcher()
    watcher.saw(asked(run))
    watcher.saw(asked(run, width_a=9.0))
    watcher.write()
    first, second = served()
    assert (first.answered, first.score, first.handed, first.milliseconds, first.weight) == (
        "rose",
        0.8,
        False,
        12.5,
        1,
    )
    assert first.inputs is None
    assert first.key != second.key
    assert "4.0" not in repr([getattr(first, name) for name in ("key", "answered", "places")])
    watcher.saw(asked(run))
    watcher.write()
    assert served()[2].key == first.key


def test_inputs_are_kept_where_the_operator_allows_it(run: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODELWRIGHT_KEEP_INPUTS", "on")
    config_module.config.cache_clear()
    watcher = Watcher()
    watcher.saw(asked(run))
    watcher.write()
    assert served()[0].inputs == {"width_a": "4", "width_b": "-2"}


def test_a_full_disk_loses_the_note_and_not_the_answer(run: int, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any, **__: Any) -> None:
        raise OSError(28, "No space left on device")

    watcher = Watcher()
    with monkeypatch.context() as broken:
        broken.setattr(watching, "session", full)
        watcher.saw(asked(run))
        watcher.write()
        told = predictions.predict_frame(run, flowers(5), {})
    assert len(told) == 5
    assert served() == []
    watcher.saw(asked(run))
    watcher.write()
    assert len(served()) == 1


def test_more_than_can_wait_is_let_go(run: int) -> None:
    watcher = Watcher()
    for _ in range(MOST_WAITING + 5):
        watcher.saw(asked(run))
    assert watcher._waiting.qsize() == MOST_WAITING
    with pytest.raises(queue.Full):
        watcher._waiting.put_nowait(asked(run))


def test_a_run_of_earlier_code_is_answered_and_not_watched(run: int) -> None:
    from core.store import files

    files.run(run).watched.unlink()
    watcher = Watcher()
    watcher.saw(asked(run))
    watcher.write()
    assert len(predictions.predict_frame(run, flowers(5), {})) == 5
    assert served() == []


def test_a_large_file_is_sampled_evenly_and_each_row_stands_for_its_share(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "ROWS_OF_A_FILE", 10)
    taken = [first + place for first in range(0, 95, 20) for place in sampled(first, min(20, 95 - first), 95)[0]]
    assert taken == list(range(0, 95, 10))
    assert sampled(0, 20, 95)[1] == 10


def test_texts_are_grouped_by_meaning_and_what_is_kept_survives_json() -> None:
    import pandas as pd

    from core.data.table import Table
    from core.data.watching import watched

    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {"text": [f"some words of number {n} that differ in every row" for n in range(200)], "id": range(200)}
    )
    given = pd.DataFrame({"label": ["a", "b"] * 100, "score": rng.random(200), "handed": [True] + [False] * 199})
    by = watched(Table(frame, {"text": ("text",)}), {"text": "text"}, given, rng.normal(0, 1, (200, 8)), 1)
    again = Watched.from_json(by.to_json())
    assert list(again.inputs) == ["text (length)"]
    assert sum(again.meanings) == 200
    assert again.groups(np.asarray(again.centres)).tolist() == list(range(len(again.centres)))
    assert again.handed == 0.005
    assert again.places(frame).shape == (200, 1)
