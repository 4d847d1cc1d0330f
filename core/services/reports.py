"""Reports to hand on: made once for a run, a language and a set of figures, and kept beside the run."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from core.scenarios.base import scenario
from core.services import runs
from core.store import files
from core.version import code_version
from core.words import Language

Format = Literal["pdf", "html"]


def make(run_id: int, language: Language, format: Format, assumptions: Mapping[str, Any] | None = None) -> Path:
    """The report's file, made now unless the same one is there. `assumptions` are the user's own figures for the money,
    by key; a missing one counts as its field's default. Raises UserError where the run has no complete result."""
    run, found = runs.get(run_id), runs.results(run_id)
    place, values = files.run(run_id), dict(assumptions or {})
    written = place.manifest.stat().st_mtime_ns
    said = json.dumps([code_version(), run.name, run.note, written, values], sort_keys=True, default=str)
    path = place.made / f"report-{language}-{hashlib.sha256(said.encode()).hexdigest()[:16]}.{format}"
    if path.exists():
        path.touch()
        return path
    from core.report.contents import Subject, contents

    subject = Subject(
        run.id, run.name, run.note, scenario(run.scenario), run.finished_at, run.mode, found, runs.facts(run_id), values
    )
    body = _drawn(contents(subject, language), format)
    files.tidy(place.made, "report-*")
    with files.atomic(path) as part:
        part.write_bytes(body)
    return path


def _drawn(contents: Any, format: Format) -> bytes:
    if format == "pdf":
        from core.report.pdf import pdf

        return pdf(contents)
    from core.report.html import html

    return html(contents).encode("utf-8")


def content(run_id: int, language: Language, format: Format, assumptions: Mapping[str, Any] | None = None) -> bytes:
    """The report itself."""
    return make(run_id, language, format, assumptions).read_bytes()
