"""The graphics cards of this machine, and of each whether training uses it; if not, why and what to do. No torch here.

What NVIDIA's tool, the kernel and torch's own files say is enough where a card is not used. Where it may be, torch is
asked once in a process of its own: only torch knows for which cards it was built and whether the driver suits it.
"""

from __future__ import annotations

import importlib.util
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

from core.config import ROOT
from core.words import Text, same

State = Literal[
    "used", "crowded", "kept_back", "no_driver", "silent", "not_passed_in", "no_access", "no_torch", "torch_without",
    "driver_old", "card_old", "card_new", "refused",
]  # fmt: skip
"""What there is to say of a card. It is trained on when it is "used" or "crowded"."""

LIST_SECONDS, ASK_SECONDS = 10.0, 90.0
ROOM_MB = 4096
"""The memory on a card that a training of texts may need; below it, what others hold there is worth a word."""
TOOL = "nvidia-smi"
FIELDS = ("index", "uuid", "name", "memory.total", "memory.free", "driver_version")
CAPABILITY = "compute_cap"
"""Not known to drivers before 510."""
OLDEST_DRIVER = {11: (450, 80), 12: (525, 60), 13: (580, 65)}
"""By CUDA's major version, the driver that it needs at least (CUDA compatibility guide, minor version compatibility)."""
SYSTEM = Path("/")
"""Where the kernel's own files are looked for."""
NVIDIA, DISPLAY = "0x10de", "0x03"


@dataclass(frozen=True)
class Gpu:
    """A card. `free_mb` and `total_mb` are None where the card does not tell; `capability` as in (9, 0)."""

    name: str
    total_mb: int | None = None
    free_mb: int | None = None
    index: str = "0"
    uuid: str = ""
    driver: str = ""
    capability: tuple[int, int] | None = None


@dataclass(frozen=True)
class Build:
    """What the installed torch was built for: the version of CUDA or of ROCm (`hip`), None for neither."""

    version: str
    cuda: str | None = None
    hip: str | None = None


@dataclass(frozen=True)
class Answer:
    """What torch said when it was asked: see core.jobs.ask_torch."""

    works: bool
    cards: tuple[Gpu, ...] = ()
    architectures: tuple[str, ...] = ()
    said: str = ""
    loads: bool = True


@dataclass(frozen=True)
class Judged:
    """A card, what is the matter with it, and what to do. `device` is what trainings call it; None where none gets it."""

    card: Gpu
    state: State
    why: Text
    how: Text
    device: str | None = None

    @property
    def used(self) -> bool:
        return self.device is not None


