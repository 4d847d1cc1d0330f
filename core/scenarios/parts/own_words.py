"""Answers in the bot's own words: offered where a language model can write them, off unless chosen, and always checked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from core.cards import Card, Facts
from core.dashboards.handover_cards import ALONE
from core.data.profile import Profile, detect_language
from core.data.table import Roles
from core.fields import Field
from core.progress import Report
from core.scenarios.base import Answer
from core.words import Text, same

if TYPE_CHECKING:
    from core.learning.retrieval.bot import Bot
    from core.learning.retrieval.writing import Rewriter

REWORD = Field(
    "reword",
    Text("Let a small language model put answers into its own words", "让小型语言模型换个说法来回答"),
    "toggle",
    help=Text(
        "It may only rephrase the stored answer. What it writes is checked against that: every number, name and condition must stay. At any doubt the stored answer is given. Each new answer takes several seconds more.",
        "它只能改写已有的答案。写出的内容会与原答案逐项核对：数字、名称和条件都不能变。只要有疑问，就给出原答案。每个新答案要多等几秒。",
    ),
    default=False,
)
USE_IT = Field(
    "own_words", Text("Answers in its own words", "换个说法回答"), "toggle",
    help=Text("Off: every answer word for word as it is stored.", "关闭后，所有答案一律照原文给出。"), default=True,
)  # fmt: skip
NONE_PASSED = Text(
    "Answers are given word for word: of {n} stored answers that {model} put into other words, none passed the check.",
    "回答一律照原文给出：{model} 试着改写了 {n} 个已有答案，没有一个通过核对。",
)
ASKED, DIFFERENT = 200, 8
"""Held-out questions whose answers are reworded to count how often that passes, and different answers among them."""
SECONDS_TO_COUNT = 30.0
DOUBTS = {
    "time": Text("it was too long or took too long", "原文太长，或写得太慢"),
    "figures": Text("a number, an amount or a date differed", "数字、金额或日期不一致"),
    "conditions": Text("a condition or a promise differed", "条件或承诺不一致"),
    "names": Text("a name differed", "名称不一致"),
    "marks": Text("a placeholder or a link differed", "占位符或链接不一致"),
    "words": Text("too much was new or missing", "新增或遗漏的内容过多"),
    "meaning": Text("it did not mean the same", "意思不一致"),
    "length": Text("it was much shorter or longer", "长短相差太大"),
    "form": Text("it was in another form", "格式不对"),
    "empty": Text("it wrote nothing", "什么也没写"),
}


@dataclass
class OwnWords:
    """What rewords answers. Out of its `folder` it is read once the first answer is to be reworded, beside the answering:
    until it is there, answers are given as they are stored."""

    name: str
    rewriter: Rewriter | None = None
    folder: Path | None = None

    def ready(self) -> Rewriter | None:
        """The rewriter, None while it is being read or where it can not be."""
        if self.rewriter is None and self.folder is not None:
            folder, self.folder = self.folder, None
            Thread(target=self._read, args=(folder,), daemon=True).start()
        return self.rewriter

    def _read(self, folder: Path) -> None:
        from core.learning.retrieval.writing import load

        self.rewriter = load(folder, self.name)


def asked(form: list[Field], profile: Profile, roles: Roles) -> list[Field]:
    """The questions, that about rewording left out without the extra and closed, saying why, where nothing can write."""
    from core.learning import writers

    if not writers.is_installed() or not roles.get("answer"):
        return [field for field in form if field.key != REWORD.key]
    column = profile.column(roles["answer"][0])
    language = detect_language([*column.examples, *(value for value, _ in column.top)])
    if writers.writer_for(language) is not None:
        return form
    return [replace(field, closed=writers.NO_WRITER) if field.key == REWORD.key else field for field in form]


def learned(bot: Bot, seed: int, report: Report) -> OwnWords | None:
    """The rewriter adapted on the bot's own pairs; None, with a note of the bot saying why, where there can be none."""
    from core.learning import writers
    from core.learning.engine import Run
    from core.learning.retrieval.writing import adapt, alike, passes

    writer = writers.writer_for(bot.language) if bot.index.sentences and bot.index.pairs.has_answers else None
    if writer is None:
        bot.notes.append(writers.NO_WRITER)
        return None
    report.stage("writing")
    run = Run(seed, report)
    found = adapt(writer, bot.index.pairs, alike(bot.index.pairs), bot.index.embed, run)
    good, tried = passes(found, bot.index.pairs.answers, bot.index.embed, run)
    bot.facts["writing"] = {**found.facts, "trial": [good, tried]}
    if not good:
        bot.notes.append(NONE_PASSED.fill(model=writer.name, n=tried))
        return None
    return OwnWords(writer.name, found)


