"""A finished run of the toy scenario, put into the workspace without training it through the queue."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pandas as pd

from core.data.recipe import Step
from core.data.table import Table
from core.progress import Silent
from core.store import files
from core.store.db import migrate, session
from core.store.frames import write_frame
from core.store.tables import SUCCEEDED, Dataset, Run
from tests.toy import SCENARIO, ToySettings, flowers

ROLES = {"measures": ("width_a", "width_b"), "label": ("kind",)}


def finished_run(recipe: Sequence[Step] = (), status: str = SUCCEEDED) -> int:
    """The id of a new run whose model is complete on disk."""
    migrate()
    frame = flowers()
    with session() as opened:
        number = opened.query(Dataset).count()
        dataset = Dataset(
            id=f"{number:032x}", name="flowers", file_name="flowers.csv", sha256=f"{number:064x}", bytes=1,
            rows=len(frame), columns=frame.shape[1], recipe=[step.to_json() for step in recipe],
        )  # fmt: skip
        opened.add(dataset)
        opened.flush()
        roles = {key: list(names) for key, names in ROLES.items()}
        run = Run(
            name="flowers", scenario="toy", dataset_id=dataset.id, roles=roles, settings={}, request_key=str(number)
        )
        run.status = status
        opened.add(run)
        opened.flush()
        run_id, dataset_id = run.id, dataset.id
    write_frame(files.dataset(dataset_id).table, frame)
    write_model(run_id, frame)
    return run_id


def write_model(run_id: int, frame: pd.DataFrame) -> None:
    place = files.run(run_id)
    place.model.mkdir(parents=True)
    model = SCENARIO.fit(Table(frame, ROLES), ToySettings(), Silent(place.checkpoints))
    SCENARIO.save(model, place.model)
    for path in (place.results, place.facts, place.settings):
        path.write_text(json.dumps({"details": {"columns": ["width_a", "width_b"]}} if path == place.results else {}))
    write_frame(place.rows, frame)
    files.write_manifest(place)
