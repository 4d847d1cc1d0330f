"""Pictures of every page for the README and for looking at: both languages, both themes, wide and narrow.

    python scripts/screenshots.py http://127.0.0.1:8501 --out docs/screenshots [--only home,train] [--all] [--run 3]
        [--language zh]

A running app is needed. The newest finished run and its data are shown; without one only the pages that need none.
Without `--all`, a selection is taken: every page wide in English and light, Home, Understand and Use also in Chinese,
dark and narrow. The README shows results and try of the sample data.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

CHROMIUM = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
            "--disable-sync", "--no-first-run"]  # fmt: skip
WIDTHS = {"wide": 1440, "narrow": 390}
PHONE = "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Mobile Safari/537.36"
TALLEST = 4000
PATHS = {
    "home": "/",
    "data": "/data",
    "dataset": "/data?dataset={dataset}",
    "explore": "/explore?dataset={dataset}",
    "setup": "/train?dataset={dataset}",
    "train": "/train?run={run}",
    "results": "/results?run={run}",
    "try": "/try?run={run}",
    "runs": "/runs",
    "live": "/live",
    "use": "/live?name={name}",
    "check": "/check?run={run}",
    "compare": "/compare?runs={run}",
    "help": "/help",
}


@dataclass(frozen=True)
class Shot:
    page: str
    language: str = "en"
    theme: str = "light"
    width: str = "wide"

    @property
    def file(self) -> str:
        return f"{self.page}-{self.language}-{self.theme}-{self.width}.png"


def wanted(only: list[str], everything: bool) -> Iterator[Shot]:
    pages = only or list(PATHS)
    if everything:
        for page, language, theme, width in product(pages, ("en", "zh"), ("light", "dark"), WIDTHS):
            yield Shot(page, language, theme, width)
        return
    for page in pages:
        yield Shot(page)
        if page in ("home", "results", "try"):
            yield from (Shot(page, language="zh"), Shot(page, theme="dark"), Shot(page, width="narrow"))


def newest(browser: Browser, address: str) -> dict[str, str]:
    """The newest finished run and its data, read from the pages themselves; empty where there is none."""
    page = browser.new_page()
    found: dict[str, str] = {}
    for path, pattern, name in (
        ("/runs", r"results\?run=(\d+)", "run"),
        ("/data", r"dataset=([0-9a-f]{32})", "dataset"),
        ("/live", r"live\?name=([^&]+)", "name"),
    ):
        page.goto(f"{address}{path}?lang=en")
        settle(page)
        links = [link.get_attribute("href") or "" for link in page.locator("a").all()]
        match = next((hit for link in links if (hit := re.search(pattern, link))), None)
        if match:
            found[name] = match[1]
    page.close()
    return found


def settle(page: Page) -> None:
    """Waits until the page has drawn itself."""
    page.locator(".st-key-shell").wait_for(timeout=30_000)
    page.locator('[data-testid="stApp"][data-test-script-state="notRunning"]').wait_for(timeout=60_000)
    page.wait_for_function("!document.querySelector('[data-testid=stSkeleton]')", timeout=60_000)
    page.evaluate("document.fonts.ready")
    page.wait_for_timeout(1500)


def take(browser: Browser, address: str, shot: Shot, ids: dict[str, str], folder: Path) -> None:
    width = WIDTHS[shot.width]
    locale = "zh-CN" if shot.language == "zh" else "en-US"
    agent = PHONE if shot.width == "narrow" else None
    page = browser.new_page(
        viewport={"width": width, "height": 900}, color_scheme=shot.theme, locale=locale, user_agent=agent
    )
    path = PATHS[shot.page].format(**ids)
    page.goto(f"{address}{path}{'&' if '?' in path else '?'}lang={shot.language}")
    settle(page)
    example = page.locator(".st-key-examples button")
    if shot.page == "try" and example.count():
        example.last.click()
        page.locator(".st-key-answer-place [class*='st-key-card'], .st-key-answer-place h2").first.wait_for(
            timeout=60_000
        )
        settle(page)
    height = page.evaluate("document.querySelector('[data-testid=stMainBlockContainer]').scrollHeight")
    page.set_viewport_size({"width": width, "height": max(700, min(int(height), TALLEST))})
    page.wait_for_timeout(700)
    page.screenshot(path=folder / shot.file)
    overflow = page.evaluate("(m => m.scrollWidth - m.clientWidth)(document.querySelector('[data-testid=stMain]'))")
    errors = page.locator('[data-testid="stException"]').count()
    print(shot.file, f"overflows by {overflow} px" if overflow > 0 else "", "shows an error" if errors else "")
    page.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("address", nargs="?", default=f"http://127.0.0.1:{os.environ.get('PORT', '8501')}")
    parser.add_argument("--out", type=Path, default=Path("screenshots"))
    parser.add_argument("--only", default="")
    parser.add_argument("--all", action="store_true", dest="everything")
    parser.add_argument("--run", help="this run's pictures, not the newest's")
    parser.add_argument("--language", choices=("en", "zh"), help="only pictures in this language")
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=CHROMIUM)
        ids = newest(browser, given.address)
        if given.run:
            ids["run"] = given.run
        for shot in wanted([name for name in given.only.split(",") if name], given.everything):
            if given.language and shot.language != given.language:
                continue
            if all(f"{{{name}}}" not in PATHS[shot.page] or name in ids for name in ("run", "dataset", "name")):
                take(browser, given.address, shot, ids, given.out)
        browser.close()


if __name__ == "__main__":
    main()
