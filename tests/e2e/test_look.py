"""Every page before axe's rules (WCAG 2.2 A and AA, and good practice), in both themes and languages."""

from __future__ import annotations

import json

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.e2e.conftest import Served
from tests.e2e.test_journey import part_of_sample, runs_of

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(420), pytest.mark.xdist_group("heavy")]

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
STREAMLITS_OWN = {"presentation-role-conflict": 'data-testid="stFileUploaderDropzone"'}
"""What Streamlit's widgets break by themselves: the rule, and the mark of the widget. Its dropzone is a `section` with
role presentation that can take focus by script."""
LIGHT = ("/", "/data", "/data?dataset={dataset}", "/train?dataset={dataset}", "/train?run={run}", "/results?run={run}",
         "/results?run={run}&section=your-data", "/check?run={run}", "/try?run={run}", "/runs", "/compare?runs={run}",
         "/help")  # fmt: skip
DARK = ("/", "/results?run={run}&section=where-it-goes-wrong", "/try?run={run}", "/runs", "/help")
AT_REST = """() => document.getAnimations().every(
    one => one.playState !== "running" || one.effect.getComputedTiming().iterations === Infinity)"""
"""Whether nothing is fading or sliding any more: half-faded text has half its contrast."""


def broken_rules(page: Page, part: str | None = None) -> list[str]:
    """What axe finds on a page, or in the part of it that a selector names, once it has come to rest."""
    page.locator('[data-testid="stApp"][data-test-script-state="notRunning"]').wait_for(timeout=60_000)
    expect(page.locator('[data-testid="stSkeleton"], [data-stale="true"]')).to_have_count(0, timeout=60_000)
    page.wait_for_function(AT_REST, timeout=60_000)
    found = Axe().run(page, context=part, options=RULES).response["violations"]
    own = {rule["id"]: STREAMLITS_OWN.get(rule["id"], "\0") for rule in found}
    return [
        f"{rule['id']}: {node['html'][:200]} {node.get('failureSummary', '')}"
        for rule in found
        for node in rule["nodes"]
        if own[rule["id"]] not in node["html"]
    ]


@pytest.fixture(scope="module")
def trained(served: Served, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """A finished run of the workspace and its data."""
    if not any(run["status"] == "succeeded" for run in runs_of(served)):
        file = part_of_sample(tmp_path_factory.mktemp("look"), "shop_reviews.csv")
        done = served.shell("train", str(file), "--scenario", "sentiment", "--mode", "quick")
        assert done.returncode == 0, done.stderr
    run = next(run for run in runs_of(served) if run["status"] == "succeeded")
    facts = json.loads((served.home / "runs" / str(run["run_id"]) / "facts.json").read_text("utf-8"))
    return {"run": str(run["run_id"]), "dataset": facts["data"]["id"]}


@pytest.mark.parametrize(("theme", "language", "paths"), [("light", "en", LIGHT), ("dark", "zh", DARK)])
def test_no_page_breaks_a_rule_of_accessibility(
    served: Served, browser: Browser, trained: dict[str, str], theme: str, language: str, paths: tuple[str, ...]
) -> None:
    context = browser.new_context(viewport={"width": 1440, "height": 900}, color_scheme=theme)  # type: ignore[arg-type]
    page, broken = context.new_page(), []
    for path in paths:
        address = path.format(**trained)
        page.goto(f"{served.url}{address}{'&' if '?' in address else '?'}lang={language}")
        broken += [f"{path} {rule}" for rule in broken_rules(page)]
    context.close()
    assert broken == []
