"""How much the web process grows while the data page of a large file is opened.

    python benchmarks/memory.py [--rows 1020000] [--port 8599]

Generates a CSV, brings it in with the service in a process of its own, starts the pages in a workspace of its own, opens the
data page in Chromium until it stands still, and says what the web process held before, at most and after.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import psutil
from playwright.sync_api import sync_playwright

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.data import posts

ROOT = Path(__file__).resolve().parents[1]

BRING = "import sys; from pathlib import Path; from core.services import datasets; print(datasets.add('large.csv', Path(sys.argv[1])).dataset.id)"


def generated(path: Path, rows: int) -> None:
    """Posts with an identifier, so that no two rows are equal; about 230 bytes a row."""
    part = posts(min(rows, 120_000))
    for start in range(0, rows, len(part)):
        taken = part.head(rows - start)
        numbered = taken.assign(id=range(start, start + len(taken)), again=taken["text"].str[::-1])
        numbered.to_csv(path, index=False, mode="a", header=start == 0)


def web_process(port: int) -> psutil.Process:
    listening = (c for c in psutil.net_connections("tcp") if c.status == "LISTEN" and c.laddr.port == port and c.pid)
    return psutil.Process(next(listening).pid)


def held(process: psutil.Process, most: list[int], until: threading.Event) -> None:
    while not until.wait(0.05):
        most.append(process.memory_info().rss)


def opened(port: int, id: str) -> float:
    """Seconds until the findings of the page are there."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"]
        )
        page = browser.new_page()
        page.goto(f"http://127.0.0.1:{port}/data?lang=en", timeout=120_000)
        page.get_by_text("Your data").first.wait_for(timeout=120_000)
        time.sleep(5)
        process, most, done = web_process(port), [], threading.Event()
        before = process.memory_info().rss
        watch = threading.Thread(target=held, args=(process, most, done))
        watch.start()
        begin = time.perf_counter()
        page.goto(f"http://127.0.0.1:{port}/data?lang=en&dataset={id}", timeout=120_000)
        page.locator(".st-key-findings-head").wait_for(timeout=120_000)
        page.get_by_text("Looking through the data").wait_for(state="hidden", timeout=300_000)
        page.locator("[class*='st-key-note-'], .st-key-notes").first.wait_for(timeout=300_000)
        taken = time.perf_counter() - begin
        time.sleep(5)
        done.set()
        watch.join()
        browser.close()
    after = process.memory_info().rss
    mega = [round(value / 2**20) for value in (before, max(most), after)]
    print(
        f"web process: {mega[0]} MB before, at most {mega[1]} MB (+{mega[1] - mega[0]}), {mega[2]} MB after; {taken:.1f} s"
    )
    return taken


def main() -> None:
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("--rows", type=int, default=1_020_000)
    ask.add_argument("--port", type=int, default=8599)
    asked = ask.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "large.csv"
        generated(path, asked.rows)
        print(f"{asked.rows:,} rows, {path.stat().st_size / 2**20:.0f} MB")
        env = {**os.environ, "MODELWRIGHT_HOME": f"{folder}/home", "PORT": str(asked.port), "MODELWRIGHT_WORKER": "off"}
        begin = time.perf_counter()
        brought = [sys.executable, "-c", BRING, str(path)]
        id = subprocess.run(brought, cwd=ROOT, env=env, check=True, capture_output=True, text=True).stdout.strip()
        print(f"brought in: {time.perf_counter() - begin:.1f} s")
        house = subprocess.Popen([sys.executable, "-m", "core", "start"], cwd=ROOT, env=env, stdout=subprocess.DEVNULL)
        try:
            while not any(c.laddr.port == asked.port and c.status == "LISTEN" for c in psutil.net_connections("tcp")):
                time.sleep(0.5)
            opened(asked.port, id)
        finally:
            subprocess.run([sys.executable, "-m", "core", "stop"], cwd=ROOT, env=env, check=False, capture_output=True)
            house.wait(30)


if __name__ == "__main__":
    main()
