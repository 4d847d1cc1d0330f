"""What a report says, in one language: built from a run's cards for any scenario, with no model in memory."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core import charts
from core.cards import FAIRNESS, HEADLINE, MONEY, Card, Metric, Numbers
from core.data.recipe import Step, describe
from core.fields import Field
from core.report import words
from core.report.blocks import Block, Figure, block, figures
from core.scenarios.base import Results, Scenario
from core.verdict import Verdict
from core.words import Text, machine, same

THREE = 3
FEW_ROWS = 200
NOTHING: tuple[Any, ...] = ({}, [], (), None, "")


@dataclass(frozen=True)
class Subject:
    """What a report is about. `facts` is what the run kept of itself; `assumptions` are the user's own figures."""

    run_id: int
    name: str
    note: str
    scenario: Scenario[Any]
    finished_at: datetime | None
    mode: str
    results: Results
    facts: Mapping[str, Any]
    assumptions: Mapping[str, Any]


@dataclass(frozen=True)
class Chapter:
    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True)
class Contents:
    """The first page, then the chapters: model card, charts, money."""

    language: str
    labels: Mapping[str, str]
    kicker: str
    title: str
    about: str
    date: str
    verdict: str
    sign: str
    headline: str
    sentence: str
    numbers: tuple[Figure, ...]
    ranges: str
    money: Block | None
    money_words: str
    limits: tuple[str, ...]
    chart: Block | None
    chapters: tuple[Chapter, ...]


def contents(subject: Subject, language: str) -> Contents:
    kind, results = subject.scenario, subject.results
    cards, verdict = kind.cards(results), results.verdict
    asked = kind.assumptions(results.details)
    values = {field.key: subject.assumptions.get(field.key, field.default) for field in asked}
    money_cards = kind.money(results, values) if asked else []
    worth = next((card for card in money_cards if isinstance(card.body, Numbers)), None)
    behind = [card for card in money_cards if card is not worth]
    rests = _rests(asked, values, language)
    chapters = [_model_card(subject, cards, language), *_chapters(cards, language)]
    if behind:
        chapters.append(Chapter(MONEY.in_(language), _blocks(behind, language)))
    return Contents(
        language=language,
        labels={key: text.in_(language) for key, text in words.LABELS.items()},
        kicker=kind.title.in_(language),
        title=subject.name,
        about=_about(subject, language),
        date=_day(subject),
        verdict=verdict.kind,
        sign=words.SIGNS[verdict.kind],
        headline=verdict.headline.in_(language),
        sentence=verdict.sentence.in_(language),
        numbers=_three(cards, language),
        ranges=words.RANGES.in_(language),
        money=block(worth, language) if worth else None,
        money_words=rests or words.NO_MONEY.in_(language),
        limits=tuple(text.in_(language) for text in _limits(subject, verdict, cards)),
        chart=_first_chart(chapters),
        chapters=tuple(chapters),
    )


# --- the first page ----------------------------------------------------------------------------------------------


def _about(subject: Subject, language: str) -> str:
    data = subject.facts.get("data") or {}
    mode = words.MODES.get(subject.mode, same(subject.mode))
    return words.ABOUT.fill(data=data.get("file_name") or "–", mode=mode, day=_day(subject)).in_(language)


def _day(subject: Subject) -> str:
    return subject.finished_at.strftime("%Y-%m-%d") if subject.finished_at else ""


def _three(cards: Sequence[Card], language: str) -> tuple[Figure, ...]:
    for card in cards:
        if card.section == HEADLINE and isinstance(card.body, Numbers):
            return figures(card.body.items[:THREE], language)
    return ()


def _first_chart(chapters: Sequence[Chapter]) -> Block | None:
    return next((one for chapter in chapters for one in chapter.blocks if one.kind == "chart"), None)


def _rests(asked: Sequence[Field], values: Mapping[str, Any], language: str) -> str:
    """On which figures the money rests, and that those not changed are examples."""
    if not asked:
        return ""
    pairs = [(field.title.in_(language), _chosen(field, values[field.key], language)) for field in asked]
    between, after = ("：", "；") if language == "zh" else (": ", "; ")
    said = words.MONEY_RESTS.fill(figures=after.join(f"{name}{between}{value}" for name, value in pairs))
    untouched = any(values[field.key] == field.default for field in asked)
    return said.in_(language) + (_joint(language) + words.MONEY_EXAMPLE.in_(language) if untouched else "")