FINE = Text("", "")
WORDS: dict[State, tuple[Text, Text]] = {
    "used": (Text("used for training", "用于训练"), FINE),
    "crowded": (
        Text(
            "used, but {taken} GB of its {total} GB are taken by other programs",
            "用于训练，但 {total} GB 显存中有 {taken} GB 被其他程序占用",
        ),
        Text(
            "A training may run out of memory there. nvidia-smi names the programs; end those that are not needed.",
            "训练可能因显存不足而中断。请用 nvidia-smi 查看占用显存的程序，结束不需要的程序。",
        ),
    ),
    "kept_back": (
        Text("CUDA_VISIBLE_DEVICES keeps it back", "环境变量 CUDA_VISIBLE_DEVICES 屏蔽了它"),
        Text(
            "To use it, leave that variable out or name the card in it, and start Modelwright again.",
            "如需使用，请去掉该变量或在其中写上这张卡，然后重新启动模匠。",
        ),
    ),
    "no_driver": (
        Text("its driver is not installed or not loaded", "显卡驱动没有安装或没有加载"),
        Text(
            "Install NVIDIA's driver and restart the machine. nvidia-smi then lists the card.",
            "请安装 NVIDIA 驱动并重启机器，之后 nvidia-smi 会列出这张卡。",
        ),
    ),
    "silent": (
        Text("its driver does not answer ({said})", "显卡驱动没有响应（{said}）"),
        Text(
            "Restart the machine: after an update of the driver that is often all. Else install the driver again.",
            "请重启机器，驱动更新后通常重启即可；仍不行请重新安装驱动。",
        ),
    ),
    "not_passed_in": (
        Text("this container has not been given the card", "没有把显卡交给这个容器"),
        Text(
            "Install NVIDIA's container toolkit on the host and start the container with --gpus all.",
            "请在宿主机安装 NVIDIA 容器工具包，并用 --gpus all 启动容器。",
        ),
    ),
    "no_access": (
        Text("this user may not open /dev/nvidia*", "当前用户无权访问 /dev/nvidia*"),
        Text(
            "Add the user to the group that owns these files (ls -l /dev/nvidia*), and sign in again.",
            "请把该用户加入这些文件所属的用户组（ls -l /dev/nvidia* 可见），然后重新登录。",
        ),
    ),
    "no_torch": (
        Text("PyTorch is not installed", "没有安装 PyTorch"),
        Text("Install what requirements.txt names.", "请安装 requirements.txt 中列出的依赖。"),
    ),
    "torch_without": (
        Text(
            "the installed PyTorch {version} was built for processors only",
            "已安装的 PyTorch {version} 只支持处理器",
        ),
        Text(
            "Install the same version of PyTorch built for CUDA; docs/operating.md, “A graphics card”, shows how.",
            "请安装同一版本的 CUDA 版 PyTorch，方法见 docs/operating.md 的“A graphics card”一节。",
        ),
    ),
    "driver_old": (
        Text(
            "its driver {driver} is too old for PyTorch's CUDA {cuda}",
            "显卡驱动 {driver} 过旧，不支持 PyTorch 所用的 CUDA {cuda}",
        ),
        Text(
            "Update NVIDIA's driver to {needed} or newer, or install PyTorch built for an older CUDA.",
            "请把 NVIDIA 驱动更新到 {needed} 或更新的版本，或安装支持较旧 CUDA 的 PyTorch。",
        ),
    ),
    "card_old": (
        Text(
            "it is too old for the installed PyTorch (compute capability {capability}; {least} is the least)",
            "它对已安装的 PyTorch 来说过旧（计算能力 {capability}，至少需要 {least}）",
        ),
        Text(
            "Install PyTorch built for an older CUDA, which may still know this card, or use a newer card.",
            "请安装支持较旧 CUDA 的 PyTorch（可能仍支持这张卡），或换用较新的显卡。",
        ),
    ),
    "card_new": (
        Text(
            "it is newer than the installed PyTorch knows (compute capability {capability})",
            "它比已安装的 PyTorch 所支持的显卡更新（计算能力 {capability}）",
        ),
        Text("Install PyTorch built for a newer CUDA.", "请安装支持较新 CUDA 的 PyTorch。"),
    ),
    "refused": (
        Text("PyTorch cannot use it ({said})", "PyTorch 无法使用它（{said}）"),
        Text(
            "Compare the driver that nvidia-smi names with the CUDA that PyTorch {version} was built for ({cuda}).",
            "请核对 nvidia-smi 显示的驱动与 PyTorch {version} 所用的 CUDA（{cuda}）是否匹配。",
        ),
    ),
}  # fmt: skip


def judged(own: Collection[int] = (), *, wait: bool = True) -> tuple[Judged, ...]:
    """Every card that is known to be here, those that are trained on first; none where there is no card.

    `own` are the processes of this house, whose memory on a card is not taken by others. Without `wait` torch is asked
    in the background, and until it has answered a card is judged by what its files say.
    """
    if is_apple():
        return (_said("used", Gpu("Apple GPU"), device="mps"),) if build() else ()
    cards, trouble = listed()
    made = build()
    may_ask = made is not None and bool(made.hip or (made.cuda and (cards or _nodes())))
    answer = torch_says(wait=wait) if may_ask else None
    if not cards and answer and answer.works:
        cards = answer.cards
    if not cards:
        return tuple(_unlisted(name, trouble) for name in seen_by_kernel())
    names = dict(visible(cards))
    found = [_judge(card, names.get(card), made, answer) for card in cards]
    return tuple(sorted((_crowded(one, own) for one in found), key=lambda one: not one.used))


