"""The launcher: what it refuses, what it serves, what it never loads."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import psutil
import pytest

from core.config import ROOT
from core.store import files

SERVE = """
import sys
import app
from starlette.testclient import TestClient
from streamlit import config
from streamlit.web import bootstrap
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

assert app.net_util.get_external_ip() == "", "Streamlit would ask a public service for the server's address"
app.net_util._external_ip = None
app.net_util._make_blocking_http_get = lambda *_, **__: sys.exit("the banner asks a public service")
config.set_option("server.address", "0.0.0.0")
bootstrap._print_url(False)
app.ensure_worker = app.ensure_server = lambda **_: False
address = "127.0.0.1:8501"


def run_page(client, name):
    said, message = [], BackMsg()
    message.rerun_script.page_name = name
    with client.websocket_connect(f"ws://{address}/_stcore/stream", subprotocols=["streamlit"]) as socket:
        socket.send_bytes(message.SerializeToString())
        while True:
            told = ForwardMsg.FromString(socket.receive_bytes())
            if told.WhichOneof("type") == "delta":
                said.append(str(told.delta))
            if told.WhichOneof("type") == "script_finished":
                return told.script_finished, said


with TestClient(app.app, base_url=f"http://{address}", client=("127.0.0.1", 5)) as client:
    app.front_door._server_address = lambda scope: "127.0.0.1"
    assert client.get("/data").status_code == 200
    assert client.get("/api/health").status_code == 503
    for name in ("", "data", "runs"):
        finished, said = run_page(client, name)
        assert finished == ForwardMsg.FINISHED_SUCCESSFULLY, finished
        assert said
        assert not [text for text in said if "exception {" in text], said
print(sorted({"torch", "transformers", "sklearn", "accelerate", "scipy"} & set(sys.modules)))
"""


def environment(home: Path, **more: str) -> dict[str, str]:
    return {**os.environ, "MODELWRIGHT_HOME": str(home), "PYTHONPATH": str(ROOT), **more}


@pytest.mark.parametrize(
    "command",
    [["app.py"], ["-m", "streamlit", "run", "app.py", "--server.address", "0.0.0.0", "--server.port", "0"]],
    ids=["python", "streamlit"],
)
def test_it_does_not_start_for_strangers_without_a_password(command: list[str], home: Path) -> None:
    ran = subprocess.run(  # noqa: PLW1510
        [sys.executable, *command],
        cwd=ROOT,
        env=environment(home, HOST="0.0.0.0", PORT="0"),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ran.returncode == 2
    assert "MODELWRIGHT_PASSWORD" in ran.stderr
    assert "密码" in ran.stderr or "请设置" in ran.stderr
    assert "Traceback" not in ran.stderr


def test_the_web_process_serves_a_page_without_loading_what_models_need(home: Path) -> None:
    ran = subprocess.run(  # noqa: PLW1510
        [sys.executable, "-c", SERVE], cwd=ROOT, env=environment(home), capture_output=True, text=True, timeout=120
    )
    assert ran.returncode == 0, ran.stderr[-2000:]
    assert ran.stdout.strip().splitlines()[-1] == "[]"


@pytest.fixture
def house(home: Path) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """The whole house, up, on a port of its own; nothing of it is left afterwards."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    env = environment(home, PORT=str(port))
    with (home.parent / "app.log").open("wb") as log:
        started = subprocess.Popen([sys.executable, "app.py"], cwd=ROOT, env=env, stdout=log, stderr=log)
    address = f"http://127.0.0.1:{port}"
    until(lambda: is_up(address))
    yield started, address
    subprocess.run([sys.executable, "-m", "core", "stop"], cwd=ROOT, env=env, check=True, capture_output=True)
    started.wait(20)


def is_up(address: str) -> bool:
    try:
        return httpx.get(f"{address}/api/health", trust_env=False).status_code == 200
    except httpx.HTTPError:
        return False


def pid_of(name: str) -> int:
    return int(files.read_json(files.state(name))["pid"])


def until(holds: Callable[[], bool], seconds: float = 90) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.1)


@pytest.mark.faults
def test_a_worker_and_a_model_server_that_are_killed_come_back(house: tuple[subprocess.Popen[bytes], str]) -> None:
    killed = {name: pid_of(name) for name in ("worker", "server")}
    for pid in killed.values():
        os.kill(pid, signal.SIGKILL)
    until(lambda: all(files.state(name).exists() and pid_of(name) != pid for name, pid in killed.items()))
    until(lambda: is_up(house[1]))


@pytest.mark.faults
def test_the_pages_can_be_killed_without_ending_the_rest_and_stop_ends_it(
    house: tuple[subprocess.Popen[bytes], str], home: Path
) -> None:
    pages, _ = house
    rest = [psutil.Process(pid_of(name)) for name in ("worker", "server")]
    pages.kill()
    pages.wait(10)
    assert all(process.is_running() and process.status() != psutil.STATUS_ZOMBIE for process in rest)
    subprocess.run([sys.executable, "-m", "core", "stop"], cwd=ROOT, env=environment(home), check=True)
    until(lambda: not any(process.is_running() and process.status() != psutil.STATUS_ZOMBIE for process in rest), 20)