def _limits(subject: Subject, verdict: Verdict, cards: Sequence[Card]) -> Iterator[Text]:
    """What follows from how it was measured, then what the scenario declares."""
    if verdict.kind == "unclear":
        yield words.LIMIT_UNCLEAR
    if verdict.kind == "not_worth":
        yield words.LIMIT_WORSE
    if verdict.rows < FEW_ROWS:
        yield words.LIMIT_FEW
    yield words.LIMIT_ROWS.fill(rows=f"{verdict.rows:,}", split=_ended(_split(subject.facts)))
    if any(card.section == FAIRNESS for card in cards):
        yield words.LIMIT_SENSITIVE.fill(chapter=FAIRNESS)
    yield from subject.scenario.limits


def _split(facts: Mapping[str, Any]) -> Text:
    return Text.from_json(facts.get("split") or {"en": "", "zh": ""})


def _ended(text: Text) -> Text:
    """A sentence with its full stop, fit to be followed by another."""
    return Text(text.en.rstrip(". ") + ". " if text.en else "", text.zh.rstrip("。") + "。" if text.zh else "")


# --- the chapters ------------------------------------------------------------------------------------------------


def _blocks(cards: Sequence[Card], language: str) -> tuple[Block, ...]:
    found = (block(card, language) for card in cards)
    return tuple(one for one in found if one)


def _chapters(cards: Sequence[Card], language: str) -> Iterator[Chapter]:
    sections = dict.fromkeys(card.section for card in cards if card.section != HEADLINE)
    for section in sections:
        blocks = _blocks([card for card in cards if card.section == section], language)
        if blocks:
            yield Chapter(section.in_(language), blocks)


def _model_card(subject: Subject, cards: Sequence[Card], language: str) -> Chapter:
    def facts(title: Text, reading: Text, pairs: Iterator[tuple[Text, Text]]) -> Block:
        rows = tuple((name.in_(language), value.in_(language)) for name, value in pairs)
        return Block("facts", title.in_(language), reading.in_(language), rows=rows)

    return Chapter(
        words.LABELS["model_card"].in_(language),
        (
            facts(words.PURPOSE, words.PURPOSE_READING, _purpose(subject)),
            facts(words.DATA, words.DATA_READING, _data(subject)),
            _metrics(subject, cards, language),
            facts(words.AGAIN, words.AGAIN_READING, _again(subject, language)),
        ),
    )


def _purpose(subject: Subject) -> Iterator[tuple[Text, Text]]:
    kind = subject.scenario
    yield words.TASK, kind.title
    yield words.MEANT, kind.purpose or kind.summary
    if kind.not_for:
        yield words.NOT_MEANT, kind.not_for
    if subject.note:
        yield words.NOTE, same(subject.note)


def _data(subject: Subject) -> Iterator[tuple[Text, Text]]:
    facts, kind = subject.facts, subject.scenario
    for key, title in (("data", words.FILE), ("test_data", words.OWN_TEST)):
        if data := facts.get(key):
            shape = {"rows": f"{data['rows']:,}", "columns": data["columns"]}
            yield title, words.FILE_SAID.fill(name=same(data["file_name"]), **shape)
            yield words.FINGERPRINT, same(data["sha256"])
    if rows := facts.get("rows"):
        said = words.ROWS_SAID.fill(train=f"{rows['train']:,}", test=f"{rows['test']:,}")
        used = subject.results.verdict.rows
        part = words.ROWS_USED.fill(used=f"{used:,}") if 0 < used < rows["test"] else same("")
        yield words.ROWS, Text(said.en + part.en, said.zh + part.zh)
    yield words.HELD_OUT, _split(facts)
    titles = {role.key: role.title for role in kind.roles}
    for role, names in (facts.get("roles") or {}).items():
        listed = Text(_listed(names, "en"), _listed(names, "zh"))
        yield words.COLUMN.fill(role=titles.get(role, same(role))), listed
    if steps := (facts.get("data") or {}).get("recipe"):
        done = [describe(Step.from_json(step)) for step in steps]
        yield words.PREPARED, Text("; ".join(one.en for one in done), "；".join(one.zh for one in done))