def usable() -> tuple[str, ...]:
    """What trainings call the cards that they can use: "cuda:0", or "cuda:GPU-…" where the operator named it so."""
    return tuple(one.device for one in judged() if one.device)


def _judge(card: Gpu, name: str | None, made: Build | None, answer: Answer | None) -> Judged:
    if made is None:
        return _said("no_torch", card)
    if not (made.cuda or made.hip):
        return _said("torch_without", card, version=made.version)
    if name is None:
        return _said("kept_back", card)
    if answer is None or not answer.works:
        return _driver_too_old(card, made) or _refused_or_not_known_yet(card, name, made, answer)
    state = fits(card.capability, answer.architectures) if made.cuda else "used"
    if state == "used":
        return _said("used", card, device=f"cuda:{name}")
    mine = card.capability or (0, 0)
    least = min((pair for _, pair in _architectures(answer.architectures) if pair > mine), default=mine)
    return _said(state, card, capability=_dotted(mine), least=_dotted(least))


def _driver_too_old(card: Gpu, made: Build) -> Judged | None:
    needed = OLDEST_DRIVER.get(_numbers(made.cuda)[0]) if made.cuda else None
    if needed is None or not card.driver or _numbers(card.driver) >= needed:
        return None
    return _said("driver_old", card, driver=card.driver, cuda=made.cuda, needed=".".join(map(str, needed)))


def _refused_or_not_known_yet(card: Gpu, name: str, made: Build, answer: Answer | None) -> Judged:
    if answer is None:
        return _said("used", card, device=f"cuda:{name}")
    said = _first_sentence(answer.said) or "torch.cuda.is_available() is False"
    return _said("refused", card, said=said, version=made.version, cuda=made.cuda or made.hip)


def fits(capability: tuple[int, int] | None, architectures: Sequence[str]) -> Literal["used", "card_old", "card_new"]:
    """Whether a build for these architectures ("sm_90", "compute_120") runs on a card of this capability.

    Machine code runs on its own generation from its own minor version up; PTX ("compute_…") on everything newer (CUDA
    programming guide, “Binary compatibility” and “PTX compatibility”). Where either is unknown, the card has its chance.
    """
    known = _architectures(architectures)
    if capability is None or not known:
        return "used"
    for kind, (major, minor) in known:
        same_generation = kind == "sm" and major == capability[0] and minor <= capability[1]
        if same_generation or (kind == "compute" and (major, minor) <= capability):
            return "used"
    return "card_new" if capability > max(pair for _, pair in known) else "card_old"


def _architectures(names: Sequence[str]) -> list[tuple[str, tuple[int, int]]]:
    """ "sm_90" -> ("sm", (9, 0)); what runs on one card only ("sm_90a") counts for that card."""
    found = [re.fullmatch(r"(sm|compute)_(\d+)(\d)[af]?", name) for name in names]
    return [(match[1], (int(match[2]), int(match[3]))) for match in found if match]


def _unlisted(name: str, trouble: str) -> Judged:
    """A card that the kernel sees and NVIDIA's tool does not list."""
    card, nodes = Gpu(name), _nodes()
    if not nodes and in_container():
        return _said("not_passed_in", card)
    if not (SYSTEM / "proc/driver/nvidia/version").exists() and not nodes:
        return _said("no_driver", card)
    if nodes and not any(os.access(node, os.R_OK | os.W_OK) for node in nodes):
        return _said("no_access", card)
    return _said("silent", card, said=trouble)


def _crowded(one: Judged, own: Collection[int]) -> Judged:
    """The card with a word on what others hold of its memory, where they leave less than a training may need."""
    total, free = one.card.total_mb, one.card.free_mb
    if not one.used or total is None or free is None or free >= ROOM_MB:
        return one
    others = total - free - held_by(own).get(one.card.uuid, 0)
    if others <= 0 or free + others < ROOM_MB:
        return one
    return _said("crowded", one.card, device=one.device, taken=gigabytes(others), total=gigabytes(total))


