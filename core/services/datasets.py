"""The user's tables: brought in once, listed, looked at, repaired into new versions, deleted and brought back."""

from __future__ import annotations

import hashlib
import json
import os
import unicodedata
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

import pandas as pd
from sqlalchemy import String, func, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core.config import ROOT, config
from core.data import recipe
from core.data.how import How
from core.data.meaning import Meaning
from core.data.profile import Profile
from core.data.profile import profile as profile_of
from core.data.reading import read_file
from core.data.recipe import STEPS, Step
from core.scenarios.base import scenarios
from core.services import elsewhere
from core.store import apart, files, frames, trash
from core.store.db import session
from core.store.tables import OPEN, Dataset, Run, now, uses
from core.words import LANGUAGES, Text, UserError

SAMPLES = ROOT / "assets" / "samples"
CHUNK = 1024 * 1024

GONE = Text("This data was not found. It may have been deleted.", "找不到这份数据，可能已被删除。")
IN_USE = Text(
    "“{name}” is being used by run {run}. Wait for it or stop it, then delete the data.",
    "运行 {run} 正在使用“{name}”。请等它完成或先停止它，再删除数据。",
)
TOO_LARGE = Text(
    "“{name}” is larger than {limit} MB. Split it, or take a part of its rows.",
    "“{name}”超过 {limit} MB。请拆分文件，或只取部分行。",
)
NO_SPACE = Text(
    "The disk has only {free} MB left, too little to keep “{name}”. Delete runs or data that you no longer need.",
    "磁盘只剩 {free} MB，放不下“{name}”。请删除不再需要的模型或数据。",
)
MOVED = Text(
    "These changes were made by hand on rows of an earlier version, and the rows have moved since: {what}. Undo that "
    "first, or make the changes again on the rows as they are now.",
    "这些手工修改针对的是较早版本的行，而行的位置之后已改变：{what}。请先撤销该操作，或在当前的行上重新修改。",
)
OTHER_ROWS = Text("it is another table", "已是另一张表")
BY_PLACE = ("set_cells", "drop_rows")
"""The steps that name rows by their places."""
NO_SAMPLE = Text("There is no sample “{name}”.", "没有名为“{name}”的示例数据。")
NO_NAME = Text("Give the data a name.", "请给数据起个名字。")


@dataclass(frozen=True)
class DatasetView:
    """One version of a table. `runs` counts the runs that use it; `deletable` is false while one of them is open."""

    id: str
    name: str
    file_name: str
    rows: int
    columns: int
    bytes: int
    created_at: datetime
    parent_id: str | None
    recipe: tuple[Step, ...]
    notes: tuple[Text, ...]
    sample: str | None
    runs: int
    deletable: bool


@dataclass(frozen=True)
class Added:
    """`known` says that the same bytes were brought in before."""

    dataset: DatasetView
    known: bool


def add(name: str, source: BinaryIO | Path, how: How | None = None, facts: Mapping[str, Any] | None = None) -> Added:
    """Brings a file in: copied to the workspace once, read once (as its owner says in `how`), kept as a table with its
    profile. `facts` are kept with how it was read; their "notes" come before what reading notes.

    Raises UserError where the file cannot be read, is too large, or the disk is nearly full.
    """
    shown = display_name(name)
    if not files.enough_space(_size_hint(source)):
        raise UserError(NO_SPACE.fill(free=files.free_mb(), name=shown))
    with files.incoming() as upload:
        digest, size = _copy(source, upload, shown)
        known = made_before(digest)
        if known is not None:
            return Added(_read_as(known, how), True)
        row = Dataset(
            id=uuid.uuid4().hex, name=_stem(shown)[:200], file_name=shown, sha256=digest, made_of=digest, bytes=size
        )
        view = _keep(row, upload, how, facts or {})
        return Added(view, view.id != row.id)


def add_sample(file_name: str) -> DatasetView:
    """The sample data of this name, brought in at the first use."""
    if not SAMPLES.is_dir() or file_name not in os.listdir(SAMPLES):
        raise UserError(NO_SAMPLE.fill(name=file_name))
    added = add(file_name, SAMPLES / file_name)
    with session() as db:
        row = db.get_one(Dataset, added.dataset.id)
        row.sample = file_name
        if not added.known:
            row.name = _sample_name(file_name) or row.name
    return get(added.dataset.id)


def _sample_name(file_name: str) -> str | None:
    """What people call this sample, in its own language."""
    for known in scenarios().values():
        for language in LANGUAGES:
            if known.sample_title and known.sample.in_(language) == file_name:
                return known.sample_title.in_(language)
    return None


def add_samples() -> None:
    """Puts every scenario's sample data into a workspace that never held any data."""
    with session() as db:
        if db.scalar(select(func.count()).select_from(Dataset)):
            return
    names = [scenario.sample.in_(language) for scenario in scenarios().values() for language in LANGUAGES]
    for name in dict.fromkeys(names):
        add_sample(name)