def reworded(own: OwnWords, bot: Bot, answer: Answer) -> Answer:
    """The same answer in other words where it goes out alone and the words pass every check, else as it is."""
    stored = answer.label
    rewriter = own.ready() if answer.sure and stored else None
    if rewriter is None or not stored:
        return answer
    found = rewriter.reword(stored, bot.index.embed)
    if not found.reworded or found.given == stored:
        return answer
    return replace(answer, title=same(found.given), stored=same(stored))


def counted(own: OwnWords, bot: Bot, rows: pd.DataFrame, seed: int, report: Report) -> dict[str, Any]:
    """Of held-out questions that are answered alone how many answers were reworded, JSON-safe."""
    rewriter = own.ready()
    answers = rows.loc[rows["automatic"].to_numpy(dtype=bool), "answer"].tolist()
    order = np.random.default_rng(seed).permutation(len(answers))[:ASKED]
    different: list[str] = []
    results, seconds = Counter[str](), []
    for place in order:
        stored = answers[int(place)]
        if stored not in different:
            if len(different) == DIFFERENT or rewriter is None:
                continue
            different.append(stored)
            report.progress(len(different) / (DIFFERENT + 1))
        found = rewriter.reword(stored, bot.index.embed)  # type: ignore[union-attr]
        seconds.append(found.seconds)
        results[found.doubts[0] if found.doubts else "same" if found.given == stored else "passed"] += 1
    return {
        "writing": {
            "asked": sum(results.values()), "answers": len(different), "results": dict(results),
            "seconds": float(np.median(seconds)) if seconds else None, "writer": own.name,
        }
    }  # fmt: skip


def cards(details: Mapping[str, Any]) -> list[Card]:
    """How often its own words passed the check on held-out questions."""
    found = details.get("writing")
    if not found or not found["asked"]:
        return []
    results = found["results"]
    passed, kept, asked = results.get("passed", 0), results.get("same", 0), found["asked"]
    failed = [(DOUBTS[name], count) for name, count in results.items() if name in DOUBTS]
    why = [(title, Text("{n} of {all}", "{all} 个中有 {n} 个").fill(n=count, all=asked)) for title, count in failed]
    return [
        Card(
            "writing",
            ALONE,
            Text("{n} of {all} answers in its own words passed the check", "{all} 个改写的答案中有 {n} 个通过核对").fill(n=passed, all=asked),
            Text(
                "Of {all} held-out questions that it answers alone, with {few} different stored answers. {same} came out word for word; wherever a check failed the stored answer is given. About {seconds} seconds for each different answer. What may be answered alone is decided before, on the stored answers.",
                "取 {all} 个可自动回答的测试问题，涉及 {few} 个不同的答案。{same} 个与原文完全一致；凡未通过核对的，一律给出原答案。每个不同的答案约需 {seconds} 秒。能否自动回答在此之前就已按原答案决定。",
            ).fill(all=asked, few=found["answers"], same=kept, seconds=f"{found['seconds']:.1f}"),
            Facts(((Text("Language model", "语言模型"), same(found["writer"])), *why)),
        )
    ]  # fmt: skip
