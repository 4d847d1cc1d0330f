"""A model to take away: an archive that predicts without Modelwright, made once for a run and kept beside it."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from core.jobs import portable
from core.scenarios.base import scenario
from core.services import runs
from core.store import files
from core.store.db import session
from core.store.tables import Dataset
from core.version import code_version
from core.words import Language


def onnx_is_possible(run_id: int) -> bool:
    """Whether the run's model has networks to write as ONNX, and the packages for it are here."""
    return portable.is_possible() and _has_networks(runs.get(run_id))


def make(run_id: int, language: Language = "en", *, onnx: bool = False) -> Path:
    """The archive's file, made now unless the same one is there. `language` is what the program speaks unless told
    otherwise; with `onnx` the model's networks are in it as ONNX too, which takes about half a minute more.

    Raises UserError where the run has no complete result, or ONNX is asked for and cannot be.
    """
    run, found, place = runs.get(run_id), runs.results(run_id), files.run(run_id)
    said = json.dumps([code_version(), run.name, place.manifest.stat().st_mtime_ns, onnx])
    path = place.made / f"model-{language}-{hashlib.sha256(said.encode()).hexdigest()[:16]}.zip"
    if path.exists():
        path.touch()
        return path
    from core.takeaway.pack import Parcel, pack

    folder = place.made / f"onnx-{place.manifest.stat().st_mtime_ns}"
    networks = (portable.make(run_id, folder) if _has_networks(run) else []) if onnx else None
    with session() as opened:
        dataset = opened.get(Dataset, run.dataset_id)
    parcel = Parcel(
        name=run.name,
        language=language,
        scenario=scenario(run.scenario),
        roles=run.roles,
        recipe=list(dataset.recipe) if dataset else [],
        results=found,
        facts=runs.facts(run_id),
        model=place.model,
        more={f"onnx/{path.name}": path for path in sorted(folder.iterdir())} if networks else {},
        networks=networks,
    )
    files.tidy(place.made, "model-*.zip")
    with files.atomic(path) as part:
        pack(parcel, part)
    return path


def _has_networks(run: runs.RunView) -> bool:
    model = files.run(run.id).model
    return model.is_dir() and scenario(run.scenario).has_networks(model)


def content(run_id: int, language: Language, onnx: bool = False) -> bytes:
    """The archive itself."""
    return make(run_id, language, onnx=onnx).read_bytes()
