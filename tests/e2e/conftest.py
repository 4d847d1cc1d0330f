"""The whole product in a real browser: a served workspace of its own, and Chromium where there is one."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Error, Page, TimeoutError, expect, sync_playwright

from core.config import ROOT

NAMES = ("chromium", "chromium-browser", "google-chrome")
MAC = Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")
ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
]
PATIENCE = 45_000
"""Milliseconds: trainings of other tests share the processor, and no wait here is a claim about speed."""


@dataclass(frozen=True)
class Served:
    """A running Modelwright."""

    url: str
    home: Path
    process: subprocess.Popen[bytes]
    environment: dict[str, str]

    def shell(self, *words: str) -> subprocess.CompletedProcess[str]:
        """`python -m core …` on the same workspace."""
        return subprocess.run(
            [sys.executable, "-m", "core", *words],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )

    def health(self) -> dict[str, object]:
        with urllib.request.urlopen(f"{self.url}/api/health", timeout=5) as answer:
            return dict(json.loads(answer.read()))


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def serve(home: Path) -> Served:
    """Starts the app as `make run` does and waits until pages, worker and model server are up."""
    port = free_port()
    environment = {
        **os.environ,
        "MODELWRIGHT_HOME": str(home),
        "HOST": "127.0.0.1",
        "PORT": str(port),
        "HF_HUB_OFFLINE": "1",
    }
    for name in ("MODELWRIGHT_PASSWORD", "DATABASE_URL", "MODELWRIGHT_SERVER"):
        environment.pop(name, None)
    log = (home.parent / "web.log").open("ab")
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "streamlit",
            "run",
            "app.py",
            "--server.address",
            "127.0.0.1",
            "--server.port",
            str(port),
        ],
        cwd=ROOT,
        env=environment,
        stdout=log,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    served = Served(f"http://127.0.0.1:{port}", home, process, environment)
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        try:
            if served.health()["status"] == "ok":
                return served
        except (urllib.error.URLError, OSError):
            pass
        if process.poll() is not None:
            break
        time.sleep(0.5)
    raise RuntimeError(f"the app did not come up:\n{(home.parent / 'web.log').read_text()[-4000:]}")


def stop(served: Served) -> None:
    served.process.terminate()
    served.process.wait(20)
    served.shell("stop")


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    running = serve(tmp_path_factory.mktemp("served") / "home")
    yield running
    stop(running)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = next((found for name in NAMES if (found := shutil.which(name))), str(MAC) if MAC.exists() else None)
    with sync_playwright() as driver:
        try:
            running = driver.chromium.launch(executable_path=path, args=ARGS)
        except Error as error:
            pytest.skip(f"no Chromium on this machine: {str(error).splitlines()[0]}")
        yield running
        running.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1440, "height": 900}, locale="en-GB")
    context.set_default_timeout(PATIENCE)
    expect.set_options(timeout=PATIENCE)
    opened = context.new_page()
    yield opened
    context.close()


def bring(page: Page, address: str, file: Path) -> None:
    """Opens a page at rest, so that nothing is drawn anew under the file, and brings the file to it."""
    page.goto(address)
    page.locator('[data-testid="stApp"][data-test-script-state="notRunning"]').wait_for()
    page.locator('[data-testid="stFileUploader"] input[type="file"]').first.set_input_files(file)


def choose(page: Page, box: str, words: str) -> None:
    """Picks from the list of a select box; a page that is drawn anew meanwhile closes the list, which is then opened again."""
    choice = page.get_by_role("option", name=words)
    for _ in range(5):
        page.locator(box).click()
        with suppress(TimeoutError):
            choice.click(timeout=6000)
            return
        page.keyboard.press("Escape")
    pytest.fail(f"“{words}” is not in the list")
