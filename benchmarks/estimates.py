"""How near the time told before a training is to the time it took.

    MODELWRIGHT_HOME=empty-folder python -m benchmarks.estimates

Trains the samples in both languages through the queue, each with the estimate of its own short trial: Quick on each, then Standard on the reviews and
the loans. Prints estimate, actual and their ratio per run, then how many lie within 30% and how many are off by more than
two times. Run it on a quiet machine: what else runs there takes time that no estimate can know of.
"""

from __future__ import annotations

import time

from core.jobs.worker import IDLE_SECONDS, ensure_worker
from core.scenarios.base import scenario, scenarios
from core.services import datasets, runs
from core.services.runs import Request
from core.store.db import migrate
from core.store.tables import CANCELLED, FAILED, SUCCEEDED
from core.words import LANGUAGES

STANDARD = ("sentiment", "credit_risk")
NEAR, FAR = 0.3, 2.0
POLL_SECONDS = 1.0


def main() -> None:
    migrate()
    samples = {
        (key, language): datasets.add_sample(kind.sample.in_(language)).id
        for key, kind in scenarios().items()
        for language in LANGUAGES
    }
    asked = [(key, data, "quick") for (key, _), data in samples.items()]
    asked += [(key, samples[key, "en"], "standard") for key in STANDARD if scenario(key).modes.get("standard")]
    print(f"{'scenario':<18}{'mode':<10}{'told':>8}{'took':>8}{'ratio':>8}")
    ratios = [ratio for one in asked if (ratio := _trained(*one)) is not None]
    near = sum(1 - NEAR <= ratio <= 1 + NEAR for ratio in ratios)
    far = sum(ratio > FAR or ratio < 1 / FAR for ratio in ratios)
    print(
        f"within {NEAR:.0%}: {near} of {len(ratios)}; over {FAR:g} times off: {far}; failed: {len(asked) - len(ratios)}"
    )


def _trained(key: str, data: str, mode: str) -> float | None:
    """Actual over estimated seconds of one run; None where it did not end well."""
    roles = runs.guess(key, data)
    request = Request(key, data, roles, {**runs.suggest(key, data, roles), "mode": mode})
    id = runs.launch(request)
    ensure_worker(IDLE_SECONDS)
    while (run := runs.get(id)).status not in (SUCCEEDED, FAILED, CANCELLED):
        time.sleep(POLL_SECONDS)
    if run.status != SUCCEEDED or not run.seconds_estimated or not run.seconds_total:
        print(f"{key:<18}{mode:<10}{run.status}")
        return None
    ratio = run.seconds_total / run.seconds_estimated
    print(f"{key:<18}{mode:<10}{run.seconds_estimated:>6.0f} s{run.seconds_total:>6.0f} s{ratio:>8.2f}", flush=True)
    return ratio


if __name__ == "__main__":
    main()
