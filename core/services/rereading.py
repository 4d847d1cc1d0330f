"""How a file was read, told to its owner, tried in another way, and read again as the owner says."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import uuid
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from sqlalchemy import select

from core.data.exports import write_table
from core.data.how import How
from core.data.meaning import Meaning
from core.data.profile import profile
from core.data.reading import Reading, read_file
from core.services import datasets, elsewhere
from core.store import files, frames
from core.store.db import session
from core.store.tables import Dataset, Run, uses

BEGINNING = 50


@dataclass(frozen=True)
class Told:
    """How the file of a dataset was read. `how` is None for files read before this was kept. `is_file` is false for a
    repaired version, whose file is read again at its first version, `first`."""

    how: How | None
    odd_rows: int
    sheets: tuple[str, ...]
    meanings: dict[str, Meaning]
    is_file: bool
    first: str


def told(id: str) -> Told:
    datasets.get(id)
    with session() as db:
        row = db.get_one(Dataset, id)
    said, first = row.reading or {}, datasets.first(id)
    return Told(
        How.from_json(said["how"]) if "how" in said else None,
        int(said.get("odd_rows", 0)),
        tuple(said.get("sheets", ())),
        {name: Meaning.from_json(meaning) for name, meaning in said.get("meanings", {}).items()},
        first == id,
        first,
    )


def tried(id: str, how: How) -> Reading:
    """The beginning of the file read in this way, nothing kept. Raises UserError where that gives no table."""
    view = datasets.get(id)
    found = read_file(files.dataset(id).original, view.file_name, how, preview=True)
    return found.head(BEGINNING)


def read_again(id: str, how: How) -> datasets.DatasetView:
    """The file read in this way: in the place of the table, or as a table of its own where runs or repaired versions
    were made from this one. Raises UserError where it gives no table."""
    view = datasets.get(id)
    if elsewhere.is_better(view.rows):
        return datasets.get(elsewhere.run("read_again", id, how.to_json()))
    original = files.dataset(id).original
    found = read_file(original, view.file_name, how)
    with session() as db:
        used = db.scalar(select(Run.id).where(uses(id)).limit(1))
        versions = db.scalar(select(Dataset.id).where(Dataset.parent_id == id).limit(1))
        digest = db.get_one(Dataset, id).sha256
    if used is None and versions is None:
        frames.write_frame(files.dataset(id).table, found.frame)
        files.write_json(files.dataset(id).profile, profile(found.frame, found.meanings).to_json())
        with session() as db:
            row = db.get_one(Dataset, id)
            row.reading, row.rows, row.columns = found.facts(), *found.frame.shape
        return datasets.get(id)
    other_digest = hashlib.sha256(f"{digest} {json.dumps(how.to_json(), sort_keys=True)}".encode()).hexdigest()
    if known := datasets.made_before(other_digest):
        return datasets.get(known)
    other = Dataset(
        id=uuid.uuid4().hex,
        name=view.name,
        file_name=view.file_name,
        sha256=other_digest,
        made_of=other_digest,
        bytes=view.bytes,
        reading=found.facts(),
    )
    kept = files.dataset(other.id).original
    kept.parent.mkdir(parents=True, exist_ok=True)
    with suppress(OSError):
        os.link(original, kept)
    if not kept.exists():
        shutil.copyfile(original, kept)
    return datasets.store(other, found.frame)


def set_aside(id: str) -> bytes:
    """The rows that did not fit, as they were, with their lines, as a CSV that a spreadsheet opens safely."""
    with files.incoming() as target:
        if elsewhere.is_better(datasets.get(id).rows):
            elsewhere.run("set_aside", id, str(target))
        else:
            write_set_aside(id, target)
        return target.read_bytes()


def write_set_aside(id: str, target: Path) -> None:
    known = told(id)
    first = datasets.get(known.first)
    found = read_file(files.dataset(first.id).original, first.file_name, told(first.id).how)
    write_table(_with_lines(found), target, "csv")


def _with_lines(found: Reading) -> pd.DataFrame:
    lines = pd.Series(found.lines, dtype="Int64")
    return pd.DataFrame({"line": lines, "row": pd.Series(found.set_aside, dtype="str")})
