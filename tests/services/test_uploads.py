"""Large files streamed to the disk."""

from __future__ import annotations

from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from core.services import datasets, sign_in, uploads
from core.store import apart, files

CSV = "text,label\n" + "".join(f"很好 {n},好评\n" for n in range(50))


@pytest.fixture
def client() -> TestClient:
    return TestClient(Starlette(routes=uploads.routes()))


def send(client: TestClient, data: bytes = CSV.encode("gbk"), **headers: str):
    told = {"x-ticket": sign_in.new_ticket(), "x-file-name": "%E8%AF%84%E8%AE%BA.csv", **headers}
    return client.post(uploads.UPLOAD, content=data, headers=told)


def test_a_streamed_file_becomes_a_dataset_under_its_name(client):
    answer = send(client).json()
    view = datasets.get(answer["id"])
    assert (view.name, view.rows, answer["known"]) == ("评论", 50, False)
    assert files.dataset(view.id).original.read_bytes() == CSV.encode("gbk")
    assert send(client).json() == {"id": view.id, "known": True}
    assert list((files.home() / "incoming").iterdir()) == []


@pytest.mark.parametrize("headers", [{"x-ticket": "made up"}, {"x-ticket": ""}, {"sec-fetch-site": "cross-site"}])
def test_nobody_sends_without_the_page(client, headers):
    assert send(client, **headers).status_code == 403
    assert datasets.listed() == []


def test_what_is_too_large_or_no_table_is_refused_in_both_languages_and_not_kept(client, monkeypatch):
    assert set(send(client, b"%PDF-1.7 nothing").json()["error"]) == {"en", "zh"}
    monkeypatch.setattr(datasets, "CHUNK", 1)
    assert send(client).status_code == 422
    assert datasets.listed() == []
    assert list((files.home() / "incoming").iterdir()) == []


def test_a_large_file_is_read_in_a_process_of_its_own_with_the_same_result(client, monkeypatch):
    near = datasets.frame(send(client).json()["id"])
    monkeypatch.setattr(apart, "LARGE", 100)
    data = CSV.replace("很好 1,", "很差 1,").encode("gbk")
    far = send(client, data).json()["id"]
    assert datasets.frame(far)["label"].tolist() == near["label"].tolist()
    assert datasets.profile(far).column("text").kind == datasets.profile(far).column("text").kind == "text"
    assert sorted(path.name for path in files.dataset(far).folder.iterdir()) == [
        "original",
        "profile.json",
        "table.parquet",
    ]


def test_a_large_file_that_is_refused_says_why_and_leaves_nothing(client, monkeypatch):
    monkeypatch.setattr(apart, "LARGE", 100)
    answer = send(client, b"a,b\n" + b"\n" * 500)
    assert "holds no rows" in answer.json()["error"]["en"]
    assert not any(Path(files.home() / "datasets").glob("*"))
