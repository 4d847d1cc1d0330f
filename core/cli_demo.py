"""`python -m core demo`: the product filled with sample data and finished runs, in a workspace of its own."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

from core.config import ROOT, config
from core.words import Language, Text

FOLDER = ROOT / "demo-workspace"

FILLING = Text(
    "Filling the demo in {home}: the sample data, and a run of each scenario. This takes a few minutes, once.",
    "正在准备演示（{home}）：示例数据，以及每个场景的一次训练。只需几分钟，仅此一次。",
)
SAID = Text("{name}: {headline}", "{name}：{headline}")
ENDED = Text("{name}: it ended without a result.", "{name}：没有得到结果。")
FILLED = Text("The demo is ready ({time} s).", "演示已准备好（{time} 秒）。")


def demo(lang: Language, home: Path | None, *, start: bool) -> int:
    """Fills the folder through the same queue and worker as any training, then becomes the pages' process.

    The folder stands in place of MODELWRIGHT_HOME and of any other database, so that real work is never touched.
    Raises UserError where the folder holds a workspace that is no demo.
    """
    os.environ["MODELWRIGHT_HOME"] = str((home or FOLDER).resolve())
    os.environ.pop("DATABASE_URL", None)
    config.cache_clear()
    from core import cli_house, cli_runs
    from core.jobs.worker import IDLE_SECONDS, ensure_worker
    from core.services import demo as filled
    from core.services import runs
    from core.store.db import migrate

    began = time.monotonic()
    migrate()
    filled.begin()
    print(FILLING.fill(home=config().home).in_(lang), file=sys.stderr, flush=True)
    ids = filled.fill(lang)
    ensure_worker(None if start else IDLE_SECONDS)
    for run_id in ids:
        if not cli_runs.follow(run_id, lang):
            break
        run = runs.get(run_id)
        words = SAID.fill(name=run.name, headline=run.verdict.headline) if run.verdict else ENDED.fill(name=run.name)
        print(words.in_(lang), file=sys.stderr, flush=True)
    print(FILLED.fill(time=round(time.monotonic() - began)).in_(lang), file=sys.stderr, flush=True)
    return cli_house.start(lang) if start else 0
