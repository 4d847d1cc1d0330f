"""Starting and ending the house from a shell."""

from __future__ import annotations

import os
import socket
import sys

from core.config import ROOT, config, is_address
from core.jobs import worker
from core.services import sign_in
from core.serving import process as server
from core.store import leftovers, processes
from core.words import Text, UserError

PAGES = "pages"

RUNNING = Text("Modelwright is running already at {url}", "模匠已在运行：{url}")
PORT_TAKEN = Text(
    "Port {port} is in use by another program. Choose another one, for instance PORT={other}.",
    "端口 {port} 已被其他程序占用。请换一个端口，例如 PORT={other}。",
)
NO_ADDRESS = Text(
    "HOST is “{host}”, which is no address, so only this machine can open the pages. For others to: HOST=0.0.0.0.",
    "HOST 为“{host}”，不是地址，因此只有本机可以打开页面。如需对外开放，请设置 HOST=0.0.0.0。",
)
AT = Text("Modelwright opens at {url}", "模匠的地址：{url}")
STOPPED = Text("Stopped: {what}.", "已停止：{what}。")
NOTHING = Text("Nothing was running.", "没有正在运行的程序。")
NAMES = {
    PAGES: Text("pages", "页面"),
    worker.NAME: Text("worker", "训练进程"),
    server.NAME: Text("model server", "模型服务"),
}


def start(lang: str) -> int:
    """Becomes the pages' process, which starts worker and model server. Raises UserError where it must not."""
    here = config()
    sign_in.refuse_unguarded(here.host)
    shown = "127.0.0.1" if here.host in ("0.0.0.0", "::") else here.host  # noqa: S104
    url = f"http://{f'[{shown}]' if ':' in shown else shown}:{here.port}"
    if running := processes.read_state(PAGES):
        raise UserError(RUNNING.fill(url=f"http://127.0.0.1:{running.port or here.port}"))
    if _is_taken(here.host, here.port):
        raise UserError(PORT_TAKEN.fill(port=here.port, other=here.port + 1))
    processes.write_state(PAGES, port=here.port)
    if (said := os.environ.get("HOST")) and not is_address(said):
        print(NO_ADDRESS.fill(host=said).in_(lang), file=sys.stderr)
    print(AT.fill(url=url).in_(lang), flush=True)
    os.chdir(ROOT)
    options = ["--server.address", here.host, "--server.port", str(here.port), "--server.headless", "true"]
    upload = ["--server.maxUploadSize", str(here.max_upload_mb)]
    command = [sys.executable, "-m", "streamlit", "run", "app.py", *options, *upload]
    secret = {"MODELWRIGHT_PASSWORD": here.password} if here.password else None
    os.execve(sys.executable, command, processes.environment(secret))  # noqa: S606


def _is_taken(host: str, port: int) -> bool:
    try:
        socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET).close()
    except OSError:
        return True
    return False


def stop(lang: str) -> int:
    """Ends what runs of this workspace; a training that was going on is resumed after the next start."""
    found = [name for name in (PAGES, worker.NAME) if processes.terminate(name)]
    if server.stop_server():
        found.append(server.NAME)
    if found:
        leftovers.sweep()
        print(STOPPED.fill(what=", ".join(NAMES[name].in_(lang) for name in found)).in_(lang))
    else:
        print(NOTHING.in_(lang))
    return 0