def listed(search: str = "", *, undone: bool = False) -> list[DatasetView]:
    """Every dataset version that is not deleted, the newest first; `search` looks in names and file names. `undone`:
    also those that were gone back from and of which nothing was made."""
    wanted = select(Dataset).where(Dataset.deleted_at.is_(None))
    if search.strip():
        like = f"%{_escaped(search.strip())}%"
        wanted = wanted.where(or_(Dataset.name.ilike(like, escape="\\"), Dataset.file_name.ilike(like, escape="\\")))
    with session() as db:
        found = list(db.scalars(wanted.order_by(Dataset.created_at.desc(), Dataset.id)))
        left_out = set() if undone else set(_undone(db))
    return _views([row for row in found if row.id not in left_out])


def latest(search: str = "") -> list[DatasetView]:
    """As `listed`, without the versions from which another one was made that is listed too."""
    every = listed()
    parents = {view.parent_id for view in every}
    return [view for view in (listed(search) if search.strip() else every) if view.id not in parents]


def _undone(db: Session) -> dict[str, str | None]:
    """The versions that were gone back from and that no run and no other version needs, with their parents."""
    there = select(Dataset.id, Dataset.parent_id, Dataset.undone).where(Dataset.deleted_at.is_(None))
    rows = db.execute(there).tuples().all()
    if not any(undone for _, _, undone in rows):
        return {}
    needed = {id for id, _, undone in rows if not undone}
    for own, test, extras in db.execute(select(Run.dataset_id, Run.test_dataset_id, Run.extras)).tuples():
        needed |= {own, test, *extras.values()}
    parents = {id: parent for id, parent, _ in rows}
    for id in list(needed):
        above = parents.get(id)
        while above is not None and above not in needed:
            needed.add(above)
            above = parents.get(above)
    return {id: parent for id, parent in parents.items() if id not in needed}


def get(id: str) -> DatasetView:
    """Raises UserError where there is none with this id, or where it is deleted."""
    return _views([_row(id)])[0]


def frame(id: str, columns: list[str] | None = None) -> pd.DataFrame:
    return frames.read_frame(_row(id).id, columns)


def preview(id: str, rows: int = 200) -> pd.DataFrame:
    """The first rows."""
    return frames.read_head(_row(id).id, rows)


def profile(id: str) -> Profile:
    """What the table looks like, computed once."""
    row = _row(id)
    path = files.dataset(row.id).profile
    try:
        return Profile.from_json(files.read_json(path))
    except (OSError, ValueError, KeyError, TypeError):
        found = profile_of(frames.read_frame(id), _meanings(row))
        files.write_json(path, found.to_json())
        return found


def fix(id: str, *added: Step, made_on: str | None = None) -> DatasetView:
    """A new version with one more step (or several) in its recipe; the same repair twice gives the same version.

    `made_on` is the version whose rows the steps speak of, where it is not this one: raises UserError where they may
    not be the same rows any more."""
    parent = _row(id)
    if made_on is not None and made_on != id:
        _refuse_moved(added, made_on, parent)
    steps = [*parent.recipe, *(step.to_json() for step in added)]
    digest = hashlib.sha256(f"{parent.sha256} {json.dumps(steps, sort_keys=True)}".encode()).hexdigest()
    made_of = f"{id} {digest}"
    if known := made_before(made_of):
        return get(known)
    if elsewhere.is_better(parent.rows):
        return get(elsewhere.run("fix", id, [step.to_json() for step in added]))
    changed = recipe.apply(frames.read_frame(id), added)
    row = Dataset(
        id=uuid.uuid4().hex,
        name=parent.name,
        file_name=parent.file_name,
        sha256=digest,
        made_of=made_of,
        bytes=parent.bytes,
        parent_id=id,
        recipe=steps,
        reading=parent.reading,
        sample=parent.sample,
    )
    return store(row, changed)


def _refuse_moved(added: Sequence[Step], made_on: str, row: Dataset) -> None:
    """Raises UserError where steps that name rows by their places would hit others than those they were made on."""
    if not any(step.do in BY_PLACE for step in added):
        return
    while row.id != made_on:
        above = _row(row.parent_id) if row.parent_id else None
        between = [Step.from_json(step) for step in (row.recipe or [])[len(above.recipe or []) :]] if above else []
        moving = [step for step in between if STEPS[step.do].own_rows and step.do != "set_cells"]
        if above is None or moving or not between:
            raise UserError(MOVED.fill(what=recipe.describe(moving[0]) if moving else OTHER_ROWS))
        row = above


