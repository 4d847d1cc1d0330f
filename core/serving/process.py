"""The model server as a process: where it listens, starting it, replacing one of other code, ending it."""

from __future__ import annotations

import json
import os
import secrets
import time
from dataclasses import asdict, dataclass

from core.store import files, processes
from core.version import code_version

NAME = "server"
ADDRESS_VARIABLE = "MODELWRIGHT_SERVER"
TOKEN_VARIABLE = "MODELWRIGHT_SERVER_TOKEN"  # noqa: S105
HOST_VARIABLE = "MODELWRIGHT_SERVER_HOST"
PORT_VARIABLE = "MODELWRIGHT_SERVER_PORT"


@dataclass(frozen=True)
class Announcement:
    """What a server leaves in the workspace: where it listens, and the word that opens it."""

    pid: int
    version: str
    started: str
    host: str
    port: int
    token: str

    def is_alive(self) -> bool:
        return processes.is_alive(self.pid, self.started)


@dataclass(frozen=True)
class Place:
    url: str
    token: str


def announcement(host: str, port: int) -> Announcement:
    """This process as the model server, with a fresh token."""
    token = os.environ.get(TOKEN_VARIABLE) or secrets.token_urlsafe(32)
    return Announcement(os.getpid(), code_version(), processes.birth(os.getpid()), host, port, token)


def announce(said: Announcement) -> None:
    """Tells the other processes of this workspace; only the workspace's owner can read it."""
    path = files.state(NAME)
    part = path.with_name(f".{path.name}.{said.pid}")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as opened:
        json.dump(asdict(said), opened)
    os.replace(part, path)


def withdraw(said: Announcement) -> None:
    """Takes the announcement back, unless another server has announced itself since."""
    if announced() == said:
        files.state(NAME).unlink(missing_ok=True)


def announced() -> Announcement | None:
    """The last announcement of this workspace, whether its process still lives or not."""
    try:
        return Announcement(**files.read_json(files.state(NAME)))
    except (OSError, ValueError, TypeError):
        return None


def find() -> Place | None:
    """Where to ask: `MODELWRIGHT_SERVER` where an operator set it, else what the workspace's server announced."""
    said, url = announced(), os.environ.get(ADDRESS_VARIABLE)
    if url:
        return Place(url.rstrip("/"), os.environ.get(TOKEN_VARIABLE) or (said.token if said else ""))
    return Place(f"http://{said.host}:{said.port}", said.token) if said else None


def is_elsewhere() -> bool:
    """Whether an operator runs the model server, so that nobody here starts or ends one."""
    return bool(os.environ.get(ADDRESS_VARIABLE))


def ensure_server(*, replace: bool = False) -> bool:
    """Starts a model server, detached, where none lives. `replace` first ends one that runs other code.

    Returns whether one was started.
    """
    if is_elsewhere():
        return False
    said = announced()
    if said and said.is_alive():
        if not replace or said.version == code_version():
            return False
        stop_server()
    elif processes.is_locked(NAME):
        return False
    processes.start_detached("core.serving.server", [], log=NAME)
    return True


def stop_server() -> bool:
    """Ends this workspace's model server, gently and then firmly. Returns whether there was one."""
    return processes.terminate(NAME)


def wait_until_up(seconds: float = 30.0) -> bool:
    """Whether a living server has announced itself within this time."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        said = announced()
        if is_elsewhere() or (said and said.is_alive()):
            return True
        time.sleep(0.1)
    return False
