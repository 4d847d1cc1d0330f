"""The model server's questions and answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from starlette.testclient import TestClient

from core.data.recipe import Step
from core.progress import Plan
from core.serving import wire
from core.serving.batches import Batches
from core.serving.estimates import Estimates
from core.serving.models import Models
from core.serving.server import LARGEST_QUESTION, ModelServer, is_beyond_repair
from tests.serving.trained import ROLES, finished_run
from tests.toy import Toy

TOKEN = "a word"
INPUTS = {"width_a": 4.0, "width_b": -2.0}


@pytest.fixture
def asks() -> TestClient:
    """The server without its background threads."""
    models = Models()
    server = ModelServer(TOKEN, models, Estimates(seconds=20), Batches(models))
    return TestClient(server.app(), headers={"Authorization": f"Bearer {TOKEN}"})


def ask_answer(asks: TestClient, run: int, **inputs: Any) -> Any:
    return asks.post("/answer", json={"run_id": run, "inputs": inputs or INPUTS, "controls": {}, "history": []})


def question(run: int) -> dict[str, Any]:
    return {"scenario": "toy", "dataset_id": f"{0:032x}", "roles": ROLES, "settings": {"power": 2}, "extras": {}}


def test_an_answer_says_what_the_model_says(asks: TestClient) -> None:
    said = ask_answer(asks, finished_run())
    assert said.status_code == 200
    assert wire.answer_from_json(said.json()).title.en == "tulip"


def test_a_question_is_prepared_as_the_training_data_was(asks: TestClient) -> None:
    run = finished_run([Step("drop_duplicates"), Step("fill_missing", ("width_a",), {"with": "4"})])
    said = asks.post("/answer", json={"run_id": run, "inputs": {"width_a": None, "width_b": -2.0}, "controls": {}})
    assert wire.answer_from_json(said.json()).title.en == "tulip"


def test_a_chat_keeps_its_history(asks: TestClient) -> None:
    history = [{"who": "user", "said": "hello"}]
    asked = {"run_id": finished_run(), "inputs": INPUTS, "controls": {}, "history": history}
    assert asks.post("/answer", json=asked).json()["notes"][0]["en"] == "Turn 2"


@pytest.mark.parametrize("authorization", ["", "Bearer", "Bearer another word", "Basic a word", "Bearer ünïcode"])
def test_who_does_not_know_the_token_learns_nothing(asks: TestClient, authorization: str) -> None:
    header = {"Authorization": authorization.encode("latin-1")}
    for path in ("/health", "/load", "/answer", "/estimate", "/batches"):
        method = "GET" if path == "/health" else "POST"
        assert asks.request(method, path, headers=header).status_code == 401


def test_input_that_the_model_cannot_take_is_a_plain_error_and_the_next_question_is_answered(asks: TestClient) -> None:
    run = finished_run()
    refused = ask_answer(asks, run, width_a="not a number")
    assert refused.status_code == 500
    assert set(refused.json()["error"]) == {"en", "zh"}
    assert "Traceback" not in refused.text
    assert ask_answer(asks, run).status_code == 200


def test_a_run_that_is_not_there_is_a_plain_error(asks: TestClient) -> None:
    finished_run()
    refused = ask_answer(asks, 999)
    assert refused.status_code == 422
    assert "999" in refused.json()["error"]["zh"]


@pytest.mark.parametrize("body", [b"[1]", b"{", b"x" * (LARGEST_QUESTION + 1)], ids=["list", "half", "huge"])
def test_a_question_that_is_no_question_is_refused(asks: TestClient, body: bytes) -> None:
    assert asks.post("/answer", content=body).status_code == 400


def test_the_same_estimate_is_tried_once(asks: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    run, tries = finished_run(), []
    estimate = Toy.estimate

    def counted(self: Toy, table: Any, settings: Any) -> Plan:
        tries.append(len(table))
        return estimate(self, table, settings)

    monkeypatch.setattr(Toy, "estimate", counted)
    plans = [asks.post("/estimate", json=question(run)).json() for _ in range(2)]
    assert tries == [120]
    assert plans[0] == plans[1]
    assert wire.plan_from_json(plans[0]).memory_mb == 50


def test_an_estimate_with_a_wrong_setting_says_which(asks: TestClient) -> None:
    asked: Mapping[str, Any] = {**question(finished_run()), "settings": {"powr": 1}}
    assert "powr" in asks.post("/estimate", json=asked).json()["error"]["en"]


def test_an_estimate_that_takes_too_long_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    import threading

    models, done = Models(), threading.Event()
    server = ModelServer(TOKEN, models, Estimates(seconds=0.05), Batches(models))
    asks, run = TestClient(server.app(), headers={"Authorization": f"Bearer {TOKEN}"}), finished_run()
    monkeypatch.setattr(Toy, "estimate", lambda *_: done.wait(20))
    assert "too long" in asks.post("/estimate", json=question(run)).json()["error"]["en"]
    done.set()


def test_health_names_the_loaded_models(asks: TestClient) -> None:
    run = finished_run()
    ask_answer(asks, run)
    said = asks.get("/health").json()
    assert said["models"] == [run]
    assert said["status"] == "starting"


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("CUDA error: device-side assert triggered", True),
        ("CUDA out of memory. Tried to allocate", False),
        ("CUDA error: out of memory", False),
        ("could not convert string to float", False),
    ],
)
def test_only_a_broken_card_ends_the_server(words: str, expected: bool) -> None:
    assert is_beyond_repair(RuntimeError(words)) is expected
