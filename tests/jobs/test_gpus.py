"""What is said of a graphics card: from NVIDIA's tool, the kernel's files, torch's files and torch itself, all of them faked."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.jobs import gpus
from core.jobs.gpus import Answer, Build, Gpu, Judged

CARD = Gpu("NVIDIA L4", 23034, 22500, "0", "GPU-aa11", "580.95.05", (8, 9))
CUDA, CPU = Build("2.13.0+cu130", "13.0"), Build("2.13.0+cpu")
WORKS = Answer(True, (), ("sm_80", "sm_86", "sm_90", "sm_120", "compute_120"))


@pytest.fixture(autouse=True)
def nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with no card, no driver and a torch for CUDA. Returns what stands for its root folder."""
    monkeypatch.setattr(gpus, "SYSTEM", tmp_path)
    monkeypatch.setattr(gpus, "is_apple", lambda: False)
    monkeypatch.setattr(gpus, "build", lambda: CUDA)
    monkeypatch.setattr(gpus, "torch_says", lambda wait=True: WORKS)
    monkeypatch.setattr(gpus, "TOOL", "nvidia-smi-of-this-test")
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    return tmp_path


def tool(monkeypatch: pytest.MonkeyPatch, root: Path, script: str) -> None:
    """A program that stands for nvidia-smi."""
    program = root / gpus.TOOL
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{root}:/usr/bin:/bin")


def says(card: Gpu = CARD) -> str:
    capability = ".".join(map(str, card.capability or ()))
    return (
        f"echo '{card.index}, {card.uuid}, {card.name}, {card.total_mb}, {card.free_mb}, {card.driver}, {capability}'"
    )


def slot(root: Path, vendor: str = "0x10de", kind: str = "0x030200") -> None:
    folder = root / "sys/bus/pci/devices/0000:00:05.0"
    folder.mkdir(parents=True)
    (folder / "vendor").write_text(f"{vendor}\n")
    (folder / "class").write_text(f"{kind}\n")


def driver(root: Path, *, node: bool = True) -> None:
    info = root / "proc/driver/nvidia/gpus/0000:00:05.0/information"
    info.parent.mkdir(parents=True)
    info.write_text("Model: \t\t NVIDIA L4\nIRQ:   \t\t 0\n")
    (root / "proc/driver/nvidia/version").write_text("NVRM version: NVIDIA UNIX x86_64 Kernel Module  580.95.05\n")
    if node:
        (root / "dev").mkdir()
        (root / "dev/nvidia0").touch()


def only() -> Judged:
    (found,) = gpus.judged()
    return found


def test_no_card_is_nothing_to_speak_of(nothing: Path) -> None:
    slot(nothing, vendor="0x1002")
    assert gpus.judged() == ()
    assert gpus.usable() == ()


def test_a_card_with_driver_and_torch_is_used(monkeypatch: pytest.MonkeyPatch, nothing: Path) -> None:
    tool(monkeypatch, nothing, says())
    assert only() == Judged(CARD, "used", *gpus.WORDS["used"], "cuda:0")
    assert gpus.usable() == ("cuda:0",)


def test_a_card_that_keeps_its_memory_to_itself_is_used_too(monkeypatch: pytest.MonkeyPatch, nothing: Path) -> None:
    tool(monkeypatch, nothing, "echo '0, GPU-aa11, NVIDIA GB10, [N/A], [N/A], 580.95.05, 12.1'")
    assert (only().card.total_mb, only().card.free_mb, only().state) == (None, None, "used")


def test_a_driver_that_does_not_know_the_capability_is_asked_again(
    monkeypatch: pytest.MonkeyPatch, nothing: Path
) -> None:
    refusal = "case $1 in *compute_cap*) echo 'Field \"compute_cap\" is not a valid field to query.'; exit 2;; esac"
    tool(monkeypatch, nothing, f"{refusal}\necho '0, GPU-aa11, NVIDIA T4, 15360, 15000, 470.256.02'")
    assert (only().card.name, only().card.capability) == ("NVIDIA T4", None)


def test_a_card_without_a_driver(nothing: Path) -> None:
    slot(nothing)
    assert (only().state, only().card.name, only().used) == ("no_driver", "NVIDIA GPU", False)


def test_a_sound_card_of_nvidia_is_no_graphics_card(nothing: Path) -> None:
    slot(nothing, kind="0x040300")
    assert gpus.judged() == ()


def test_a_container_that_was_not_given_the_card(nothing: Path) -> None:
    driver(nothing, node=False)
    (nothing / ".dockerenv").touch()
    assert only().state == "not_passed_in"
    assert "--gpus all" in only().how.en
    assert "--gpus all" in only().how.zh


