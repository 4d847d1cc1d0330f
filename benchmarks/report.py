"""How long a report takes, and the archive of a model, for each kind of run in a workspace.

    python -m benchmarks.report

For the newest finished run of every scenario: seconds of processor time and of the clock from the click to the file, with
nothing kept from before, and the file's size. The first line of a process pays for loading the libraries.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from core.scenarios.base import scenarios
from core.services import reports, runs, takeaway
from core.store import files
from core.words import LANGUAGES


def measured(make: Callable[[], Path]) -> str:
    clock, processor = time.perf_counter(), time.process_time()
    size = make().stat().st_size
    return f"{time.perf_counter() - clock:6.1f} s  {time.process_time() - processor:6.1f} s  {size / 1024:8,.0f} KB"


def main() -> None:
    print(f"{'scenario':<18}{'what':<12}{'clock':>8}{'processor':>11}{'size':>12}")
    for key in scenarios():
        done = next((run.id for run in runs.listed(scenario=key) if run.status == "succeeded"), None)
        if done is None:
            continue
        files.remove(files.run(done).made)
        for format in ("pdf", "html"):
            for language in LANGUAGES:
                said = measured(partial(reports.make, done, language, format))
                print(f"{key:<18}{format + ' ' + language:<12}{said}")
        print(f"{key:<18}{'zip':<12}{measured(partial(takeaway.make, done))}")


if __name__ == "__main__":
    main()
