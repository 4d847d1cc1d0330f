"""The only place that knows disk paths. Every path is made of identifiers that the house itself gave."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.config import config

MEGABYTE = 1024 * 1024
MIN_FREE_MB = 500
"""Below this much free disk no run is started."""

KEPT_SECONDS = 3600
"""How long a file that can be made again is kept after somebody asked for it."""

_ID = re.compile(r"[0-9a-f]{32}|[1-9][0-9]{0,17}")
_NAME = re.compile(r"[a-z][a-z0-9-]{0,40}")


@dataclass(frozen=True)
class DatasetFiles:
    folder: Path

    @property
    def original(self) -> Path:
        return self.folder / "original"

    @property
    def table(self) -> Path:
        return self.folder / "table.parquet"

    @property
    def profile(self) -> Path:
        return self.folder / "profile.json"


@dataclass(frozen=True)
class RunFiles:
    folder: Path

    @property
    def settings(self) -> Path:
        return self.folder / "settings.json"

    @property
    def progress(self) -> Path:
        return self.folder / "progress.jsonl"

    @property
    def log(self) -> Path:
        return self.folder / "log.txt"

    @property
    def results(self) -> Path:
        return self.folder / "results.json"

    @property
    def rows(self) -> Path:
        return self.folder / "rows.parquet"

    @property
    def sides(self) -> Path:
        """Which rows were learned from and which held out."""
        return self.folder / "sides.parquet"

    @property
    def second_look(self) -> Path:
        return self.folder / "second_look.json"

    @property
    def look_progress(self) -> Path:
        return self.folder / "second_look.jsonl"

    @property
    def learned(self) -> Path:
        """What the second look needs of the fit beside the model, until it has been made."""
        return self.folder / "learned"

    @property
    def facts(self) -> Path:
        return self.folder / "facts.json"

    @property
    def watched(self) -> Path:
        """What the live model's inputs and answers are compared with."""
        return self.folder / "watched.json"

    @property
    def checkpoints(self) -> Path:
        return self.folder / "checkpoints"

    @property
    def model(self) -> Path:
        return self.folder / "model"

    @property
    def half_model(self) -> Path:
        """Where a model is written before it is whole."""
        return self.folder / "model.part"

    @property
    def manifest(self) -> Path:
        return self.folder / "manifest.json"

    @property
    def made(self) -> Path:
        """What was made from the run for people to take along; can be made again at any time."""
        return self.folder / "made"


@dataclass(frozen=True)
class BatchFiles:
    folder: Path

    @property
    def original(self) -> Path:
        return self.folder / "original"

    @property
    def table(self) -> Path:
        return self.folder / "table.parquet"

    def result(self, ending: str) -> Path:
        """The finished file in one of the formats parquet, csv and xlsx."""
        if ending not in ("parquet", "csv", "xlsx"):
            raise ValueError(ending)
        return self.folder / f"result.{ending}"


def home() -> Path:
    return _made(config().home)


def dataset(id: str) -> DatasetFiles:
    return DatasetFiles(_under("datasets", id))


def run(id: int) -> RunFiles:
    return RunFiles(_under("runs", id))


def batch(id: str) -> BatchFiles:
    return BatchFiles(_under("batches", id))


def lock(name: str) -> Path:
    """A lock file, for instance "worker" or "device-0"."""
    return _made(home() / "locks") / f"{_checked(name)}.lock"


def state(name: str) -> Path:
    """What a long-lived process says about itself."""
    return _made(home() / "locks") / f"{_checked(name)}.json"


def process_log(name: str) -> Path:
    return _made(home() / "logs") / f"{_checked(name)}.log"


def is_identifier(name: str) -> bool:
    """Whether the house itself may have given a folder this name."""
    return _ID.fullmatch(name) is not None


