"""Help, where it tells whoever runs the server what training runs on."""

from __future__ import annotations

import pytest

from core.jobs import gpus
from core.jobs.gpus import Gpu, Judged
from core.services import machine, runs
from core.store.tables import RUNNING
from tests.house import change, request
from tests.pages.conftest import Open, all_words


def test_every_card_is_told_with_what_trains_there_and_what_to_do(
    open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    used = Judged(Gpu("NVIDIA L4", 23034, 22500, driver="580.95.05"), "used", *gpus.WORDS["used"], "cuda:0")
    idle = Judged(Gpu("NVIDIA K80"), "no_driver", *gpus.WORDS["no_driver"])
    monkeypatch.setattr(machine, "_cards", lambda: (used, idle))
    change(runs.launch(request(name="Spring churn")), status=RUNNING, device="cuda:0")
    words = all_words(open_page("help")).replace("\\", "")
    assert (
        "Used for training; 22 of 22 GB of its memory are free; driver 580.95.05; now training “Spring churn”" in words
    )
    assert "Its driver is not installed or not loaded" in words
    assert "Install NVIDIA's driver and restart the machine." in words
    assert "python -m core doctor" in words


def test_without_a_card_the_processor_is_told_and_what_it_does(
    open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(machine, "_cards", lambda: ())
    change(runs.launch(request(name="Spring churn")), status=RUNNING, device="cpu")
    words = all_words(open_page("help", lang="zh")).replace("\\", "")
    assert "本机没有显卡" in words
    assert "正在训练“Spring churn”" in words