def test_a_user_who_may_not_open_the_card(monkeypatch: pytest.MonkeyPatch, nothing: Path) -> None:
    driver(nothing)
    monkeypatch.setattr(gpus.os, "access", lambda *_: False)
    monkeypatch.setattr(gpus, "torch_says", lambda wait=True: Answer(False))
    assert only().state == "no_access"


def test_a_driver_that_does_not_answer_is_quoted(monkeypatch: pytest.MonkeyPatch, nothing: Path) -> None:
    driver(nothing)
    tool(monkeypatch, nothing, "echo 'Failed to initialize NVML: Driver/library version mismatch'; exit 18")
    monkeypatch.setattr(gpus, "torch_says", lambda wait=True: Answer(False))
    assert (only().state, only().card.name) == ("silent", "NVIDIA L4")
    assert "Driver/library version mismatch" in only().why.en
    assert "Driver/library version mismatch" in only().why.zh


def test_a_card_that_torch_sees_without_the_tool_is_used(monkeypatch: pytest.MonkeyPatch, nothing: Path) -> None:
    driver(nothing)
    seen = Gpu("NVIDIA L4", 23034, None, "0", "GPU-aa11", "", (8, 9))
    monkeypatch.setattr(gpus, "torch_says", lambda wait=True: Answer(True, (seen,), ("sm_89",)))
    assert only().device == "cuda:0"


def test_a_torch_for_processors_only(monkeypatch: pytest.MonkeyPatch, nothing: Path) -> None:
    tool(monkeypatch, nothing, says())
    monkeypatch.setattr(gpus, "build", lambda: CPU)
    assert only().state == "torch_without"
    assert "2.13.0+cpu" in only().why.en
    monkeypatch.setattr(gpus, "build", lambda: None)
    assert only().state == "no_torch"


def test_a_driver_that_is_too_old_for_the_cuda_of_torch(monkeypatch: pytest.MonkeyPatch, nothing: Path) -> None:
    old = Gpu("NVIDIA L4", 23034, 22500, "0", "GPU-aa11", "550.54.15", (8, 9))
    tool(monkeypatch, nothing, says(old))
    monkeypatch.setattr(gpus, "torch_says", lambda wait=True: None)
    assert only().state == "driver_old"
    assert "550.54.15 is too old for PyTorch's CUDA 13.0" in only().why.en
    assert "580.65" in only().how.en
    monkeypatch.setattr(gpus, "torch_says", lambda wait=True: WORKS)
    assert only().used, "what torch can do counts more than the table: there are compatibility libraries"
    monkeypatch.setattr(gpus, "build", lambda: Build("2.13.0+cu126", "12.6"))
    monkeypatch.setattr(gpus, "torch_says", lambda wait=True: None)
    assert only().used


def test_what_torch_complains_of_is_quoted(monkeypatch: pytest.MonkeyPatch, nothing: Path) -> None:
    tool(monkeypatch, nothing, says())
    complaint = "CUDA initialization: CUDA unknown error - this may be due to an incorrectly set up environment. More. (Triggered internally at x.cpp:109.)"
    monkeypatch.setattr(gpus, "torch_says", lambda wait=True: Answer(False, (), (), complaint))
    assert only().state == "refused"
    assert "incorrectly set up environment)" in only().why.en


@pytest.mark.parametrize(
    ("capability", "architectures", "state"),
    [
        ((9, 0), ("sm_80", "sm_90"), "used"),
        ((8, 9), ("sm_80", "sm_86"), "used"),
        ((8, 0), ("sm_75", "sm_86"), "card_old"),
        ((6, 1), ("sm_70", "sm_80"), "card_old"),
        ((10, 0), ("sm_80", "sm_90"), "card_new"),
        ((10, 0), ("sm_80", "sm_90", "compute_90"), "used"),
        ((12, 1), ("sm_120",), "used"),
        ((9, 0), ("sm_80", "sm_90a"), "used"),
        (None, ("sm_90",), "used"),
        ((6, 1), (), "used"),
    ],
)
def test_a_build_runs_on_the_cards_that_it_was_made_for(
    capability: tuple[int, int] | None, architectures: tuple[str, ...], state: str
) -> None:
    assert gpus.fits(capability, architectures) == state


def test_a_card_that_is_too_old_is_not_used(monkeypatch: pytest.MonkeyPatch, nothing: Path) -> None:
    tool(monkeypatch, nothing, says(Gpu("NVIDIA GTX 1080", 8192, 8000, "0", "GPU-aa11", "580.95.05", (6, 1))))
    assert only().state == "card_old"
    assert "compute capability 6.1; 8.0 is the least" in only().why.en
    assert gpus.usable() == ()


