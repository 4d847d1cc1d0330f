"""From a file to an answer in a real browser, in both languages, and what happens on the way when things die."""

from __future__ import annotations

import csv
import os
import re
import signal
import time
from pathlib import Path

import psutil
import pytest
from playwright.sync_api import Page, expect

from core.config import ROOT
from tests.e2e.conftest import Served, bring, serve, stop

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(420), pytest.mark.xdist_group("heavy")]

LONG = 240_000
ROWS = 300
WORDS = {
    "en": {
        "file": "shop_reviews.csv", "use": "Use this data", "start": "Start training", "learned": "See what it learned",
        "model": "Use this model", "ask": "Get the answer", "verdict": r"of 100 new texts",
        "text": "Fast delivery and lovely quality, I am so happy with it!", "column": "review",
    },
    "zh": {
        "file": "shop_reviews_zh.csv", "use": "使用这份数据", "start": "开始训练", "learned": "看看它学到了什么",
        "model": "使用此模型", "ask": "查看答案", "verdict": r"每 100 条新文本",
        "text": "质量非常好，物流也很快，太满意了！", "column": "评论",
    },
}  # fmt: skip


def part_of_sample(folder: Path, name: str) -> Path:
    """The first rows of a sample: enough to learn from, quick to train on."""
    with (ROOT / "assets" / "samples" / name).open(encoding="utf-8-sig", newline="") as whole:
        rows = list(csv.reader(whole))[: ROWS + 1]
    file = folder / f"part_{name}"
    with file.open("w", encoding="utf-8", newline="") as part:
        csv.writer(part).writerows(rows)
    return file


def run_id_of(page: Page) -> int:
    page.wait_for_url(re.compile(r"run=\d+"))
    found = re.search(r"run=(\d+)", page.url)
    assert found
    return int(found[1])


def button(page: Page, words: str) -> None:
    page.get_by_role("button", name=words).or_(page.get_by_role("link", name=words)).first.click()


@pytest.mark.parametrize("language", list(WORDS))
def test_a_file_becomes_a_model_that_answers(served: Served, page: Page, tmp_path: Path, language: str) -> None:
    words = WORDS[language]
    file = part_of_sample(tmp_path, words["file"])
    bring(page, f"{served.url}/data?lang={language}", file)
    page.wait_for_url(re.compile(r"dataset="))
    expect(page.get_by_text(words["column"], exact=True).first).to_be_visible()
    button(page, words["use"])
    page.wait_for_url(re.compile(r"/train"))
    page.get_by_role("button", name=words["start"]).click()
    run_id = run_id_of(page)
    button_shown = page.get_by_role("button", name=words["learned"]).or_(
        page.get_by_role("link", name=words["learned"])
    )
    expect(button_shown.first).to_be_visible(timeout=LONG)
    page.goto(f"{served.url}/results?run={run_id}&lang={language}")
    expect(page.get_by_text(re.compile(words["verdict"])).first).to_be_visible()
    button(page, words["model"])
    page.wait_for_url(re.compile(r"/try"))
    assert f"lang={language}" in page.url
    page.locator("textarea").first.fill(words["text"])
    button(page, words["ask"])
    answer = page.locator(".st-key-answer-place")
    expect(answer).to_contain_text(re.compile("Positive|正面|好评", re.I), timeout=60_000)
    expect(answer).to_contain_text(re.compile(r"\d+\s?%"))
    assert page.locator("[data-testid=stException]").count() == 0


def test_the_shell_stands_around_a_deep_link_and_the_language_stays(served: Served, page: Page) -> None:
    for path in ("data", "runs", "help"):
        page.goto(f"{served.url}/{path}?lang=zh")
        expect(page.get_by_text("模型", exact=True).first).to_be_visible()
    page.reload()
    expect(page.get_by_text("模型", exact=True).first).to_be_visible()
    page.get_by_text("EN", exact=True).first.click()
    expect(page.get_by_text("Models", exact=True).first).to_be_visible()
    assert "lang=en" in page.url