def _said(state: State, card: Gpu, device: str | None = None, **filled: Any) -> Judged:
    why, how = WORDS[state]
    filled = {key: same(value) for key, value in filled.items()}
    return Judged(card, state, why.fill(**filled), how.fill(**filled), device)


def visible(cards: Sequence[Gpu]) -> list[tuple[Gpu, str]]:
    """The cards that CUDA_VISIBLE_DEVICES lets through, with the name that it gives them. As in CUDA, what follows a
    name of no card is not seen; a slice of a card ("MIG-…") stands for the first, as its own is not told."""
    allowed = os.environ.get("CUDA_VISIBLE_DEVICES")
    if allowed is None:
        return [(card, card.index) for card in cards]
    found = []
    for name in (part.strip() for part in allowed.split(",")):
        card = next((card for card in cards if is_called(card, name)), None)
        if card is None:
            break
        found.append((card, name))
    return found


def is_called(card: Gpu, name: str) -> bool:
    """Whether CUDA_VISIBLE_DEVICES means the card by this name: its number, or the beginning of its uuid."""
    if name.startswith("MIG-"):
        return card.index == "0"
    return name == card.index or (name.startswith("GPU-") and card.uuid.startswith(name))


def listed() -> tuple[tuple[Gpu, ...], str]:
    """The cards as nvidia-smi lists them; where there are none, what stood in the way, in a few words."""
    said, trouble = _tool(f"--query-gpu={','.join((*FIELDS, CAPABILITY))}")
    if trouble:
        older, _ = _tool(f"--query-gpu={','.join(FIELDS)}")
        said = older
    cards = tuple(card for line in said.splitlines() if (card := _card(line)))
    return cards, "" if cards else trouble or f"{TOOL} lists no card"


def held_by(own: Collection[int]) -> dict[str, int]:
    """Megabytes that these processes hold, by the card's uuid."""
    held: dict[str, int] = {}
    if own:
        for line in _tool("--query-compute-apps=gpu_uuid,pid,used_memory")[0].splitlines():
            parts = [part.strip() for part in line.split(",")]
            if len(parts) == 3 and parts[1].isdecimal() and int(parts[1]) in own and parts[2].isdecimal():
                held[parts[0]] = held.get(parts[0], 0) + int(parts[2])
    return held


