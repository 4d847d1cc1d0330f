"""Customer-service bot: from past conversations to answers in the company's own words, and to a person when unsure."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from core.cards import Card
from core.dashboards import bot_cards, curve_cards, handover_cards
from core.data import conversations, personal
from core.data import support_checks as checks
from core.data.conversations import Pairs, is_log, pairs_of
from core.data.guessing import PART, name_match
from core.data.near import near_duplicates, plain
from core.data.profile import Profile
from core.data.splitting import Split, group_split, stratified_split
from core.data.table import Roles, Table, clean
from core.fields import Field, Option
from core.progress import Plan, Report, Stage
from core.scenarios.base import Answer, Results, Scenario, Turn
from core.scenarios.parts import kept, own_words
from core.scenarios.parts.bot_replies import handed, said, stored, understood
from core.scenarios.parts.bot_results import examples, rows_of, topics_of
from core.scenarios.parts.decisions import ANSWERED
from core.scenarios.parts.help_desk import FEW_LABELS, INTENT_NAMES, QUESTION_NAMES, ROLES, TOLERANCE, BotSettings
from core.scenarios.parts.own_words import USE_IT, OwnWords
from core.verdict import judge
from core.words import Problem, Text, UserError, same

if TYPE_CHECKING:
    from core.learning.elsewhere import Elsewhere
    from core.learning.portable import Portable
    from core.learning.retrieval.bot import Bot
    from core.learning.retrieval.evaluation import Simple

WRITING = "writing"


@dataclass
class ServiceBot:
    """A trained bot, the error that its user tolerates, whether questions are masked before they are read, and what may
    reword its answers."""

    bot: Bot
    tolerated_error: float
    mask: bool
    own_words: OwnWords | None = None


class CustomerService(Scenario[ServiceBot]):
    key = "service_bot"
    decisions = ANSWERED
    title = Text("Answer customer questions", "回答客户问题")
    summary = Text(
        "From past conversations or an FAQ to a bot that answers in your people's own words, and calls a person when unsure.",
        "用以往的对话或常见问答训练机器人：用您员工的原话回答，没把握就转人工。",
    )
    icon = "bot"
    place = 30
    sample = Text("support_log.csv", "support_log_zh.csv")
    sample_title = Text("Support conversations", "客服对话")
    settings = BotSettings
    target = "intent"
    taught = "answer"
    names_its_label = True
    chat = True
    held_out = Text(
        "20 of 100 questions are held out to check the bot honestly: of a list those that nearly repeat each other stay together, of a chat log whole conversations.",
        "会留出 20% 的问题来如实检验机器人：问答列表中近似重复的问题只会在同一侧，聊天记录按整段会话留出。",
    )
    baseline_title = bot_cards.NAMES["bm25"]
    metrics = bot_cards.METRICS
    beside_networks = Text(
        "The stored questions and answers and the search through them stay as they are, safetensors and JSON.",
        "存储的问答及其检索仍为 safetensors 与 JSON 格式。",
    )
    away = Text(
        "It gives the stored answers word for word and knows no conversation: rewording and follow-ups are the live chat's.",
        "它只按原文给出已有的答案，也不理解上下文：改写和追问仅在在线对话中提供。",
    )
    curves = (
        curve_cards.answered_alone(),
        curve_cards.calibrated(
            "confidence", "right", Text("Confidence stated", "所报置信度"), Text("Right answers", "实际答对比例")
        ),
    )
    roles = ROLES
    modes = {
        "quick": Text(
            "Compares questions with a ready-made language model and by their words. No fine-tuning.",
            "用现成的语言模型并按字词比较问题，不做微调。",
        ),
        "standard": Text(
            "Fine-tunes the language model on which answer goes with which question.",
            "用您的问答微调语言模型，让它学会哪个答案对应哪个问题。",
        ),
        "best": Text(
            "Fine-tunes all of it, longer, and three times over where it sorts questions by intent; slower to answer.",
            "对整个模型做更长时间的微调；按意图归类问题时微调三次，共同作答，因此作答也更慢。",
        ),
    }

    def guess(self, profile: Profile) -> dict[str, tuple[str, ...]]:
        """By name; of several label columns the finest that still repeats."""
        found = super().guess(profile)
        taken = {name for key, names in found.items() if key != "intent" for name in names}
        labels = [
            column
            for column in profile.columns
            if name_match(column.name, INTENT_NAMES) > PART and column.kind in ("category", "boolean")
            and column.name not in taken and 2 <= column.distinct <= checks.MOST_INTENTS
        ]  # fmt: skip
        if labels:
            found["intent"] = (max(labels, key=lambda column: column.distinct).name,)
        return found

    def suits(self, profile: Profile) -> tuple[float, int]:
        """Questions with answers suit best, then chat logs; questions with intents alone suit as labelled texts do."""
        found = self.guess(profile)
        if "question" not in found:
            return 0.0, 0
        named = name_match(found["question"][0], QUESTION_NAMES) > PART
        if named and ("answer" in found or {"conversation", "speaker"} <= set(found)):
            return 1.0, 3
        if not named or "intent" not in found:
            return 0.3, 2
        many = profile.column(found["intent"][0]).distinct > FEW_LABELS
        return (1.0, 3) if many or name_match(found["intent"][0], ("intent", "意图")) > PART else (0.9, 2)

    def form(self, profile: Profile, roles: Roles) -> list[Field]:
        return own_words.asked(self.settings.form(), profile, roles)

    def suggest(self, profile: Profile, roles: Roles) -> dict[str, Any]:
        names = roles.get("speaker", ())
        column = next((one for one in profile.columns if (one.name,) == tuple(names)[:1]), None)
        if column is None:
            return {}
        told = {clean(value): conversations.side_by_name(clean(value)) for value, _ in column.top}
        return {"sides": told} if all(told.values()) and len(set(told.values())) > 1 else {}

    def check(self, table: Table, settings: BotSettings) -> list[Problem]:
        pairs = pairs_of(table, settings.sides, settings.mask)
        found = [
            *checks.something_to_learn(table, pairs),
            *checks.folded(table, pairs),
            *checks.left_out(table, pairs),
            *checks.personal_data(pairs, settings.mask),
            *checks.repeated(pairs, is_log(table)),
            *checks.placeholders(pairs),
            *checks.intents(table, pairs),
        ]
        return sorted(found, key=lambda problem: ("stop", "warn", "note").index(problem.severity))

    def split(self, table: Table, settings: BotSettings) -> Split:
        """Whole conversations of a chat log; else a fifth of every intent, near-duplicates on one side."""
        if is_log(table):
            return group_split(table, seed=settings.seed, group="conversation")
        intents = table.texts("intent") if table.has("intent") else [""] * len(table)
        answers = table.texts("answer") if table.has("answer") else [""] * len(table)
        questions = table.texts("question")
        read = personal.mask(questions).texts if settings.mask else questions
        known = [bool(q) and bool(a or i) for q, a, i in zip(questions, answers, intents, strict=True)]
        frame = pd.DataFrame(
            {
                "kind": [(intent or "-") if ok else "" for intent, ok in zip(intents, known, strict=True)],
                "group": near_duplicates(read).astype(str),
            }
        )
        shaped = Table(frame, {"kind": ("kind",), "group": ("group",)})
        split = stratified_split(shaped, seed=settings.seed, label="kind", together="group")
        kind = Text(
            "20% of each intent held out at random; questions that nearly repeat each other stay on one side",
            "每种意图随机留出 20%，近似重复的问题只出现在一侧",
        )
        return replace(split, kind=kind)

    def estimate(self, table: Table, settings: BotSettings) -> Plan:
        from core.learning.retrieval.trial import estimate

        pairs = _pairs(table, settings)
        plan = estimate(pairs, settings.mode, settings.seed, settings.reword)
        index = next(stage.seconds for stage in plan.stages if stage.key == "index")
        reworded = own_words.SECONDS_TO_COUNT if any(stage.key == "writing" for stage in plan.stages) else 0.0
        return Plan(
            (
                Stage("baseline", Text("Trying the simple methods", "试用简单方法"), 0.5 + 0.002 * len(pairs)),
                *plan.stages,
                Stage(
                    "evaluate",
                    Text("Asking it what it never saw", "用未见过的问题检验"),
                    0.7 + 0.85 * index + reworded,
                ),
            ),
            plan.memory_mb,
            plan.notes,
        )

    def baseline(self, train: Table, settings: BotSettings, report: Report) -> Simple:
        from core.learning.cleaning import clean_all, mostly_chinese
        from core.learning.retrieval.evaluation import Simple
        from core.learning.retrieval.fitting import SAMPLE, with_one_out

        report.stage("baseline")
        pairs = with_one_out(_pairs(train, settings))
        return Simple.fit(pairs, mostly_chinese(clean_all(pairs.questions[:SAMPLE])), settings.seed)

    def fit(self, train: Table, settings: BotSettings, report: Report) -> ServiceBot:
        from core.learning.retrieval.fitting import fit_bot

        bot = fit_bot(_pairs(train, settings), mode=settings.mode, seed=settings.seed, report=report)
        own = own_words.learned(bot, settings.seed, report) if settings.reword else None
        return ServiceBot(bot, settings.tolerated_error, settings.mask, own)

    def evaluate(
        self, model: ServiceBot, baseline: Simple, held_out: Table, settings: BotSettings, report: Report
    ) -> Results:
        from core.learning.retrieval.evaluation import evaluate
        from core.learning.retrieval.fitting import with_one_out

        report.stage("evaluate")
        test = with_one_out(_pairs(held_out, settings))
        replies, scores = evaluate(model.bot, baseline, test, settings.tolerated_error, settings.seed, report.progress)
        rows = rows_of(model.bot, test, replies, scores)
        details = {
            **scores.details,
            "paired": list(scores.gain),
            "notes": [note.to_json() for note in model.bot.notes],
            "examples": examples(rows),
            **_repeated(model.bot, test, rows),
            "follow_ups": len(model.bot.validation.get("joined_correct", ())),
            "follow_ups_alone": model.bot.threshold(settings.tolerated_error, joined=True) is not None,
            **topics_of(model.bot, test, rows, settings.seed),
        }
        if model.own_words is not None:
            details |= own_words.counted(model.own_words, model.bot, rows, settings.seed, report)
        if len(test) < len(held_out):
            rows = rows.reset_index(drop=True)
        found = Results(scores.metrics, scores.intervals, scores.baseline, _UNSAID, details, rows)
        said = bot_cards.sentence(found)
        value = scores.metrics["recall_at_1"]
        return replace(found, verdict=judge("recall_at_1", scores.gain, len(test), value=value, sentence=said))

    def cards(self, results: Results) -> list[Card]:
        d = results.details
        return [
            bot_cards.headline(results),
            bot_cards.compared(results),
            *bot_cards.intents(results),
            handover_cards.automation(results),
            handover_cards.guarantee(results),
            *own_words.cards(d),
            *handover_cards.notes(d),
            *bot_cards.confusion(d),
            handover_cards.unanswered(d),
            *bot_cards.topic_map(d),
            *handover_cards.rows(d),
        ]

    def assumptions(self, details: Mapping[str, Any]) -> list[Field]:
        return handover_cards.assumptions(details)

    def money(self, results: Results, assumptions: Mapping[str, Any]) -> list[Card]:
        return handover_cards.money(results, assumptions)

    def measure(self, rows: pd.DataFrame) -> float:
        return float(rows["first"].mean())

    def facts(self, model: ServiceBot) -> dict[str, Any]:
        return {"language": model.bot.language, **model.bot.facts}

    def fields(self, details: Mapping[str, Any]) -> list[Field]:
        return [
            Field(
                "question",
                Text("Ask the bot", "向机器人提问"),
                "text",
                placeholder=Text("Write as a customer would", "像客户那样提问"),
                examples=tuple(details.get("examples", ())),
            )
        ]

    def right_answers(self, details: Mapping[str, Any]) -> tuple[Option, ...]:
        """Any answer may be written; where the data has none, one of its intents is chosen."""
        if details["by_answer"]:
            return ()
        return tuple(Option(name, bot_cards.title(name)) for name in details["confusion_classes"])

    def controls(self, details: Mapping[str, Any]) -> list[Field]:
        return [replace(TOLERANCE, default=details["tolerated_error"]), *([USE_IT] if details.get("writing") else [])]

    def answer(
        self, model: ServiceBot, inputs: Mapping[str, Any], controls: Mapping[str, Any], history: Sequence[Turn] = ()
    ) -> Answer:
        asked = clean(inputs.get("question"))[: conversations.LONGEST_QUESTION]
        if not asked:
            raise UserError(Text("Write a question first.", "请先写下问题。"))
        question = personal.mask([asked]).texts[0] if model.mask else asked
        error = float(controls.get("tolerated_error") or model.tolerated_error)
        replies, threshold, together = understood(model.bot, question, error, history)
        answer = handed(said(model.bot, replies, threshold, together), asked)
        wanted = model.own_words is not None and controls.get(USE_IT.key, True)
        return own_words.reworded(model.own_words, model.bot, answer) if model.own_words and wanted else answer

    def predict(self, model: ServiceBot, table: Table, controls: Mapping[str, Any], report: Report) -> pd.DataFrame:
        asked = [text[: conversations.LONGEST_QUESTION] for text in table.texts("question")]
        questions = personal.mask(asked).texts if model.mask else asked
        replies = model.bot.reply(questions, report.progress)
        threshold = model.bot.threshold(float(controls.get("tolerated_error") or model.tolerated_error))
        filled = np.array([bool(text) for text in asked], dtype=bool)
        sure = filled & ~replies.out & (replies.confidence >= threshold if threshold is not None else False)
        answers, matched = stored(model.bot, replies.places)
        found = pd.DataFrame({"prediction": np.where(filled, answers, "")})
        if replies.intents is not None:
            found["predicted_intent"] = np.where(filled, replies.intents.astype(str), "")
        return found.assign(
            confidence=np.where(filled, replies.confidence.round(4), np.nan),
            decision=np.select([~filled, sure, replies.out], ["no text", "automatic", "out of scope"], "ask a person"),
            matched_question=np.where(filled, matched, ""),
            similarity=np.where(filled, replies.similarity.round(4), np.nan),
        )

    def meaning(self, model: ServiceBot, table: Table) -> np.ndarray | None:
        return model.bot.index.embed(table.texts("question"))

    def networks(self, model: ServiceBot, table: Table) -> list[Portable]:
        from core.learning.portable import of_classifier, of_sentences

        questions, bot = table.texts("question"), model.bot
        placing = of_sentences("meaning", bot.index.sentences, questions) if bot.index.sentences else []
        return placing + (of_classifier("intents", bot.classifier, questions) if bot.classifier else [])

    def has_networks(self, folder: Path) -> bool:
        return kept.encoder_is_there(folder)

    def run_elsewhere(self, model: ServiceBot, networks: Mapping[str, Elsewhere]) -> None:
        if model.bot.index.sentences:
            model.bot.index.sentences.elsewhere = networks.get("meaning")
        if model.bot.classifier:
            model.bot.classifier.run_elsewhere(networks.get("intents"))

    def never_loads(self, folder: Path) -> set[str]:
        return kept.encoder_goes_without(folder)

    def save(self, model: ServiceBot, folder: Path) -> None:
        model.bot.save(folder)
        about: dict[str, Any] = {"tolerated_error": model.tolerated_error, "mask": model.mask, "writer": None}
        if model.own_words is not None and (rewriter := model.own_words.ready()) is not None:
            rewriter.save(folder / WRITING)
            about["writer"] = model.own_words.name
        (folder / "service_bot.json").write_text(json.dumps(about), encoding="utf-8")

    def load(self, folder: Path) -> ServiceBot:
        from core.learning.retrieval.bot import Bot

        about = json.loads((folder / "service_bot.json").read_text(encoding="utf-8"))
        own = OwnWords(about["writer"], folder=folder / WRITING) if about.get("writer") else None
        return ServiceBot(Bot.load(folder), about["tolerated_error"], about["mask"], own)


_UNSAID = judge("recall_at_1", (0.0, 0.0, 0.0), 0, value=0.0, sentence=same(""))


def _repeated(bot: Bot, test: Pairs, rows: pd.DataFrame) -> dict[str, Any]:
    """How many test questions nearly repeat one that the bot learned from, and how often it is right on the others."""
    known = set(map(plain, bot.index.pairs.questions))
    fresh = np.array([plain(question) not in known for question in test.questions], dtype=bool)
    first = rows["first"].to_numpy(dtype=bool)
    return {"repeated": int((~fresh).sum()), "first_of_fresh": float(first[fresh].mean()) if fresh.any() else None}


def _pairs(table: Table, settings: BotSettings) -> Pairs:
    """The pairs of a table. Raises UserError where it has none."""
    pairs = pairs_of(table, settings.sides, settings.mask)
    if not len(pairs):
        raise UserError(
            Text("No row has a question with an answer or an intent.", "没有一行同时具备问题和答案（或意图）。")
        )
    return pairs


SCENARIO = CustomerService()