def test_a_file_that_is_no_table_is_refused_in_words_and_nothing_is_lost(
    served: Served, page: Page, tmp_path: Path
) -> None:
    for name, content in (("empty.csv", b""), ("photo.csv", b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 8)):
        (tmp_path / name).write_bytes(content)
        bring(page, f"{served.url}/data?lang=zh", tmp_path / name)
        expect(page.get_by_text(re.compile(name)).first).to_be_visible()
        expect(
            page.locator(".st-key-note-bad, [class*='st-key-note-bad'], [data-testid=stAlert]").first
        ).to_be_visible()
        assert page.locator("[data-testid=stException]").count() == 0


def test_a_double_click_gives_one_run(served: Served, page: Page, tmp_path: Path) -> None:
    file = part_of_sample(tmp_path, "shop_reviews.csv")
    lines = file.read_text(encoding="utf-8").splitlines()[:-20]
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    bring(page, f"{served.url}/data?lang=en", file)
    page.wait_for_url(re.compile(r"dataset="))
    button(page, "Use this data")
    page.wait_for_url(re.compile(r"/train"))
    before = len(runs_of(served))
    page.get_by_role("button", name="Start training").dblclick()
    run_id = run_id_of(page)
    time.sleep(2)
    assert len(runs_of(served)) == before + 1
    page.goto(f"{served.url}/train?run={run_id}&lang=en")
    stopping = page.get_by_role("button", name="Stop", exact=True)
    if stopping.count():
        stopping.first.click()


def runs_of(served: Served) -> list[dict[str, object]]:
    import json

    return list(json.loads(served.shell("runs", "--json").stdout))


def test_user_text_is_shown_as_text(served: Served, page: Page, tmp_path: Path) -> None:
    nasty = "<img src=x onerror=\"document.title='owned'\"> **bold** [link](javascript:alert(1)) $x^2$ :red[hot]"
    file = tmp_path / "nasty.csv"
    with file.open("w", encoding="utf-8", newline="") as out:
        rows = csv.writer(out)
        rows.writerow(["<b>review</b>", "label"])
        rows.writerows([[f"{nasty} {i}", "good" if i % 2 else "bad"] for i in range(80)])
    bring(page, f"{served.url}/data?lang=en", file)
    page.wait_for_url(re.compile(r"dataset="))
    expect(page.get_by_text("<b>review</b>").first).to_be_visible()
    button(page, "Use this data")
    expect(page.get_by_text("onerror").first).to_be_visible()
    assert page.title() != "owned"
    assert page.locator("img[src='x']").count() == 0


def test_the_house_heals_when_web_worker_and_server_are_killed(tmp_path: Path, page: Page) -> None:
    """kill -9 of the web process while a run goes on: the run goes on, and the next start finds it."""
    served = serve(tmp_path / "home")
    file = part_of_sample(tmp_path, "shop_reviews.csv")
    bring(page, f"{served.url}/data?lang=en", file)
    page.wait_for_url(re.compile(r"dataset="))
    button(page, "Use this data")
    page.wait_for_url(re.compile(r"/train"))
    page.get_by_role("button", name="Start training").click()
    run_id = run_id_of(page)
    os.killpg(served.process.pid, signal.SIGKILL)
    served.process.wait(10)
    again = serve(tmp_path / "home")
    try:
        page.goto(f"{again.url}/train?run={run_id}&lang=en")
        learned = page.get_by_role("button", name="See what it learned").or_(
            page.get_by_role("link", name="See what it learned")
        )
        expect(learned.first).to_be_visible(timeout=LONG)
        server = next(p for p in psutil.process_iter(["cmdline"]) if served_by(p, tmp_path, "core.serving.server"))
        server.kill()
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and not healthy(again):
            time.sleep(0.5)
        assert healthy(again)
    finally:
        stop(again)
    alive = [p for p in psutil.process_iter(["cmdline"]) if served_by(p, tmp_path, "core.")]
    assert alive == []


def healthy(served: Served) -> bool:
    try:
        return served.health()["status"] == "ok"
    except OSError:
        return False


def served_by(process: psutil.Process, folder: Path, module: str) -> bool:
    """Whether a process runs this module on the workspace in the folder."""
    try:
        words = " ".join(process.info["cmdline"] or [])
        return module in words and process.environ().get("MODELWRIGHT_HOME", "").startswith(str(folder))
    except (psutil.Error, KeyError):
        return False
