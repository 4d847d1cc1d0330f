"""Reads a large file in a process of its own, so that its memory goes back to the machine when it is done, and so that
a fault of a reader's native code ends that process and no other.

Run as `python -m core.store.apart FILE FOLDER` with the file's name, and how to read it, as JSON on standard input.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from core.data.how import How
from core.data.profile import profile
from core.data.reading import read_file
from core.data.refusals import MixedEncodings, damaged
from core.store import children, files, frames
from core.words import Text, UserError

LARGE = 20 * files.MEGABYTE
REFUSED, MIXED = 3, 4
_TABLE, _PROFILE, _FACTS, _REFUSAL = "table.parquet", "profile.json", "facts.json", "refusal.json"


def read_apart(upload: Path, name: str, folder: Path, how: How | None = None) -> dict[str, Any]:
    """Writes table.parquet and profile.json into the folder; {"reading", "rows", "columns"} of what was read.

    Raises UserError where the file is refused, or where reading ended the process (a damaged file, too little memory).
    """
    folder.mkdir(parents=True, exist_ok=True)
    asked = {"name": name, "how": how.to_json() if how else None}
    ended, _ = children.run(["core.store.apart", str(upload), str(folder)], json.dumps(asked))
    if ended in (REFUSED, MIXED):
        kind = MixedEncodings if ended == MIXED else UserError
        raise kind(Text.from_json(_taken(folder / _REFUSAL)))
    if ended:
        raise damaged(name)
    facts: dict[str, Any] = _taken(folder / _FACTS)
    return facts


def _taken(path: Path) -> Any:
    value = files.read_json(path)
    path.unlink()
    return value


def main() -> int:
    upload, folder = map(Path, sys.argv[1:3])
    try:
        asked = json.load(sys.stdin)
        found = read_file(upload, asked["name"], How.from_json(asked["how"]) if asked["how"] else None)
    except UserError as error:
        files.write_json(folder / _REFUSAL, error.text.to_json())
        return MIXED if isinstance(error, MixedEncodings) else REFUSED
    frames.write_frame(folder / _TABLE, found.frame)
    files.write_json(folder / _PROFILE, profile(found.frame, found.meanings).to_json())
    rows, columns = found.frame.shape
    (folder / _FACTS).write_text(
        json.dumps({"reading": found.facts(), "rows": rows, "columns": columns}, ensure_ascii=False), encoding="utf-8"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
