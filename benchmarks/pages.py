"""How fast the pages answer: first paint, a rerun of the results page, and many people at once.

    python benchmarks/pages.py --url http://127.0.0.1:8501 [--sessions 50]

Needs a running Modelwright (`make run`) with at least one finished run for the results page. First paint is measured in a
headless Chromium from navigation until the page's content stands; the sessions are bare WebSockets speaking Streamlit's
protocol, all opened at the same moment, measured until the script has finished; beside them the same for a Streamlit page of one
line, so that the machine's own speed can be told apart.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import socket as sockets
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

import websockets
from playwright.sync_api import Page, sync_playwright
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

BROWSER_ARGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
READY = "[data-testid='stMain'] h1"
REPEATS = 7


def first_paint(page: Page, url: str) -> list[float]:
    """Seconds from navigation until the page's heading is visible, in a warm browser."""
    seconds = []
    for _ in range(REPEATS):
        begin = time.perf_counter()
        page.goto(url, wait_until="commit")
        page.locator(READY).first.wait_for()
        seconds.append(time.perf_counter() - begin)
    return seconds


async def session(url: str, query: str) -> float:
    """Seconds from connecting until Streamlit says that the script has finished."""
    begin = time.perf_counter()
    parts = urlsplit(url)
    address = f"ws://{parts.netloc}/_stcore/stream"
    async with websockets.connect(
        address, origin=url, subprotocols=["streamlit"], max_size=None, open_timeout=60
    ) as socket:
        ask = BackMsg()
        ask.rerun_script.query_string = query
        await socket.send(ask.SerializeToString())
        while True:
            message = ForwardMsg()
            message.ParseFromString(await socket.recv())
            if message.WhichOneof("type") == "script_finished":
                return time.perf_counter() - begin


async def rerun(url: str, query: str, page_hash: str = "") -> list[float]:
    """Seconds of reruns within one session of a page."""
    parts = urlsplit(url)
    seconds = []
    async with websockets.connect(
        f"ws://{parts.netloc}/_stcore/stream",
        origin=f"{parts.scheme}://{parts.netloc}",
        subprotocols=["streamlit"],
        max_size=None,
    ) as socket:
        for _ in range(REPEATS + 1):
            ask = BackMsg()
            ask.rerun_script.query_string = query
            ask.rerun_script.page_name = parts.path.strip("/")
            begin = time.perf_counter()
            await socket.send(ask.SerializeToString())
            while True:
                message = ForwardMsg()
                message.ParseFromString(await socket.recv())
                if message.WhichOneof("type") == "script_finished":
                    break
            seconds.append(time.perf_counter() - begin)
    return seconds[1:]


async def crowd(url: str, sessions: int) -> list[float]:
    return list(await asyncio.gather(*(session(url, "") for _ in range(sessions))))


@contextmanager
def one_line() -> Iterator[str]:
    """The address of a Streamlit app that shows a title and nothing else."""
    with sockets.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "page.py"
        page.write_text("import streamlit as st\nst.title('One line')\n", encoding="utf-8")
        options = ["--server.port", str(port), "--server.headless", "true", "--browser.gatherUsageStats", "false"]
        command = [sys.executable, "-m", "streamlit", "run", str(page), *options]
        running = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        url = f"http://127.0.0.1:{port}"
        try:
            for _ in range(100):
                with suppress(urllib.error.URLError), urllib.request.urlopen(f"{url}/_stcore/health"):
                    break
                time.sleep(0.2)
            yield url
        finally:
            running.terminate()
            running.wait()


def said(seconds: list[float]) -> dict[str, float]:
    ordered = sorted(seconds)
    return {
        "median_s": round(statistics.median(ordered), 3),
        "p95_s": round(ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))], 3),
    }


def main() -> None:
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("--url", default="http://127.0.0.1:8501")
    ask.add_argument("--sessions", type=int, default=50)
    ask.add_argument("--run", type=int, default=1, help="a finished run")
    ask.add_argument("--dataset", default="", help="a dataset's id")
    ask.add_argument("--browser", default="/usr/bin/chromium")
    args = ask.parse_args()
    url = args.url.rstrip("/")
    with urllib.request.urlopen(f"{url}/api/health") as answer:
        print("health", json.loads(answer.read())["status"])
    pages = {
        "home": "/",
        "data": f"/data?dataset={args.dataset}" if args.dataset else "/data",
        "train": f"/train?dataset={args.dataset}" if args.dataset else "/train",
        "runs": "/runs",
        "results": f"/results?run={args.run}",
        "try": f"/try?run={args.run}",
    }
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=args.browser, args=BROWSER_ARGS)
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.goto(url)
        page.locator(READY).first.wait_for()
        for name, path in pages.items():
            print(f"first paint {name:8}", said(first_paint(page, url + path)))
        browser.close()
    print("rerun results     ", said(asyncio.run(rerun(f"{url}/results", f"run={args.run}"))))
    with one_line() as bare:
        for title, address in (("home", url), ("a page of one line", bare)):
            asyncio.run(crowd(address, 3))
            print(f"{args.sessions} sessions on {title}", said(asyncio.run(crowd(address, args.sessions))))


if __name__ == "__main__":
    main()