def derive(parent_id: str, table: pd.DataFrame, name: str, why: str, facts: Mapping[str, Any]) -> DatasetView:
    """A version with other rows and the parent's recipe; the same parent and `why` give the same version. `facts` are
    kept with how the file was read."""
    parent = _row(parent_id)
    digest = hashlib.sha256(f"{parent.sha256} {why}".encode()).hexdigest()
    made_of = f"{parent_id} {digest}"
    if known := made_before(made_of):
        return get(known)
    row = Dataset(
        id=uuid.uuid4().hex, name=name[:200], file_name=parent.file_name, sha256=digest, made_of=made_of,
        bytes=parent.bytes, parent_id=parent_id, recipe=list(parent.recipe), reading={**(parent.reading or {}), **facts},
    )  # fmt: skip
    return store(row, table)


def made_before(made_of: str) -> str | None:
    """The id of the version that the same work made before; one that was deleted or undone but is still there comes
    back."""
    with session() as db:
        id = db.scalar(select(Dataset.id).where(Dataset.made_of == made_of))
    if id is None:
        return None
    there = files.dataset(id).table.exists()
    same = update(Dataset).where(Dataset.id == id, Dataset.made_of == made_of)
    with session() as db:
        if not there:
            db.execute(same.values(made_of=None))
            return None
        back = same.values(deleted_at=None, undone=False).returning(Dataset.parent_id)
        found = db.execute(back).first()
        if found and found.parent_id:
            point(db, found.parent_id, id)
    return id if found else None


def point(db: Session, parent_id: str, id: str) -> None:
    """Has `redo` lead from the parent to this version."""
    db.execute(update(Dataset).where(Dataset.id == parent_id).values(forward_id=id))


def family(id: str) -> set[str]:
    """This version and all that come from the same file, by way of repairs or of rows added."""
    with session() as db:
        parents = dict(db.execute(select(Dataset.id, Dataset.parent_id)).tuples().all())
    roots = {one: _root(one, parents) for one in parents}
    return {one for one, root in roots.items() if root == roots.get(id, id)} | {id}


def first(id: str) -> str:
    """The version that the file was read into, of which this one was made."""
    with session() as db:
        return _root(id, dict(db.execute(select(Dataset.id, Dataset.parent_id)).tuples().all()))


def _root(id: str, parents: Mapping[str, str | None]) -> str:
    while (parent := parents.get(id)) is not None:
        id = parent
    return id


def rename(id: str, name: str) -> None:
    wanted = shown_name(name, 200)
    if not name.strip():
        raise UserError(NO_NAME)
    with session() as db:
        db.get_one(Dataset, _row(id).id).name = wanted


def delete(id: str) -> None:
    """Hidden at once, gone after `keep_deleted_hours`; undone versions of it go along. Raises UserError while an open
    run uses it."""
    row = _row(id)
    with session() as db:
        undone = _undone(db)
    below = [one for one in undone if _descends(one, id, undone)]
    with session() as db:
        db.execute(update(Dataset).where(Dataset.id.in_([id, *below])).values(deleted_at=now()))
        user = db.scalar(select(Run.id).where(uses(id), Run.status.in_(OPEN), Run.deleted_at.is_(None)).limit(1))
        if user is not None:
            raise UserError(IN_USE.fill(name=row.name, run=user))


def _descends(id: str, from_id: str, parents: Mapping[str, str | None]) -> bool:
    above = parents.get(id)
    while above is not None and above != from_id:
        above = parents.get(above)
    return above == from_id


def restore(id: str) -> None:
    """Brings a deleted version back. Raises UserError when it is gone for good."""
    if not files.dataset(id).table.exists():
        raise UserError(GONE)
    back = update(Dataset).where(Dataset.id == id).values(deleted_at=None).returning(Dataset.id)
    with session() as db:
        if db.scalar(back) is None:
            raise UserError(GONE)


purge = trash.purge


def display_name(name: str, length: int = 255) -> str:
    """The user's name for a file without folders, control characters and direction marks: for the eye only."""
    return shown_name(str(name).replace("\\", "/").rsplit("/", 1)[-1], length) or "data"


def shown_name(name: str, length: int) -> str:
    """A name that the user gave without control characters and direction marks, on one line; "" where nothing is left."""
    letters = unicodedata.normalize("NFC", str(name))
    visible = "".join(letter for letter in letters if unicodedata.category(letter)[0] != "C" or letter.isspace())
    return " ".join(visible.split())[:length].strip()


def _size_hint(source: BinaryIO | Path) -> float:
    if isinstance(source, Path):
        try:
            return source.stat().st_size / CHUNK
        except OSError:
            return 0
    return float(getattr(source, "size", 0) or 0) / CHUNK