def _metrics(subject: Subject, cards: Sequence[Card], language: str) -> Block:
    """Every metric that was measured, with its interval, and the simple method's."""
    results, kind = subject.results, subject.scenario
    found = [(metric, key) for key, metric in kind.metrics.items() if key in results.metrics]
    labels = [words.LABELS[key].in_(language) for key in ("metric", "model", "interval", "simple", "meaning")]
    fair = any(card.section == FAIRNESS for card in cards)
    note = words.FAIRNESS_SEEN.fill(chapter=FAIRNESS) if fair else words.NO_FAIRNESS
    return Block(
        "table",
        words.METRICS.in_(language),
        words.METRICS_READING.fill(rows=f"{results.verdict.rows:,}", simple=kind.baseline_title).in_(language),
        columns=tuple(labels),
        numeric=(False, True, True, True, False),
        rows=tuple(_metric(metric, key, results, language) for metric, key in found),
        notes=(f"{FAIRNESS.in_(language)}{'：' if language == 'zh' else ': '}{note.in_(language)}",),
    )


def _metric(metric: Metric, key: str, results: Results, language: str) -> tuple[str, ...]:
    def said(value: float | None) -> str:
        if value is None:
            return "–"
        return f"{value * 100:.1f}%" if metric.is_share else f"{value:.3f}"

    interval, simple = results.intervals.get(key), results.baseline.get(key)
    title, term = metric.title.in_(language), metric.term.in_(language)
    apart = "（{}）" if language == "zh" else " ({})"
    inner = re.sub(r"\s?[（(]([^）)]+)[）)]", "，\\1" if language == "zh" else ", \\1", term)
    name = title if title == term else title + apart.format(inner)
    spread = f"{said(interval[0]).removesuffix('%')}–{said(interval[1])}" if interval else "–"
    return name, said(results.metrics[key]), spread, said(simple), metric.help.in_(language)


def _again(subject: Subject, language: str) -> Iterator[tuple[Text, Text]]:
    facts, kind = subject.facts, subject.scenario
    mode = words.MODES.get(subject.mode, same(subject.mode))
    what: Text = kind.modes.get(subject.mode, same(""))  # type: ignore[call-overload]
    yield words.RUN, same(subject.run_id)
    yield words.DAY, same(_day(subject))
    yield words.MODE, Text(f"{mode.en}. {what.en}", f"{mode.zh}：{what.zh}")
    yield words.SEED, same(facts.get("seed"))
    form = kind.settings.told()
    money = {field.key for field in kind.assumptions(subject.results.details)}
    for key, value in (facts.get("settings") or {}).items():
        if key in form and key not in money and value not in NOTHING:
            yield form[key].title, same(_chosen(form[key], value, language))
    if versions := facts.get("versions"):
        yield words.VERSIONS, same(", ".join(f"{name} {version}" for name, version in versions.items()))
    if hardware := facts.get("hardware"):
        yield words.MACHINE, machine(hardware)
    if seconds := (facts.get("seconds") or {}).get("total"):
        yield words.TOOK, same(charts.said(seconds, "seconds", language))
    if size := facts.get("model_bytes"):
        yield words.SIZE, same(f"{size / 1024**2:,.1f} MB")


def _chosen(field: Field, value: Any, language: str) -> str:
    """An answer in the words of the question's options."""
    titles = {option.value: option.title.in_(language) for option in field.options}
    if isinstance(value, Mapping):
        return _listed([f"{key} → {titles.get(meaning, meaning)}" for key, meaning in value.items()], language)
    if isinstance(value, str | int | float) and value in titles and not isinstance(value, bool):
        return titles[value]
    return _plain(value, language)


def _plain(value: Any, language: str) -> str:
    if isinstance(value, bool):
        return Text("yes", "是").in_(language) if value else Text("no", "否").in_(language)
    if isinstance(value, float):
        return f"{value:,.2f}".rstrip("0").rstrip(".") if abs(value) >= 1 else f"{value:.4g}"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, Mapping):
        return _listed([f"{key} {_plain(one, language)}" for key, one in value.items() if one], language)
    if isinstance(value, list | tuple):
        return _listed([_plain(one, language) for one in value], language)
    return str(value)


def _listed(parts: Sequence[Any], language: str) -> str:
    return ("、" if language == "zh" else ", ").join(str(part) for part in parts)


def _joint(language: str) -> str:
    return "" if language == "zh" else " "
