"""Sentiment: from reviews, tweets or survey answers with labels to a model that reads the next ones."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from core.cards import Card
from core.dashboards import class_cards, curve_cards
from core.data import checks, leak_checks
from core.data.groups import groups_of
from core.data.guessing import LABEL_NAMES, TEXT_NAMES
from core.data.profile import Profile, detect_language
from core.data.table import Roles, Table, clean
from core.fields import Field, Option
from core.progress import Plan, Report, Stage
from core.scenarios.base import KEEP_TOGETHER, Answer, Reason, Results, Role, Scenario, Settings, Turn, setting
from core.scenarios.parts import kept
from core.scenarios.parts.decisions import ANSWERED
from core.second_look import SecondLook
from core.verdict import judge
from core.words import Problem, Text, UserError, same

if TYPE_CHECKING:
    from core.learning.baselines import TextBaseline
    from core.learning.elsewhere import Elsewhere
    from core.learning.portable import Portable
    from core.learning.text import TextClassifier

FEWEST_ROWS = 60
SIMPLE_SHARE = 0.45
"""Of the time of all n-grams, what the simple method takes."""
EVALUATED_SHARE = 0.35
"""Of the time of reading every text once, what the test takes, words that mattered included."""
TOLERATED = (0.01, 0.02, 0.05, 0.1, 0.2)
POSITIVE, NEUTRAL, NEGATIVE = "positive", "neutral", "negative"
SPELLINGS = {
    POSITIVE: ("positive", "pos", "1", "good", "正面", "积极", "好评", "正向", "正"),
    NEUTRAL: ("neutral", "neu", "中性", "中立", "中评"),
    NEGATIVE: ("negative", "neg", "0", "-1", "bad", "负面", "消极", "差评", "负向", "负"),
}
TITLES = {POSITIVE: Text("Positive", "正面"), NEUTRAL: Text("Neutral", "中性"), NEGATIVE: Text("Negative", "负面")}

TONES: dict[str, Literal["good", "bad"]] = {POSITIVE: "good", NEGATIVE: "bad"}

TOLERANCE = Field(
    "tolerated_error",
    Text("Mistakes you accept in automatic answers", "自动回答可接受的错误率"),
    "choice",
    help=Text(
        "Below the confidence that keeps to this, a text is handed to a person.",
        "置信度达不到这一要求的文本会交给人工处理。",
    ),
    default=0.05,
    options=tuple(Option(rate, Text(f"at most {rate:.0%}", f"不超过 {rate:.0%}")) for rate in TOLERATED),
)


@dataclass(frozen=True)
class SentimentSettings(Settings):
    keep_together: tuple[str, ...] = setting(KEEP_TOGETHER)
    tolerated_error: float = setting(TOLERANCE)
    names: Mapping[str, str] = setting(
        Field(
            "names",
            Text("What your labels mean", "标签的含义"),
            "names",
            help=Text("Labels given the same meaning are learned as one.", "含义相同的标签会合并为一类来学习。"),
            options=tuple(Option(key, title) for key, title in TITLES.items()),
            role="label",
        )
    )


@dataclass
class SentimentModel:
    """A trained text classifier and the error that its user tolerates."""

    classifier: TextClassifier
    language: str
    tolerated_error: float

    def threshold(self, tolerated_error: float | None = None) -> float | None:
        """The confidence from which answers may go out unread, set on validation rows; None where none keeps to it."""
        from core.learning.uncertainty import threshold_for_error

        seen = self.classifier.validation
        rate = tolerated_error or self.tolerated_error
        return threshold_for_error(np.asarray(seen["confidence"]), np.asarray(seen["correct"], dtype=bool), rate)


class Sentiment(Scenario[SentimentModel]):
    key = "sentiment"
    decisions = ANSWERED
    title = Text("Understand customer sentiment", "读懂客户情绪")
    summary = Text(
        "From reviews, posts or survey answers that people have labelled to a model that reads the next thousand.",
        "用已标注的评论、帖子或问卷回答训练模型，自动读懂之后的成千上万条。",
    )
    purpose = Text(
        "Sorts what customers write by the feeling in it, so that people read first what needs them. Where it is not sure it says so and leaves the text to a person.",
        "按情绪给客户写的内容分类，让人先处理最要紧的；没有把握时会说明，并交给人判断。",
    )
    not_for = Text(
        "Judging a single person, health or intent, or texts in a language it was not trained on.",
        "不用于评判个人、健康状况或意图，也不用于训练语言以外的文本。",
    )
    limits = (
        Text(
            "Irony, mixed feelings and new expressions are where models of this kind fail most.",
            "反话、褒贬混杂和新出现的说法，是此类模型最容易出错的地方。",
        ),
        Text(
            "It repeats the judgement of the people who labelled the data, their mistakes included.",
            "模型学到的是标注者的判断，也包括其中的错误。",
        ),
    )
    icon = "sentiment"
    place = 10
    sample = Text("shop_reviews.csv", "shop_reviews_zh.csv")
    sample_title = Text("Shop reviews", "店铺评价")
    settings = SentimentSettings
    baseline_title = Text("Simple method (word counts)", "简单方法（词频统计）")
    roles = (
        Role(
            "text",
            Text("Text to read", "要读的文本"),
            Text(
                "What customers wrote: one review, post or answer in each row.",
                "客户写的内容：每行一条评论、帖子或回答。",
            ),
            "text",
            names=TEXT_NAMES,
        ),
        Role(
            "label",
            Text("Label given by people", "人工标签"),
            Text("The sentiment that a person gave this text.", "人工为这条文本标注的情绪。"),
            "category",
            names=LABEL_NAMES,
        ),
    )
    metrics = class_cards.METRICS
    beside_networks = Text(
        "The weights of its words and phrases stay as they are, safetensors and JSON.",
        "词语和短语的权重仍为 safetensors 与 JSON 格式。",
    )
    curves = (
        curve_cards.answered_alone(),
        curve_cards.calibrated(
            "confidence", "right", Text("Confidence stated", "所报置信度"), Text("Right answers", "实际答对比例")
        ),
    )
    modes = {
        "quick": Text(
            "Reads your texts with a ready-made language model and learns from what it notices. No fine-tuning.",
            "用现成的语言模型读取文本，在其特征上学习，不做微调。",
        ),
        "standard": Text(
            "Fine-tunes the upper layers of the language model on your texts.",
            "用您的文本微调语言模型的上层。",
        ),
        "best": Text(
            "Fine-tunes all of the language model three times over and lets the three answer together. For the last few points; slower to answer.",
            "对整个语言模型微调三次，由三个模型共同作答，争取最后几个百分点；作答也更慢。",
        ),
    }

    def suggest(self, profile: Profile, roles: Roles) -> dict[str, Any]:
        column = next((c for c in profile.columns if (c.name,) == tuple(roles.get("label", ()))[:1]), None)
        if column is None:
            return {}
        values = [clean(value) for value, _ in column.top]
        meaning = {value: kind for value in values for kind, said in SPELLINGS.items() if value.lower() in said}
        return {"names": meaning} if len(meaning) == len(values) and len(set(meaning.values())) > 1 else {}

    def check(self, table: Table, settings: SentimentSettings) -> list[Problem]:
        named = _renamed(table, settings)
        rare = checks.rare_classes(named)
        found = [
            *checks.too_few_rows(table, least=FEWEST_ROWS),
            *checks.one_class(named),
            *checks.too_many_classes(named),
            *([replace(problem, fixes=()) for problem in rare] if settings.names else rare),
            *checks.missing_labels(table),
            *(() if settings.names else checks.label_spellings(table)),
            *checks.empty_texts(table),
            *checks.contradicting_labels(named),
            *checks.duplicates(table),
            *checks.texts_contain_label(named),
            *checks.leaking_columns(named),
            *leak_checks.owners(table, settings.keep_together),
            *checks.imbalance(named),
            *checks.very_long_texts(table),
        ]
        return sorted(found, key=lambda problem: ("stop", "warn", "note").index(problem.severity))

    def estimate(self, table: Table, settings: SentimentSettings) -> Plan:
        from core.learning.trial import estimate

        texts, labels = _learnable(table, settings)
        plan = estimate(texts, labels, language=detect_language(texts), seed=settings.seed, modes=(settings.mode,))[
            settings.mode
        ]
        taken = {stage.key: stage.seconds for stage in plan.stages}
        rehearsed = 1 if settings.mode == "quick" else 2
        simple = 0.3 + SIMPLE_SHARE * rehearsed * taken["ngrams"]
        evaluate = 2.0 + EVALUATED_SHARE * taken.get("encode", taken["ngrams"])
        return Plan(
            (
                Stage("baseline", Text("Trying the simple method", "试用简单方法"), simple),
                *plan.stages,
                Stage("evaluate", Text("Checking on rows it never saw", "在未见过的数据上检验"), evaluate),
            ),
            plan.memory_mb,
            plan.notes,
        )

    def baseline(self, train: Table, settings: SentimentSettings, report: Report) -> TextBaseline:
        from core.learning.baselines import TextBaseline

        report.stage("baseline")
        texts, labels = _learnable(train, settings)
        if settings.mode != "quick":
            report.point("baseline", 0, _rehearsal(texts, labels, _groups(train, settings), settings.seed))
        return TextBaseline().fit(texts, labels, seed=settings.seed)

    def fit(self, train: Table, settings: SentimentSettings, report: Report) -> SentimentModel:
        from core.learning.text import fit_text_classifier

        texts, labels = _learnable(train, settings)
        language = detect_language(texts)
        classifier = fit_text_classifier(
            texts,
            labels,
            mode=settings.mode,
            language=language,
            seed=settings.seed,
            report=report,
            groups=_groups(train, settings),
        )
        return SentimentModel(classifier, language, settings.tolerated_error)

    def evaluate(
        self,
        model: SentimentModel,
        baseline: TextBaseline,
        held_out: Table,
        settings: SentimentSettings,
        report: Report,
    ) -> Results:
        from core.learning.classification import Predictions, evaluate_classifier

        report.stage("evaluate")
        texts, labels = _learnable(held_out, settings)
        if not texts:
            raise UserError(Text("The test rows hold no text with a label.", "测试数据中没有带标签的文本。"))
        classifier = model.classifier
        shares = classifier.probabilities(texts, report)
        rivals = {"simple": baseline.predict(texts), "majority": [baseline.majority] * len(texts)}
        scores = evaluate_classifier(
            Predictions(
                labels,
                shares,
                classifier.classes,
                rivals,
                model.threshold(settings.tolerated_error),
            ),
            settings.seed,
        )
        rows = pd.DataFrame(
            index=_rows_with_both(held_out),
            data={
                "text": texts,
                "actual": labels,
                "given": scores.given.astype(str),
                "confidence": scores.confidence,
                "right": scores.right.astype(bool),
                "sure": scores.sure,
                "simple": rivals["simple"],
            },
        )
        details = {
            **scores.details,
            "tolerated_error": settings.tolerated_error,
            "class_words": classifier.class_words(texts, shares, report=report),
            "examples": class_cards.pick_examples(rows, classifier.classes),
            "language": model.language,
            "notes": [note.to_json() for note in classifier.notes],
        }
        said = class_cards.sentence(
            scores.metrics, scores.intervals, scores.baseline, scores.rival, settings.tolerated_error
        )
        verdict = judge("accuracy", scores.gain, len(texts), value=scores.metrics["accuracy"], sentence=said)
        return Results(scores.metrics, scores.intervals, scores.baseline, verdict, details, rows)

    def second_look(
        self, model: SentimentModel, train: Table, found: Results, settings: SentimentSettings, report: Report
    ) -> SecondLook | None:
        from core.learning.doubts import as_doubts

        learned = model.classifier.learned
        if learned is None:
            return None
        texts, raw, named = train.texts("text"), train.texts("label"), _renamed(train, settings).texts("label")
        rows = np.array([row for row, text in enumerate(texts) if text and named[row]], dtype=int)
        written = pd.Series([raw[row] for row in rows]).groupby([named[row] for row in rows]).agg(lambda s: s.mode()[0])
        labels = [(str(written[name]), _title(name)) for name in model.classifier.classes]
        column = train.roles["text"][0]
        answers = learned.y, learned.out_of_fold
        doubts = as_doubts(answers, rows, labels, lambda row: {column: texts[row]})
        return SecondLook(doubts, learned.curve(report.progress))

    def keep_learned(self, model: SentimentModel, folder: Path) -> None:
        if model.classifier.learned is not None:
            model.classifier.learned.save(folder)

    def take_up_learned(self, model: SentimentModel, folder: Path) -> None:
        from core.learning.learned import Learned

        model.classifier.learned = Learned.load(folder)

    def cards(self, results: Results) -> list[Card]:
        details = results.details
        text_title = Text("Text", "文本")
        return [
            class_cards.headline(results, self.metrics, self.baseline_title),
            class_cards.compared(results, self.metrics, self.baseline_title),
            class_cards.confusion(details, _title),
            class_cards.per_class(details, _title),
            class_cards.automation(results, details["tolerated_error"]),
            class_cards.calibration(results),
            class_cards.class_words(details, _title),
            *class_cards.notes(details),
            class_cards.mistakes(details, _title, text_title),
        ]

    def facts(self, model: SentimentModel) -> dict[str, Any]:
        return {"language": model.language, **model.classifier.facts}

    def fields(self, details: Mapping[str, Any]) -> list[Field]:
        return [
            Field(
                "text",
                Text("A new text", "一条新文本"),
                "text",
                placeholder=Text("Type or paste what a customer wrote", "输入或粘贴客户写的内容"),
                examples=tuple(details.get("examples", ())),
            )
        ]

    def controls(self, details: Mapping[str, Any]) -> list[Field]:
        return [TOLERANCE]

    def right_answers(self, details: Mapping[str, Any]) -> tuple[Option, ...]:
        return tuple(Option(name, _title(name)) for name in details["classes"])

    def answer(
        self,
        model: SentimentModel,
        inputs: Mapping[str, Any],
        controls: Mapping[str, Any],
        history: Sequence[Turn] = (),
    ) -> Answer:
        text = clean(inputs.get("text"))
        if not text:
            raise UserError(Text("Type a text first.", "请先输入一段文本。"))
        classes = model.classifier.classes
        shares = model.classifier.probabilities([text])[0]
        order = np.argsort(-shares, kind="stable")
        label, confidence = classes[order[0]], float(shares[order[0]])
        threshold = model.threshold(controls.get("tolerated_error"))
        words = model.classifier.explain(text, label)
        strongest = max((abs(weight) for _, weight in words), default=0.0) or 1.0
        return Answer(
            title=_title(label),
            confidence=confidence,
            sure=threshold is not None and confidence >= threshold,
            threshold=threshold,
            others=tuple((_title(classes[i]), float(shares[i])) for i in order[1:5]),
            reasons=tuple(Reason(word, float(weight / strongest), _side(label, weight > 0)) for word, weight in words),
            tone=TONES.get(label, "neutral"),
            label=label,
        )

    def predict(self, model: SentimentModel, table: Table, controls: Mapping[str, Any], report: Report) -> pd.DataFrame:
        texts = table.texts("text")
        classes = model.classifier.classes
        shares = np.asarray(model.classifier.probabilities(texts, report), dtype=float)
        confidence = shares.max(1)
        threshold = model.threshold(controls.get("tolerated_error"))
        filled = np.array([bool(text) for text in texts])
        sure = filled & (confidence >= threshold if threshold is not None else False)
        labels = np.asarray(classes, dtype=object)[shares.argmax(1)]
        return pd.DataFrame(
            {
                "prediction": np.where(filled, labels, ""),
                "confidence": np.where(filled, confidence.round(4), np.nan),
                "decision": np.select([~filled, sure], ["no text", "automatic"], "ask a person"),
                **{f"p_{name}": np.where(filled, shares[:, i].round(4), np.nan) for i, name in enumerate(classes)},
            }
        )

    def meaning(self, model: SentimentModel, table: Table) -> np.ndarray | None:
        return model.classifier.meaning(table.texts("text"))

    def truths(self, table: Table, settings: SentimentSettings) -> list[str]:
        return super().truths(_renamed(table, settings), settings)

    def networks(self, model: SentimentModel, table: Table) -> list[Portable]:
        from core.learning.portable import of_classifier

        return of_classifier("reader", model.classifier, table.texts("text"))

    def has_networks(self, folder: Path) -> bool:
        return kept.encoder_is_there(folder)

    def run_elsewhere(self, model: SentimentModel, networks: Mapping[str, Elsewhere]) -> None:
        model.classifier.run_elsewhere(networks.get("reader"))

    def never_loads(self, folder: Path) -> set[str]:
        return kept.encoder_goes_without(folder)

    def save(self, model: SentimentModel, folder: Path) -> None:
        model.classifier.save(folder)
        about = {"language": model.language, "tolerated_error": model.tolerated_error}
        (folder / "sentiment.json").write_text(json.dumps(about), encoding="utf-8")

    def load(self, folder: Path) -> SentimentModel:
        from core.learning.text import TextClassifier

        about = json.loads((folder / "sentiment.json").read_text(encoding="utf-8"))
        return SentimentModel(TextClassifier.load(folder), about["language"], about["tolerated_error"])


def _rehearsal(texts: list[str], labels: list[str], groups: list[int] | None, seed: int) -> float:
    """The simple method's accuracy on a tenth of the training rows, for the live chart only."""
    from core.learning.baselines import TextBaseline
    from core.learning.cleaning import clean_all
    from core.learning.folds import Folds

    y = np.unique(labels, return_inverse=True)[1]
    part_of = Folds.of_texts(clean_all(texts), y, seed, groups).parts(10)
    aside, kept = np.flatnonzero(part_of == 0), np.flatnonzero(part_of != 0)
    simple = TextBaseline().fit([texts[i] for i in kept], [labels[i] for i in kept], seed=seed)
    return float(
        np.mean([a == labels[i] for a, i in zip(simple.predict([texts[i] for i in aside]), aside, strict=True)])
    )