def test_cards_that_the_operator_keeps_back(monkeypatch: pytest.MonkeyPatch, nothing: Path) -> None:
    other = Gpu("NVIDIA L4", 23034, 22500, "1", "GPU-bb22", "580.95.05", (8, 9))
    tool(monkeypatch, nothing, f"{says()}\n{says(other)}")
    assert gpus.usable() == ("cuda:0", "cuda:1")
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "GPU-bb")
    assert [(one.card.index, one.state) for one in gpus.judged()] == [("1", "used"), ("0", "kept_back")]
    assert gpus.usable() == ("cuda:GPU-bb",)


def test_memory_that_others_hold_is_said_and_the_houses_own_is_not(
    monkeypatch: pytest.MonkeyPatch, nothing: Path
) -> None:
    full = Gpu("NVIDIA L4", 23034, 1000, "0", "GPU-aa11", "580.95.05", (8, 9))
    apps = "case $1 in *compute-apps*) echo 'GPU-aa11, 42, 20000'; echo 'GPU-aa11, 43, 2000'; exit 0;; esac"
    tool(monkeypatch, nothing, f"{apps}\n{says(full)}")
    (found,) = gpus.judged()
    assert (found.state, found.used) == ("crowded", True)
    assert "22 GB of its 22 GB are taken" in found.why.en
    (found,) = gpus.judged({42})
    assert found.state == "used"
    (found,) = gpus.judged({43})
    assert "20 GB of its 22 GB" in found.why.en


def test_the_build_is_read_from_torchs_files() -> None:
    said = "__version__ = '2.13.0+cu130'\ncuda: Optional[str] = '13.0'\nhip: Optional[str] = None\n"
    assert gpus._build(said) == Build("2.13.0+cu130", "13.0")
    assert gpus._build("__version__ = '2.13.0+cpu'\ncuda: Optional[str] = None\nhip: Optional[str] = None\n") == CPU
    assert gpus._build("__version__ = '2.11.0+rocm6.4'\ncuda = None\nhip = '6.4.2'\n").hip == "6.4.2"


def test_every_state_has_its_words() -> None:
    for state in gpus.State.__args__:
        why, how = gpus.WORDS[state]
        assert why.en
        assert why.zh
        assert bool(how.en) == bool(how.zh) == (state != "used")


def python(monkeypatch: pytest.MonkeyPatch, root: Path, script: str) -> None:
    """A program that stands for the Python in which torch is asked."""
    program = root / "python-of-this-test"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setattr(gpus.sys, "executable", str(program))


def test_torch_is_asked_about_every_card_also_those_kept_back(monkeypatch: pytest.MonkeyPatch, nothing: Path) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "1")
    card = '{"name": "NVIDIA L4", "uuid": "GPU-aa11", "capability": [8, 9], "total_mb": 23034}'
    said = f'{{"works": true, "cards": [{card}], "architectures": ["sm_89"], "said": ""}}'
    python(monkeypatch, nothing, f"test -z \"$CUDA_VISIBLE_DEVICES\" && echo 'a greeting' && echo '{said}'")
    seen = Gpu("NVIDIA L4", 23034, None, "0", "GPU-aa11", "", (8, 9))
    assert gpus._ask() == Answer(True, (seen,), ("sm_89",))


def test_a_torch_that_does_not_load_is_no_torch_to_train_with(monkeypatch: pytest.MonkeyPatch, nothing: Path) -> None:
    python(monkeypatch, nothing, "echo 'ImportError: libcudart.so.13: cannot open' >&2; exit 1")
    answer = gpus._ask()
    assert answer == Answer(False, said="ImportError: libcudart.so.13: cannot open", loads=False)
    tool(monkeypatch, nothing, says())
    monkeypatch.setattr(gpus, "torch_says", lambda wait=True: answer)
    assert (only().state, only().used) == ("refused", False)
    assert "libcudart.so.13" in only().why.en


def test_a_torch_that_says_nothing_is_not_known(monkeypatch: pytest.MonkeyPatch, nothing: Path) -> None:
    python(monkeypatch, nothing, "true")
    assert gpus._ask() is None


@pytest.mark.slow
def test_the_torch_that_is_installed_answers() -> None:
    answer = gpus._ask()
    assert answer is not None
    assert answer.loads
    assert answer.works == bool(answer.cards)


def test_a_tool_that_prints_no_text_is_no_crash(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    broken = r"printf '\377\376, \302\262, x, \302\262, \302\262, y, z\n0, u, n, \302\262, 1, d, 9.0\n'"
    tool(monkeypatch, tmp_path, broken)
    cards, _ = gpus.listed()
    assert [(card.name, card.total_mb, card.free_mb) for card in cards] == [("n", None, 1)]
