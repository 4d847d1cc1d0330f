"""What earlier runs tell about a new one."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import select

from core.jobs import plans, report
from core.progress import Plan
from core.store import files
from core.store.db import session
from core.store.tables import SUCCEEDED, Run


def plan_of_last_time(run: Run) -> Plan | None:
    """How long each stage took when the same data was last trained in this mode on this device (with another seed,
    say), so that no trial is needed; None where it never was."""
    alike = (Run.scenario, Run.dataset_id, Run.test_dataset_id, Run.device)
    same = [column == getattr(run, column.key) for column in alike]
    with session() as db:
        runs = db.scalars(
            select(Run)
            .where(*same, Run.status == SUCCEEDED, Run.attempt == 1, Run.deleted_at.is_(None))
            .order_by(Run.id.desc())
            .limit(20)
        ).all()
    for past in runs:
        if past.plan and past.settings.get("mode") == run.settings.get("mode"):
            took = report.read(files.run(past.id).progress).stages
            plan = plans.from_json(past.plan)
            known = plans.until_result(plan).stages
            stages = tuple(replace(stage, seconds=took.get(stage.key, stage.seconds)) for stage in known)
            return Plan(stages, past.peak_memory_mb or plan.memory_mb)
    return None