def _side(label: str, speaks_for: bool) -> Text:
    words = (
        Text("speaks for “{label}”", "支持“{label}”")
        if speaks_for
        else Text("speaks against “{label}”", "不支持“{label}”")
    )
    return words.fill(label=_title(label))


def _title(label: str) -> Text:
    return TITLES.get(label, same(label))


def _renamed(table: Table, settings: SentimentSettings) -> Table:
    """The table with its labels in the words that the user gave them."""
    if not settings.names or not table.has("label"):
        return table
    name = table.roles["label"][0]
    renamed = table.frame[name].map(lambda value: settings.names.get(clean(value), clean(value)))
    return Table(table.frame.assign(**{name: renamed}), table.roles, table.extra)


def _learnable(table: Table, settings: SentimentSettings) -> tuple[list[str], list[str]]:
    """Texts and labels of the rows that have both."""
    named, rows = _renamed(table, settings), _rows_with_both(table)
    texts, labels = named.texts("text"), named.texts("label")
    return [texts[row] for row in rows], [labels[row] for row in rows]


def _rows_with_both(table: Table) -> list[int]:
    pairs = zip(table.texts("text"), table.texts("label"), strict=True)
    return [row for row, (text, label) in enumerate(pairs) if text and label]


def _groups(table: Table, settings: SentimentSettings) -> list[int] | None:
    """The group of each learnable row, where rows of one group must stay together."""
    if not settings.keep_together:
        return None
    both = [bool(t and label) for t, label in zip(table.texts("text"), table.texts("label"), strict=True)]
    return groups_of(table.frame, settings.keep_together)[np.array(both, dtype=bool)].tolist()


SCENARIO = Sentiment()