def _tool(question: str) -> tuple[str, str]:
    """What nvidia-smi answers, and what is wrong with it ("" where nothing is)."""
    program = shutil.which(TOOL) or shutil.which(TOOL, path="/usr/lib/wsl/lib")
    if program is None:
        return "", f"{TOOL} is missing"
    asked = [program, question, "--format=csv,noheader,nounits"]
    try:
        said = subprocess.run(
            asked, capture_output=True, encoding="utf-8", errors="replace", timeout=LIST_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        return "", f"{TOOL} does not answer"
    except OSError as error:
        return "", f"{TOOL}: {error.strerror}"
    trouble = _first_sentence(said.stderr or said.stdout) or f"{TOOL} ended with {said.returncode}"
    return (said.stdout, "") if said.returncode == 0 else ("", trouble)


def _card(line: str) -> Gpu | None:
    """One line of nvidia-smi; a card may keep its memory to itself ("[N/A]")."""
    parts = [part.strip() for part in line.split(",")]
    if len(parts) < len(FIELDS) or not parts[0].isdecimal():
        return None
    index, uuid, name, total, free, driver = parts[: len(FIELDS)]
    capability = tuple(_numbers(parts[-1])) if len(parts) > len(FIELDS) else ()
    return Gpu(
        name,
        int(total) if total.isdecimal() else None,
        int(free) if free.isdecimal() else None,
        index,
        uuid,
        driver,
        (capability[0], capability[1]) if len(capability) == 2 else None,
    )


def seen_by_kernel() -> list[str]:
    """The NVIDIA cards that the kernel sees, by name where a driver knows it; also without any driver."""
    named = []
    for file in sorted(SYSTEM.glob("proc/driver/nvidia/gpus/*/information")):
        found = re.search(r"^Model:\s*(.+)$", _read(file), re.MULTILINE)
        named.append(found[1].strip() if found else "NVIDIA GPU")
    if named:
        return named
    slots = sorted(SYSTEM.glob("sys/bus/pci/devices/*"))
    return [
        "NVIDIA GPU"
        for slot in slots
        if _read(slot / "vendor").strip() == NVIDIA and _read(slot / "class").startswith(DISPLAY)
    ]


def _nodes() -> list[Path]:
    """The files through which programs reach a card."""
    return [*SYSTEM.glob("dev/nvidia[0-9]*"), *SYSTEM.glob("dev/dxg"), *SYSTEM.glob("dev/kfd")]


def in_container() -> bool:
    return any((SYSTEM / mark).exists() for mark in (".dockerenv", "run/.containerenv", "run/secrets/kubernetes.io"))


def is_apple() -> bool:
    return platform.system() == "Darwin" and platform.machine() == "arm64"


@cache
def build() -> Build | None:
    """What torch says of itself in its files; None where it is not installed."""
    with suppress(ImportError, ValueError):
        spec = importlib.util.find_spec("torch")
        for folder in (spec.submodule_search_locations or []) if spec else []:
            return _build(_read(Path(folder) / "version.py"))
    return None


def _build(said: str) -> Build:
    def value(name: str) -> str | None:
        found = re.search(rf"^{name}\b[^=\n]*=\s*['\"]([^'\"]+)['\"]", said, re.MULTILINE)
        return found[1] if found else None

    return Build(value("__version__") or "?", value("cuda"), value("hip"))


def torch_says(*, wait: bool = True) -> Answer | None:
    """What torch can use; None where it is not known yet, or where torch did not answer."""
    asked = _asked()
    return asked.result() if wait or asked.done() else None


@cache
def _asked() -> Future[Answer | None]:
    asked: Future[Answer | None] = Future()
    threading.Thread(target=lambda: asked.set_result(_ask()), name="ask-torch", daemon=True).start()
    return asked


def _ask() -> Answer | None:
    command = [sys.executable, "-m", "core.jobs.ask_torch"]
    told = {name: value for name, value in os.environ.items() if name != "CUDA_VISIBLE_DEVICES"}
    told["CUDA_DEVICE_ORDER"] = "PCI_BUS_ID"
    try:
        said = subprocess.run(
            command,
            cwd=ROOT,
            env=told,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=ASK_SECONDS,
            check=False,
        )
        if said.returncode:
            last = [line for line in said.stderr.splitlines() if line.strip()][-1:]
            return Answer(False, said="".join(last) or f"ended with {said.returncode}", loads=False)
        return _answer(json.loads(said.stdout.splitlines()[-1]))
    except (OSError, subprocess.SubprocessError, ValueError, LookupError, TypeError):
        return None


def _answer(said: Mapping[str, Any]) -> Answer:
    cards = tuple(
        Gpu(card["name"], card["total_mb"], None, str(place), card["uuid"], "", tuple(card["capability"]))
        for place, card in enumerate(said["cards"])
    )
    return Answer(bool(said["works"]), cards, tuple(said["architectures"]), str(said["said"]))


def gigabytes(megabytes: float) -> str:
    """139, or 3.5 where there are few."""
    return f"{megabytes / 1024:.0f}" if megabytes >= 10 * 1024 else f"{megabytes / 1024:.1f}".removesuffix(".0")


def _numbers(version: str | None) -> tuple[int, ...]:
    """ "570.86.15" -> (570, 86, 15)."""
    return tuple(int(number) for number in re.findall(r"\d+", version or "")) or (0,)


def _dotted(pair: tuple[int, int]) -> str:
    return f"{pair[0]}.{pair[1]}"


def _first_sentence(words: str) -> str:
    line = next((line.strip() for line in words.splitlines() if line.strip()), "")
    return re.split(r"(?<=[.!?])\s|\(Triggered", line)[0].strip().rstrip(".")[:160]


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