def _copy(source: BinaryIO | Path, target: Path, name: str) -> tuple[str, int]:
    """Streams the bytes to disk once; their SHA-256 and number."""
    digest, size, limit = hashlib.sha256(), 0, config().max_upload_mb
    opened = source.open("rb") if isinstance(source, Path) else source
    try:
        with target.open("wb") as written:
            while chunk := opened.read(CHUNK):
                size += len(chunk)
                if size > limit * CHUNK:
                    raise UserError(TOO_LARGE.fill(name=name, limit=limit))
                digest.update(chunk)
                written.write(chunk)
    finally:
        if isinstance(source, Path):
            opened.close()
    return digest.hexdigest(), size


def _read_as(id: str, how: How | None) -> DatasetView:
    """The dataset, read again where its owner says another way than it was read in."""
    from core.services import rereading

    return get(id) if how is None or how == rereading.told(id).how else rereading.read_again(id, how)


def _stem(name: str) -> str:
    return name.removesuffix(".gz").rsplit(".", 1)[0] or name


def _keep(row: Dataset, upload: Path, how: How | None, facts: Mapping[str, Any]) -> DatasetView:
    """A large file is read in a process of its own."""
    place = files.dataset(row.id)
    place.folder.mkdir(parents=True, exist_ok=True)
    try:
        if row.bytes > apart.LARGE:
            told = apart.read_apart(upload, row.file_name, place.folder, how)
            row.reading, row.rows, row.columns = _and(told["reading"], facts), told["rows"], told["columns"]
            os.replace(upload, place.original)
            return _enter(row)
        reading = read_file(upload, row.file_name, how)
        row.reading = _and(reading.facts(), facts)
        os.replace(upload, place.original)
    except BaseException:
        files.remove(place.folder)
        raise
    return store(row, reading.frame)


def _and(reading: Mapping[str, Any], facts: Mapping[str, Any]) -> dict[str, Any]:
    return {**reading, **facts, "notes": [*facts.get("notes", ()), *reading.get("notes", ())]}


def store(row: Dataset, table: pd.DataFrame) -> DatasetView:
    """Table and profile first, the row last: what is listed is whole."""
    place = files.dataset(row.id)
    try:
        frames.write_frame(place.table, table)
        files.write_json(place.profile, profile_of(table, _meanings(row)).to_json())
        row.rows, row.columns = table.shape
        return _enter(row)
    except BaseException:
        files.remove(place.folder)
        raise


def _enter(row: Dataset) -> DatasetView:
    """Lists the version whose files are written, or the same one that somebody else listed meanwhile."""
    try:
        with session() as db:
            db.add(row)
            db.flush()
            if row.parent_id:
                point(db, row.parent_id, row.id)
    except IntegrityError:
        same = made_before(row.made_of) if row.made_of else None
        if same is None:
            raise
        files.remove(files.dataset(row.id).folder)
        return get(same)
    return get(row.id)


def _meanings(row: Dataset) -> dict[str, Meaning]:
    told = (row.reading or {}).get("meanings", {})
    return {name: Meaning.from_json(meaning) for name, meaning in told.items()}


def _row(id: str) -> Dataset:
    with session() as db:
        row = db.get(Dataset, id)
    if row is None or row.deleted_at is not None:
        raise UserError(GONE)
    return row


def _views(rows: list[Dataset]) -> list[DatasetView]:
    used, busy = _use_counts([row.id for row in rows])
    return [
        DatasetView(
            **{key: getattr(row, key) for key in ("id", "name", "file_name", "rows", "columns", "bytes", "created_at")},
            parent_id=row.parent_id,
            recipe=tuple(Step.from_json(step) for step in row.recipe or ()),
            notes=tuple(Text.from_json(note) for note in (row.reading or {}).get("notes", ())),
            sample=row.sample,
            runs=used.get(row.id, 0),
            deletable=row.id not in busy,
        )
        for row in rows
    ]


def _use_counts(ids: list[str]) -> tuple[dict[str, int], set[str]]:
    """How many runs use each dataset for training, as a test or as a further table, and which are in use by an open run."""
    used: dict[str, int] = {}
    busy: set[str] = set()
    if not ids:
        return used, busy
    with session() as db:
        for column in (Run.dataset_id, Run.test_dataset_id):
            is_open = Run.status.in_(OPEN)
            counted = select(column, is_open, func.count()).where(column.in_(ids), Run.deleted_at.is_(None))
            for id, running, count in db.execute(counted.group_by(column, is_open)).tuples():
                if id is None:
                    continue
                used[id] = used.get(id, 0) + count
                busy |= {id} if running else set()
        with_more = select(Run.extras, Run.status).where(Run.extras.cast(String) != "{}", Run.deleted_at.is_(None))
        for extras, status in db.execute(with_more).tuples():
            for id in set(extras.values()) & set(ids):
                used[id] = used.get(id, 0) + 1
                busy |= {id} if status in OPEN else set()
    return used, busy


def _escaped(search: str) -> str:
    return search.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
