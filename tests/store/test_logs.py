"""Logs of long-lived processes end somewhere."""

from __future__ import annotations

import subprocess
import sys

from core.config import ROOT
from core.store import files, processes

TALKS = """
import logging, os, sys
from core.store import logs
logs.LARGEST_BYTES = 20_000
logs.begin("worker")
for number in range(2000):
    try:
        raise OSError("no database")
    except OSError:
        logging.exception("round %d", number)
os.write(2, b"last words of a library")
"""


def test_a_process_that_complains_for_ever_fills_no_disk_and_its_last_words_are_kept() -> None:
    path = files.process_log("worker")
    with path.open("ab") as output:
        subprocess.run(
            [sys.executable, "-c", TALKS],
            cwd=ROOT,
            env=processes.environment(),
            stdout=output,
            stderr=output,
            check=True,
        )
    kept = sorted(path.parent.iterdir())
    assert [one.name for one in kept] == ["worker.log", "worker.log.1", "worker.log.2"]
    assert sum(one.stat().st_size for one in kept) < 70_000
    said = path.read_text()
    assert "round 1999" in said
    assert said.endswith("last words of a library")


def test_in_a_terminal_or_a_container_it_talks_to_who_started_it() -> None:
    code = "import logging; from core.store import logs; logs.begin('worker'); logging.info('here I am')"
    found = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=processes.environment(), capture_output=True, text=True, check=True
    )
    assert "here I am" in found.stderr
    assert not files.process_log("worker").exists()