def _checked(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise ValueError(f"not a name of the house: {name!r}")
    return name


def _under(kind: str, id: str | int) -> Path:
    if not _ID.fullmatch(str(id)):
        raise ValueError(f"not an identifier: {id!r}")
    return home() / kind / str(id)


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@contextmanager
def atomic(path: Path, mode: int = 0o644) -> Iterator[Path]:
    """A temporary path beside `path` that takes its place when all went well, and is gone when not; nobody but its
    owner reads it before."""
    _made(path.parent)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    os.close(handle)
    part = Path(name)
    try:
        yield part
        with part.open("rb") as written:
            os.fsync(written.fileno())
        os.chmod(part, mode)
        os.replace(part, path)
        _to_disk(path.parent)
    finally:
        part.unlink(missing_ok=True)


def _to_disk(path: Path) -> None:
    """What was written of a file, or which names a folder holds, outlives a power cut from now on."""
    opened = os.open(path, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def write_json(path: Path, value: Any) -> None:
    """Written whole or not at all. Raises ValueError for NaN and infinity."""
    body = json.dumps(value, ensure_ascii=False, allow_nan=False)
    with atomic(path) as part:
        part.write_text(body, encoding="utf-8")


def read_json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


@contextmanager
def incoming() -> Iterator[Path]:
    """A place for an upload before it is known what it is."""
    handle, name = tempfile.mkstemp(dir=_made(home() / "incoming"))
    os.close(handle)
    try:
        yield Path(name)
    finally:
        Path(name).unlink(missing_ok=True)


def remove(folder: Path) -> None:
    """The folder and all in it, if it is there. Only folders of the workspace, by their names: where an operator has
    put `runs` or another of its folders on another disk, they are still ours."""
    named = Path(os.path.abspath(folder))
    if home() not in named.parents:
        raise ValueError(f"not inside the workspace: {folder}")
    if named.is_symlink():
        named.unlink()
    shutil.rmtree(named, ignore_errors=True)


def tidy(folder: Path, pattern: str) -> None:
    """Removes the files that nobody has asked for in the last hour; a fresh one may be on its way to somebody."""
    for old in folder.glob(pattern):
        with suppress(FileNotFoundError):
            if time.time() - old.stat().st_mtime > KEPT_SECONDS:
                old.unlink()


def write_manifest(files: RunFiles) -> None:
    """Sizes and SHA-256 of all that makes the run's result: written last and after all of that has reached the disk, so
    its presence means complete, also after a power cut."""
    parts = [files.results, files.rows, files.facts, files.settings, *sorted(files.model.rglob("*"))]
    listed = {
        str(path.relative_to(files.folder)): {"bytes": path.stat().st_size, "sha256": sha256(path)}
        for path in parts
        if path.is_file()
    }
    for name in listed:
        _to_disk(files.folder / name)
    for folder in {(files.folder / name).parent for name in listed}:
        _to_disk(folder)
    write_json(files.manifest, {"files": listed})


def is_complete(files: RunFiles, *, thorough: bool = False) -> bool:
    """Whether the manifest is there and every file in it has its size (and, when thorough, its SHA-256). The second look,
    which earlier code listed too, may be made anew."""
    try:
        listed = read_json(files.manifest)["files"]
        return all(
            (files.folder / name).stat().st_size == said["bytes"]
            and (not thorough or sha256(files.folder / name) == said["sha256"])
            for name, said in listed.items()
            if files.folder / name != files.second_look
        )
    except (OSError, ValueError, KeyError):
        return False


def sha256(path: Path) -> str:
    with path.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def size(folder: Path) -> int:
    """Bytes of all files below the folder."""
    total = 0
    for path in folder.rglob("*"):
        try:
            total += path.lstat().st_size if path.is_file() else 0
        except OSError:
            continue
    return total


def free_mb() -> int:
    return shutil.disk_usage(home()).free // MEGABYTE


def enough_space(needed_mb: float) -> bool:
    """Whether the workspace's disk has room for this much, and stays usable afterwards."""
    return free_mb() >= needed_mb + MIN_FREE_MB


def tail(path: Path, lines: int, block: int = 256 * 1024) -> str:
    """The last lines of a text file, read from its end; "" where there is none."""
    try:
        with path.open("rb") as opened:
            opened.seek(max(0, path.stat().st_size - block))
            return "\n".join(opened.read().decode("utf-8", "replace").splitlines()[-lines:])
    except FileNotFoundError:
        return ""
