"""The report to hand on: what it says, that it stands alone, and that it tells nobody's rows."""

from __future__ import annotations

import os
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from core.cards import MONEY, Card, Facts, Number, Numbers
from core.cli import main
from core.dashboards.notes import notes
from core.fields import Field
from core.report import contents as report_contents
from core.services import reports, runs
from core.words import LANGUAGES, Language, Text, UserError, machine, same
from tests.pages.trained import trained
from tests.toy import Toy

pytestmark = pytest.mark.usefixtures("toy", "every_card")
EVIL = '<img src=x onerror=alert(1)> #eval("1") *x*'


class Page(HTMLParser):
    """The tags, what they point at, and the words of a page."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.addresses: list[str] = []
        self.words = ""
        self.feed(source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.addresses += [value or "" for name, value in attrs if name in ("src", "href")]

    def handle_data(self, data: str) -> None:
        self.words += data


def page(run_id: int, language: Language) -> Page:
    return Page(reports.content(run_id, language, "html").decode())


@pytest.mark.parametrize("language", LANGUAGES)
def test_verdict_numbers_limits_and_reproduction_are_said_in_the_language(language: Language) -> None:
    run_id = trained()
    run, said = runs.get(run_id), page(run_id, language).words
    assert run.verdict.headline.in_(language) in said
    assert run.verdict.sentence.in_(language) in said
    assert {"en": "Model card", "zh": "模型卡"}[language] in said
    assert runs.facts(run_id)["data"]["sha256"] in said
    assert {"en": "Iris is taken for rose", "zh": "鸢尾被当成玫瑰"}[language] in said
    assert f"{run.verdict.rows:,}" in said


def test_the_money_is_said_once_and_with_what_it_means(monkeypatch: pytest.MonkeyPatch) -> None:
    hours = Card(
        "hours", MONEY, same("103 hours saved"), same("If your figures hold."), Numbers((Number(same("Hours"), 103),))
    )
    table = Card("by-day", MONEY, same("By day"), same("A day each."), Facts(((same("Monday"), same("20")),)))
    assert "Power" in page(trained(), "en").words
    asked = Field("power", same("Strength in use"), "number", default=3.0)
    monkeypatch.setattr(Toy, "assumptions", lambda self, details: [asked])
    monkeypatch.setattr(Toy, "money", lambda self, results, assumptions: [hours, table])
    said = page(trained(), "en").words
    assert "Strength in use: 3" in said
    assert "Power" not in said, "what the money rests on is asked again after the training"
    assert said.count("103 hours saved") == said.count("If your figures hold.") == said.count("By day") == 1


def test_figures_of_the_money_are_written_out_and_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = [
        Field("loss", Text("Loss, each", "每笔损失"), "number", default=12345.5),
        Field("seen", Text("Seen a month", "每月人数"), "number", default=10000),
    ]
    monkeypatch.setattr(Toy, "assumptions", lambda self, details: asked)
    monkeypatch.setattr(Toy, "money", lambda self, results, assumptions: [])
    assert "Loss, each: 12,345.5; Seen a month: 10,000." in page(trained(), "en").words
    assert "每笔损失：12,345.5；每月人数：10,000。" in page(trained(), "zh").words


def test_the_machine_and_what_is_noted_are_said_in_the_language() -> None:
    said = page(trained(), "zh").words
    assert "个处理器核心" in said
    assert "cores" not in said
    assert machine("NVIDIA H100").zh == "NVIDIA H100"
    first, second = Text("One.", "一。"), Text("Two.", "二。")
    assert [name.zh for name, _ in notes(same(""), [first])[0].body.items] == ["说明"]
    assert [name.zh for name, _ in notes(same(""), [first, second])[0].body.items] == ["说明 1", "说明 2"]
    assert notes(same(""), []) == []


def test_no_bracket_stands_in_a_bracket(monkeypatch: pytest.MonkeyPatch) -> None:
    key, metric = next(iter(Toy.metrics.items()))
    odd = replace(metric, title=Text("The gap", "差距"), term=Text("error (ECE)", "误差（ECE）"))
    monkeypatch.setattr(Toy, "metrics", {**Toy.metrics, key: odd})
    assert "The gap (error, ECE)" in page(trained(), "en").words
    assert "差距（误差，ECE）" in page(trained(), "zh").words


def test_the_page_needs_nothing_from_elsewhere_and_runs_no_script() -> None:
    source = reports.content(trained(), "zh", "html").decode()
    found = Page(source)
    assert "script" not in found.tags
    assert all(address.startswith("#") for address in found.addresses)
    assert re.findall(r"url\((?!data:|#)", source) == []
    assert source.count("@font-face") == 2
    assert found.tags >= {"svg", "table", "h1"}


def test_a_users_words_are_never_markup() -> None:
    run_id = trained(name=EVIL)
    source = reports.content(run_id, "en", "html").decode()
    assert "img" not in Page(source).tags
    assert "alert(1)" in Page(source).words
    assert reports.content(run_id, "en", "pdf").startswith(b"%PDF")


def test_no_row_of_the_data_is_in_the_report() -> None:
    said = page(trained(), "en").words
    assert "Its mistakes" not in said


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_pdf_carries_its_fonts(language: Language) -> None:
    made = reports.content(trained(), language, "pdf")
    fonts = {name.decode() for name in re.findall(rb"/FontName\s*/[A-Z]{6}\+([\w-]+)", made)}
    assert any(name.startswith("Inter") for name in fonts)
    assert any(name.startswith("NotoSansSC") for name in fonts)
    assert made.count(b"/FontFile") >= len(fonts)


def test_it_is_made_once_and_again_when_what_it_says_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    run_id = trained()
    first = reports.make(run_id, "en", "html")
    monkeypatch.setattr(report_contents, "contents", lambda *_: pytest.fail("made twice"))
    assert reports.make(run_id, "en", "html") == first
    monkeypatch.undo()
    runs.rename(run_id, "Another name")
    second = reports.make(run_id, "en", "html")
    assert "Another name" in second.read_text("utf-8")
    assert first.exists(), "somebody may be reading it"
    os.utime(first, (0, 0))
    reports.make(run_id, "zh", "html")
    assert (first.exists(), second.exists()) == (False, True)


def test_a_run_without_a_result_has_no_report() -> None:
    with pytest.raises(UserError):
        reports.make(99, "en", "pdf")


def test_the_shell_writes_the_report_and_refuses_other_endings(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run_id, out = str(trained()), tmp_path / "report.html"
    assert main(["report", run_id, "--lang", "zh", "--out", str(out)]) == 0
    assert "模型报告" in Page(out.read_text("utf-8")).words
    capsys.readouterr()
    assert main(["report", run_id, "--lang", "en", "--out", f"{tmp_path}/report.docx"]) == 2
    assert ".pdf or .html" in capsys.readouterr().err
