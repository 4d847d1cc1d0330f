"""Encoders from a model hub: a real server over HTTP, which gives what it says, or not."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import huggingface_hub.constants
import pytest

from core.learning import encoders
from core.words import UserError
from tests.learning.tiny import save_tiny_encoder

REVISION = "0123456789abcdef0123456789abcdef01234567"
INFO = encoders.EncoderInfo("lab/tiny", ("en",), "hub", "lab/tiny", 1, revision=REVISION, ready=False)


@dataclass
class Hub:
    """One repository; `files` may differ from what `promised` says of them."""

    url: str
    promised: dict[str, bytes]
    files: dict[str, bytes]
    asked: list[str] = field(default_factory=list)

    def listing(self) -> bytes:
        said = []
        for name, content in self.promised.items():
            entry = {"type": "file", "path": name, "size": len(content), "oid": hashlib.sha1(content).hexdigest()}
            if name.endswith(".safetensors"):
                entry["lfs"] = {"oid": _sha256(content), "size": len(content), "pointerSize": 130}
            said.append(entry)
        return json.dumps(said).encode()

    def etag(self, name: str) -> str:
        content = self.promised[name]
        return _sha256(content) if name.endswith(".safetensors") else hashlib.sha1(content).hexdigest()


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@pytest.fixture
def hub(tmp_path: Path, no_encoder: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """A hub that answers under the address that the library was told, an empty cache, and leave to ask."""
    folder = save_tiny_encoder(tmp_path / "published")
    files = {path.name: path.read_bytes() for path in folder.iterdir()}
    held = Hub("", files, dict(files))

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            held.asked.append(self.path)
            name = self.path.split("?")[0].rsplit("/", 1)[-1]
            if self.path.startswith(f"/api/models/{INFO.place}/tree/{REVISION}"):
                return self.give(held.listing())
            if not self.path.startswith(f"/{INFO.place}/resolve/{REVISION}/") or name not in held.files:
                return self.send_error(404)
            self.give(held.files[name], {"ETag": f'"{held.etag(name)}"', "X-Repo-Commit": REVISION})

        do_HEAD = do_GET

        def give(self, content: bytes, headers: dict[str, str] | None = None) -> None:
            self.send_response(200)
            for key, value in {"Content-Length": str(len(content)), **(headers or {})}.items():
                self.send_header(key, value)
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    held.url = f"http://127.0.0.1:{server.server_port}"
    constants = huggingface_hub.constants
    monkeypatch.setattr(constants, "ENDPOINT", held.url)
    monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", held.url + "/{repo_id}/resolve/{revision}/{filename}")
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(encoders, "HUB", (INFO,))
    monkeypatch.delenv("HF_HUB_OFFLINE")
    encoders._reached.cache_clear()
    yield held
    server.shutdown()
    server.server_close()
    encoders._reached.cache_clear()


def test_an_encoder_is_fetched_once_and_then_had_without_the_hub(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    fetched = encoders.choose("en")
    assert fetched is not None
    assert (fetched.name, fetched.info.source) == ("lab/tiny", "hub")
    fetched.model()
    assert hub.asked
    hub.asked.clear()
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    again = encoders.choose("en")
    assert again is not None
    again.model()
    assert hub.asked == []


def test_only_weights_and_json_are_fetched(hub: Hub) -> None:
    hub.promised["pytorch_model.bin"] = hub.files["pytorch_model.bin"] = b"a pickle"
    assert encoders.choose("en") is not None
    assert not [path for path in hub.asked if "pytorch_model" in path]


def test_a_file_that_is_not_the_promised_one_is_refused_in_words_and_fetched_anew(hub: Hub) -> None:
    right = hub.files["model.safetensors"]
    hub.files["model.safetensors"] = right[:-1] + bytes([right[-1] ^ 1])
    wrong = encoders.choose("en")
    assert wrong is not None
    with pytest.raises(UserError, match=r"model\.safetensors.*SHA-256") as refused:
        wrong.model()
    assert hub.url in refused.value.text.en
    assert hub.url in refused.value.text.zh
    hub.files["model.safetensors"] = right
    mended = encoders.choose("en")
    assert mended is not None
    mended.model()


def test_a_hub_that_may_not_be_asked_is_not(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert encoders.choose("en") is None
    assert hub.asked == []


@pytest.mark.parametrize("gone", ["closed", "empty"])
def test_a_hub_that_cannot_give_it_is_named_in_the_log(
    hub: Hub, gone: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    if gone == "closed":
        hub.url = "http://127.0.0.1:9"
        monkeypatch.setattr(huggingface_hub.constants, "ENDPOINT", hub.url)
    else:
        monkeypatch.setattr(encoders, "HUB", (replace(INFO, place="lab/other"),))
    assert encoders.choose("en") is None
    assert hub.url in caplog.text


def test_a_hub_behind_a_proxy_is_asked_through_it(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", hub.url)
    assert encoders._reached("https://hub.invalid", 0)
    encoders._reached.cache_clear()
    monkeypatch.setenv("no_proxy", "hub.invalid")
    assert not encoders._reached("https://hub.invalid", 0)
