"""Customer-service bot: from past conversations to answers in the company's own words, and to a person when unsure."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from core import bot_cards, curve_cards
from core.cards import Card
from core.data import conversations, personal
from core.data import support_checks as checks
from core.data.conversations import COMPANY, CUSTOMER, Pairs, is_log, pairs_of
from core.data.guessing import PART, name_match
from core.data.near import near_duplicates
from core.data.profile import Profile
from core.data.splitting import Split, group_split, stratified_split
from core.data.table import Roles, Table, clean
from core.fields import Field, Option
from core.progress import Plan, Report, Stage
from core.scenarios.base import Answer, Item, Results, Role, Scenario, Settings, Turn, setting
from core.verdict import judge
from core.words import Problem, Text, UserError, same

if TYPE_CHECKING:
    from core.learning.portable import Portable
    from core.learning.retrieval.bot import Bot, Replies
    from core.learning.retrieval.evaluation import Scores, Simple

QUESTION_NAMES = (
    "question", "instruction", "customer_question", "customer_message", "utterance", "query", "text", "message", "user_message",
    "prompt", "input", "content", "问题", "提问", "用户问题", "客户问题", "问句", "消息", "内容", "文本",
)  # fmt: skip
ANSWER_NAMES = (
    "answer", "response", "reply", "reference_answer", "agent_reply", "output", "agent_answer", "completion", "resolution",
    "回答", "答案", "回复", "答复", "客服回复",
)  # fmt: skip
INTENT_NAMES = (
    "intent", "category", "class", "label", "topic", "tag", "intent_name",
    "意图", "类别", "分类", "标签", "主题", "问题类型",
)  # fmt: skip
CONVERSATION_NAMES = (
    "conversation_id", "conversation", "dialogue_id", "dialog_id", "session_id", "chat_id", "ticket_id", "thread_id",
    "session", "ticket", "thread", "会话编号", "会话", "对话编号", "会话id", "对话", "工单号", "工单编号",
)  # fmt: skip
SPEAKER_NAMES = (
    "speaker", "role", "sender", "author", "who", "from", "author_type", "sender_type", "direction",
    "发言人", "角色", "发送者", "发送方", "说话人", "身份",
)  # fmt: skip
TIME_NAMES = (
    "time", "timestamp", "date", "datetime", "created_at", "sent_at", "created", "时间", "日期", "发送时间", "创建时间",
)  # fmt: skip
TOLERATED = (0.01, 0.02, 0.05, 0.1, 0.2)
TOLERANCE = Field(
    "tolerated_error",
    Text("Wrong answers you accept among the automatic ones", "自动回答可接受的错误率"),
    "choice",
    help=Text("Below the confidence that keeps to this, a person answers.", "置信度达不到这一要求的问题由人工回答。"),
    default=0.05,
    options=tuple(Option(rate, Text(f"at most {rate:.0%}", f"不超过 {rate:.0%}")) for rate in TOLERATED),
)
FEW_LABELS = 12
"""More labels than so many are rather what texts ask than how they feel."""
SHORT_WORDS, SHORT_CHARACTERS = 8, 14
POINTS_BACK = re.compile(
    r"^(?:and|but|or|so|then|what about|how about|what if|why|when|ok)\b|\b(?:it|its|that|this|those|these|them|one)\b"
    r"|^(?:那|还有|然后|如果|要是|为什么|所以)|[它这那](?:个|些|样)?|呢[？?]?$"
)
LOST = Text(
    "I would rather hand this over to a colleague.", "这个问题我没有把握，为您转接人工客服。"
)  # fmt: skip
SOURCES = Text("Where this comes from", "答案出处")
OFFERED = Text("What it found, for a person to judge", "它找到的内容，供人工判断")
MOST_ON_MAP = 60
ROWS = 5000


@dataclass(frozen=True)
class BotSettings(Settings):
    tolerated_error: float = setting(TOLERANCE)
    mask: bool = setting(
        Field(
            "mask",
            Text("Mask personal data before training", "训练前隐去个人信息"),
            "toggle",
            help=Text(
                "E-mail addresses, phone, card and identity numbers become marks such as [phone].",
                "邮箱、电话、卡号、证件号会替换成 [电话] 这样的标记。",
            ),
            default=True,
        )
    )
    sides: Mapping[str, str] = setting(
        Field(
            "sides",
            Text("Who is the customer, who the company", "谁是客户，谁是客服"),
            "names",
            help=Text("Only for chat logs: who said each message.", "仅用于聊天记录：每条消息是谁说的。"),
            options=(Option(CUSTOMER, Text("Customer", "客户")), Option(COMPANY, Text("Company", "客服"))),
            role="speaker",
        )
    )


@dataclass
class ServiceBot:
    """A trained bot, the error that its user tolerates, and whether questions are masked before they are read."""

    bot: Bot
    tolerated_error: float
    mask: bool


class CustomerService(Scenario[ServiceBot]):
    key = "service_bot"
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
        "20 of 100 questions are held out to check the bot honestly; those that nearly repeat each other stay together.",
        "会留出 20% 的问题来如实检验机器人，近似重复的问题只会在同一侧。",
    )
    baseline_title = bot_cards.NAMES["bm25"]
    metrics = bot_cards.METRICS
    has_networks = True
    curves = (
        curve_cards.answered_alone(),
        curve_cards.calibrated(
            "confidence", "right", Text("Confidence stated", "所报置信度"), Text("Right answers", "实际答对比例")
        ),
    )
    roles = (
        Role("question", Text("Question", "问题"), Text("What a customer wrote; for a chat log, every message.", "客户写的内容；聊天记录则为每条消息。"), "text", names=QUESTION_NAMES),
        Role("answer", Text("Answer", "回答"), Text("What your people answered.", "您的员工是怎么回答的。"), "text", required=False, names=ANSWER_NAMES),
        Role("intent", Text("Intent", "意图"), Text("What the question is about, in a few words that repeat.", "问题属于哪一类，取值会反复出现。"), "category", required=False, names=INTENT_NAMES),
        Role("conversation", Text("Conversation", "会话"), Text("Which conversation a message belongs to.", "消息属于哪次会话。"), "any", required=False, names=CONVERSATION_NAMES),
        Role("speaker", Text("Speaker", "发言人"), Text("For a chat log: customer or company.", "聊天记录中是客户还是客服。"), "category", required=False, names=SPEAKER_NAMES),
        Role("time", Text("When", "时间"), Text("To order the messages.", "用于给消息排序。"), "any", required=False, names=TIME_NAMES),
    )  # fmt: skip
    modes = {
        "quick": Text(
            "Compares questions with a ready-made language model and by their words. No fine-tuning.",
            "用现成的语言模型并按字词比较问题，不做微调。",
        ),
        "standard": Text(
            "Fine-tunes the language model on which answer goes with which question.",
            "用您的问答微调语言模型，让它学会哪个答案对应哪个问题。",
        ),
        "best": Text("Fine-tunes all of it, longer.", "对整个模型做更长时间的微调。"),
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
            *checks.repeated(pairs),
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
        known = [bool(q) and bool(a or i) for q, a, i in zip(questions, answers, intents, strict=True)]
        frame = pd.DataFrame(
            {
                "kind": [(intent or "-") if ok else "" for intent, ok in zip(intents, known, strict=True)],
                "group": near_duplicates(questions).astype(str),
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
        plan = estimate(pairs, settings.mode, settings.seed)
        return Plan(
            (
                Stage("baseline", Text("Trying the simple methods", "试用简单方法"), 0.3 + 0.0005 * len(pairs)),
                *plan.stages,
                Stage("evaluate", Text("Asking it what it never saw", "用未见过的问题检验"), 4.0 + 0.003 * len(pairs)),
            ),
            plan.memory_mb,
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
        return ServiceBot(bot, settings.tolerated_error, settings.mask)

    def evaluate(
        self, model: ServiceBot, baseline: Simple, held_out: Table, settings: BotSettings, report: Report
    ) -> Results:
        from core.learning.retrieval.evaluation import evaluate
        from core.learning.retrieval.fitting import with_one_out

        report.stage("evaluate")
        test = with_one_out(_pairs(held_out, settings))
        replies, scores = evaluate(model.bot, baseline, test, settings.tolerated_error, settings.seed, report.progress)
        rows = _rows(model.bot, test, replies, scores)
        details = {
            **scores.details,
            "paired": list(scores.gain),
            "notes": [note.to_json() for note in model.bot.notes],
            "examples": _examples(rows),
            **_topics(model.bot, test, rows, settings.seed),
        }
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
            bot_cards.automation(results),
            bot_cards.guarantee(results),
            *bot_cards.notes(d),
            *bot_cards.confusion(d),
            bot_cards.unanswered(d),
            *bot_cards.topic_map(d),
            *bot_cards.rows(d),
        ]

    def assumptions(self, details: Mapping[str, Any]) -> list[Field]:
        return bot_cards.assumptions(details)

    def money(self, results: Results, assumptions: Mapping[str, Any]) -> list[Card]:
        return bot_cards.money(results, assumptions)

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
        return [replace(TOLERANCE, default=details["tolerated_error"])]

    def answer(
        self, model: ServiceBot, inputs: Mapping[str, Any], controls: Mapping[str, Any], history: Sequence[Turn] = ()
    ) -> Answer:
        asked = clean(inputs.get("question"))[: conversations.LONGEST_QUESTION]
        if not asked:
            raise UserError(Text("Write a question first.", "请先写下问题。"))
        question = personal.mask([asked]).texts[0] if model.mask else asked
        threshold = model.bot.threshold(float(controls.get("tolerated_error") or model.tolerated_error))
        replies, together = _understood(model.bot, question, threshold, history)
        return _said(model.bot, replies, threshold, together)

    def predict(self, model: ServiceBot, table: Table, controls: Mapping[str, Any], report: Report) -> pd.DataFrame:
        asked = [text[: conversations.LONGEST_QUESTION] for text in table.texts("question")]
        questions = personal.mask(asked).texts if model.mask else asked
        replies = model.bot.reply(questions, report.progress)
        threshold = model.bot.threshold(float(controls.get("tolerated_error") or model.tolerated_error))
        filled = np.array([bool(text) for text in asked], dtype=bool)
        sure = filled & ~replies.out & (replies.confidence >= threshold if threshold is not None else False)
        answers, matched = _stored(model.bot, replies.places)
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

    def save(self, model: ServiceBot, folder: Path) -> None:
        model.bot.save(folder)
        about = {"tolerated_error": model.tolerated_error, "mask": model.mask}
        (folder / "service_bot.json").write_text(json.dumps(about), encoding="utf-8")

    def load(self, folder: Path) -> ServiceBot:
        from core.learning.retrieval.bot import Bot

        about = json.loads((folder / "service_bot.json").read_text(encoding="utf-8"))
        return ServiceBot(Bot.load(folder), about["tolerated_error"], about["mask"])


_UNSAID = judge("recall_at_1", (0.0, 0.0, 0.0), 0, value=0.0, sentence=same(""))


def _pairs(table: Table, settings: BotSettings) -> Pairs:
    """The pairs of a table. Raises UserError where it has none."""
    pairs = pairs_of(table, settings.sides, settings.mask)
    if not len(pairs):
        raise UserError(
            Text("No row has a question with an answer or an intent.", "没有一行同时具备问题和答案（或意图）。")
        )
    return pairs


def _understood(bot: Bot, question: str, threshold: float | None, history: Sequence[Turn]) -> tuple[Replies, str]:
    """The reply, and the earlier question with which it was read: a short question that points back ("and how long does
    it take?") and says too little alone is read after the one before it, where that is surer."""
    alone = bot.reply([question])
    before = next((turn.said for turn in reversed(history) if turn.who == "user"), "")
    sure = threshold is not None and alone.confidence[0] >= threshold
    foreign = alone.intents is not None and alone.intents[0] == "oos"
    if sure or foreign or not before or not _points_back(question):
        return alone, ""
    both = bot.reply([f"{personal.mask([before]).texts[0][:300]} {question}"])
    surer = bool(both.confidence[0] > alone.confidence[0])
    return (both, before) if surer else (alone, "")


def _points_back(text: str) -> bool:
    short = len(text) <= SHORT_CHARACTERS if not text.isascii() else len(text.split()) <= SHORT_WORDS
    return short and POINTS_BACK.search(text.casefold()) is not None


def _said(bot: Bot, replies: Replies, threshold: float | None, together: str) -> Answer:
    place, confidence, out = int(replies.places[0]), float(replies.confidence[0]), bool(replies.out[0])
    sure = threshold is not None and confidence >= threshold
    pairs = bot.index.pairs
    places = [one for one in (place, *map(int, replies.others[0])) if one >= 0]
    if out:
        places = [one for one in places if pairs.intents[one] != "oos"]
    items = [_source(bot, one, float(replies.similarity[0]) if one == place else None) for one in places[:4]]
    notes = []
    if together:
        notes.append(
            Text("Read together with your earlier question “{q}”.", "结合您之前的问题“{q}”来理解。").fill(
                q=together[:80]
            )
        )
    if out:
        notes.append(Text("This looks like none of its business.", "这看起来不在它的业务范围内。"))
    answer = (pairs.answers[place] or pairs.intents[place]) if place >= 0 else ""
    if sure and (names := personal.slots([answer])):
        notes.append(Text("To be filled in: {names}.", "待填写：{names}。").fill(names=", ".join(names)))
    others = _intents(replies, bot) if replies.shares is not None else ()
    if others and pairs.has_answers:
        name, share = others[0]
        notes.append(
            Text("Understood as: {name} ({share}).", "理解为：{name}（{share}）。").fill(
                name=name, share=f"{share:.0%}"
            )
        )
    return Answer(
        title=same(answer) if sure else LOST,
        confidence=confidence,
        sure=sure,
        threshold=threshold,
        others=() if pairs.has_answers else others[1:],
        items=tuple(items),
        items_title=SOURCES if sure else OFFERED,
        notes=tuple(notes),
        tone="neutral" if sure else "caution",
        label=answer if sure else None,
    )


def _intents(replies: Replies, bot: Bot) -> tuple[tuple[Text, float], ...]:
    assert bot.classifier is not None and replies.shares is not None  # noqa: PT018 - the caller saw shares
    shares = replies.shares[0]
    order = np.argsort(-shares)[:3]
    return tuple((bot_cards.title(bot.classifier.classes[one]), float(shares[one])) for one in order)


def _source(bot: Bot, place: int, similarity: float | None) -> Item:
    pairs = bot.index.pairs
    said = pairs.answers[place] or pairs.intents[place]
    return Item(
        shortened(said, 160), Text("Past question: {q}", "以往的问题：{q}").fill(q=shortened(pairs.questions[place], 120)), similarity
    )  # fmt: skip


def shortened(text: str, most: int) -> str:
    plain = " ".join(text.split())
    return plain if len(plain) <= most else plain[: most - 1] + "…"


def _stored(bot: Bot, places: np.ndarray) -> tuple[list[str], list[str]]:
    """Answers (intents where there are none) and questions of stored pairs, "" at -1."""
    pairs = bot.index.pairs
    answers = [(pairs.answers[p] or pairs.intents[p]) if p >= 0 else "" for p in places]
    return answers, [pairs.questions[p] if p >= 0 else "" for p in places]


def _rows(bot: Bot, test: Pairs, replies: Replies, scores: Scores) -> pd.DataFrame:
    answers, matched = _stored(bot, replies.places)
    given = replies.intents.astype(str) if replies.intents is not None else np.full(len(test), "")
    return pd.DataFrame(
        {
            "question": test.questions,
            "actual": test.intents,
            "given": given,
            "answer": answers,
            "recorded": test.answers,
            "matched": matched,
            **scores.rows,
        }
    )


def _examples(rows: pd.DataFrame) -> list[str]:
    """Two questions that it answers alone and one that it hands over, of test rows."""
    short = rows[rows["question"].str.len().between(6, 120)]
    picked = short[short["automatic"] & short["right"]].drop_duplicates("answer")["question"].head(2).tolist()
    picked += short[~short["automatic"]].sort_values("confidence")["question"].head(1).tolist()
    picked += short["question"].head(3 - len(picked)).tolist()
    return list(dict.fromkeys(picked))[:3]


def _topics(bot: Bot, test: Pairs, rows: pd.DataFrame, seed: int) -> dict[str, Any]:
    """Groups of handed-over questions with names, and the map of all test questions."""
    from core.learning.retrieval.topics import on_a_map, topics, vectors_of

    handed = np.flatnonzero(~rows["automatic"].to_numpy(dtype=bool))
    vectors = vectors_of(bot.index, test.questions)
    groups = topics([test.questions[row] for row in handed], vectors[handed], bot.index.chinese, middle=vectors.mean(0))
    unanswered = [
        {"name": one.name, "count": len(one.rows), "example": shortened(test.questions[handed[one.rows[0]]], 120)}
        for one in groups
    ]
    drawn, points = on_a_map(vectors, seed)
    kinds = rows["given"].to_numpy() if bot.classifier is not None else _kinds(test, vectors, bot)
    names = sorted({str(kinds[row]) for row in drawn})
    place = {name: number for number, name in enumerate(names)}
    return {
        "unanswered": unanswered,
        "handed_over": len(handed),
        "map": {
            "x": points[:, 0].round(4).tolist(),
            "y": points[:, 1].round(4).tolist(),
            "group": [place[str(kinds[row])] for row in drawn],
            "groups": names,
            "labels": [shortened(test.questions[row], MOST_ON_MAP * 2) for row in drawn],
        },
    }


def _kinds(test: Pairs, vectors: np.ndarray, bot: Bot) -> np.ndarray:
    """Topics found in the questions themselves, where the data names no intents."""
    from core.learning.retrieval.topics import topics

    named = np.full(len(test), "–", dtype=object)
    for one in topics(test.questions, vectors, bot.index.chinese, most=20, middle=vectors.mean(0)):
        named[one.rows] = one.name
    return named


SCENARIO = CustomerService()
