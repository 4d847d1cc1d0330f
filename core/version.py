"""Which code is running: a worker or model server of other code is replaced when the application starts."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

from core import __version__

SOURCES = Path(__file__).resolve().parent
KINDS = (".py", ".html", ".typ", ".txt")
"""Code, and the templates of reports and archives, which are kept for as long as this stays the same."""


@cache
def code_version() -> str:
    """The version and a short hash of every source file below core/, as it was when this process first asked."""
    digest = hashlib.sha256()
    for path in sorted(path for path in SOURCES.rglob("*") if path.suffix in KINDS):
        digest.update(path.relative_to(SOURCES).as_posix().encode())
        digest.update(path.read_bytes())
    return f"{__version__}+{digest.hexdigest()[:12]}"
