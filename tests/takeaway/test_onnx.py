"""Networks as ONNX: what leaves the house agrees with the model, and what does not is left out and said so."""

from __future__ import annotations

import re
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from core.data.table import Table
from core.jobs import portable
from core.learning.calibration import Blend
from core.learning.elsewhere import Elsewhere, opened
from core.learning.encoders import read_model
from core.learning.hardware import describe
from core.learning.heads import Head
from core.learning.linear import Linear
from core.learning.network import Reader
from core.learning.pooling import AttentionPool, Pools
from core.learning.text import TextClassifier
from core.progress import Silent
from core.scenarios.base import Results
from core.scenarios.sentiment import SCENARIO as SENTIMENT
from core.scenarios.sentiment import SentimentModel
from core.services import takeaway
from core.takeaway.pack import Parcel, pack
from core.verdict import judge
from core.words import UserError, same
from tests.learning.sequences.conftest import walks
from tests.learning.tiny import planted_rows, save_tiny_encoder
from tests.pages.trained import trained
from tests.takeaway.away import CLOSE, alone, assert_same_answers
from tests.toy import Toy

needs_onnx = pytest.mark.skipif(not portable.is_possible(), reason="requirements-onnx.txt is not installed")
WIDTH, LAYERS, CLASSES = 32, 3, 2
TEXTS = [*planted_rows(12)[0], "wonderful"]


@pytest.fixture(scope="module")
def classifier(tmp_path_factory: pytest.TempPathFactory) -> TextClassifier:
    """A classifier of a tiny encoder with a random head over its layers and two attention pools, that agrees with another of
    its kind, beside the encoder as it came."""
    from tokenizers import Tokenizer

    folder, random = save_tiny_encoder(tmp_path_factory.mktemp("tiny")), np.random.default_rng(0)
    weights = random.normal(0, 0.1, (CLASSES, LAYERS * WIDTH)).astype(np.float32)
    scale, zeros = np.ones(LAYERS * WIDTH, dtype=np.float32), np.zeros(CLASSES, dtype=np.float32)
    head = Head(scale * 0, scale, Linear(weights, zeros))
    pools = Pools([AttentionPool(2 * WIDTH, CLASSES) for _ in range(2)])
    older = Pools([AttentionPool(WIDTH, CLASSES)])
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MODELWRIGHT_FULL_PRECISION", "1")
        original = Reader(read_model(folder), replace(head, centre=scale), describe("cpu"), older)
        fellow = Reader(read_model(folder), replace(head, centre=scale / 2), describe("cpu"))
        reader = Reader(read_model(folder), head, describe("cpu"), pools, original, [fellow])
    return TextClassifier(
        ["good", "bad"], Blend((0.3, 0.3, 0.2, 0.2)), ngrams=None, reader=reader, limit=32, encoder_name="tiny", notes=[],
        tokenizer=Tokenizer.from_file(str(folder / "tokenizer.json")), facts={}, chinese=False,
        validation={"confidence": np.ones(3), "correct": np.ones(3)},
    )  # fmt: skip


@pytest.fixture(scope="module")
def reader_file(classifier: TextClassifier, tmp_path_factory: pytest.TempPathFactory) -> Path:
    from core.learning.portable import AGREES, export, of_classifier

    (network,) = of_classifier("reader", classifier, TEXTS)
    path = tmp_path_factory.mktemp("written") / "reader.onnx"
    assert export(network, path) <= AGREES
    return path


def counted(run: Elsewhere, calls: list[int]) -> Elsewhere:
    def asked(rows: Any) -> list[np.ndarray]:
        calls.append(len(next(iter(rows.values()))))
        return run(rows)

    return asked


@needs_onnx
def test_a_reader_answers_from_elsewhere_for_texts_of_any_length(classifier: TextClassifier, reader_file: Path) -> None:
    own, calls = classifier.probabilities(TEXTS), []
    classifier.run_elsewhere(counted(opened(reader_file), calls))
    np.testing.assert_allclose(classifier.probabilities(TEXTS), own, atol=CLOSE)
    np.testing.assert_allclose(classifier.probabilities([TEXTS[-1]]), own[-1:], atol=CLOSE)
    classifier.run_elsewhere(None)
    assert calls == [len(TEXTS), 1]


@needs_onnx
def test_the_networks_of_a_table_agree_with_gaps_and_strangers(tmp_path: Path) -> None:
    from core.learning.portable import AGREES, export
    from core.learning.tabular.columns import Columns
    from core.learning.tabular.embeddings import QuantileScaler, bin_edges
    from core.learning.tabular.model import TabularModel
    from core.learning.tabular.network import DeepEnsemble, Network, Shape
    from core.learning.tabular.portable import of_table
    from core.learning.tabular.stack import Stack

    random = np.random.default_rng(0)
    frame = pd.DataFrame({"income": random.lognormal(10, 2, 300).round(), "late": random.integers(0, 3, 300), "owns": random.choice(["flat", "house"], 300)})  # fmt: skip
    columns = Columns.fit(frame)
    encoded = columns.encode(frame)
    scaler = QuantileScaler.fit(encoded.numbers)
    shape = Shape(members=4, embedding=4, bins=8, width=16, depth=2)
    ensemble = DeepEnsemble(_tensor(bin_edges(scaler(encoded.numbers), shape.bins)), encoded.sizes, shape).eval()
    model = TabularModel(
        columns, {"network": [Network(scaler, ensemble, {})]}, Stack(np.ones(1), 0.0, np.eye(2)), {}, []
    )
    (network,) = of_table(model, frame)
    assert export(network, tmp_path / "network-0.onnx") <= AGREES
    odd = pd.DataFrame({"income": [None, -1e9, 1e12, 5.0], "late": [0, None, 9, 1], "owns": ["flat", "boat", None, "house"]})  # fmt: skip
    new, calls = pd.concat([frame, odd], ignore_index=True), []
    own = model.probabilities(new)
    model.run_elsewhere({network.name: counted(opened(tmp_path / "network-0.onnx"), calls)})
    np.testing.assert_allclose(model.probabilities(new), own, atol=CLOSE)
    assert sum(calls) == len(new)
    assert np.isfinite(own).all()
    assert np.ptp(own) > 100 * CLOSE


@needs_onnx
def test_a_sequence_transformer_agrees_for_histories_of_any_length(tmp_path: Path) -> None:
    from core.learning.portable import AGREES, export
    from core.learning.sequences.model import Recommender
    from core.learning.sequences.portable import of_recommender
    from core.learning.sequences.transformer import NextItem, SequenceModel, Shape

    shop = walks(40)
    network = NextItem(len(shop.items), Shape(width=16, blocks=1, length=12), only_new=True).eval()
    part = SequenceModel(network, shop.counts() > 0)
    model = Recommender(list(shop.items), {"sequence": part}, {"sequence": 1.0}, {})
    histories = shop.histories()
    (portable_network,) = of_recommender(model, histories)
    assert export(portable_network, tmp_path / "sequence.onnx") <= AGREES
    some = [histories[0], histories[1][:1], np.zeros(0, dtype=np.int32), np.concatenate(histories[:4])]
    own, calls = model.scores(some), []
    model.run_elsewhere({"sequence": counted(opened(tmp_path / "sequence.onnx"), calls)})
    np.testing.assert_allclose(model.scores(some), own, atol=CLOSE)
    assert calls == [4]


@needs_onnx
def test_the_archive_predicts_the_same_with_onnx_and_shows_how_to_run_a_network(
    classifier: TextClassifier, reader_file: Path, tmp_path: Path
) -> None:
    model, inside = SentimentModel(classifier, "en", 0.05), tmp_path / "away"
    SENTIMENT.save(model, tmp_path / "model")
    assert classifier.tokenizer is not None
    classifier.tokenizer.save(str(reader_file.with_name("reader.tokenizer.json")))
    known = [{"name": "reader", "file": "reader.onnx", "difference": 1e-6, "rows": 13, "classes": ["good", "bad"], "limit": 32, "outputs": {"head": "", "attention": ""}}]  # fmt: skip
    portable.files.write_json(reader_file.with_name("onnx.json"), {"networks": known})
    more = {f"onnx/{path.name}": path for path in reader_file.parent.iterdir()}
    verdict = judge("accuracy", (0.0, 0.0, 0.0), 0, value=0.0, sentence=same(""))
    results = Results({}, {}, {}, verdict, {}, pd.DataFrame())
    pack(Parcel("any", "en", SENTIMENT, {"text": ("text",)}, [], results, {}, tmp_path / "model", more, known), tmp_path / "model.zip")  # fmt: skip
    with zipfile.ZipFile(tmp_path / "model.zip") as archive:
        archive.extractall(inside)
    assert "onnxruntime==" in (inside / "requirements.txt").read_text()
    frame = pd.DataFrame({"text": TEXTS})
    frame.to_csv(tmp_path / "new.csv", index=False)
    ran = alone(inside, str(tmp_path / "new.csv"), str(tmp_path / "own.csv"), "--onnx")
    assert ran.returncode == 0, ran.stderr
    answers = SENTIMENT.predict(model, Table(frame, {"text": ("text",)}), {"tolerated_error": 0.05}, Silent(tmp_path))
    frame.join(answers).to_csv(tmp_path / "app.csv", index=False)
    assert_same_answers(*(pd.read_csv(tmp_path / name) for name in ("app.csv", "own.csv")))
    program = re.search(r"```python\n(.*?)```", (inside / "README.md").read_text("utf-8"), re.DOTALL)
    assert program is not None
    shown = subprocess.run([sys.executable, "-c", program[1]], cwd=inside, capture_output=True, text=True, check=False)
    assert shown.returncode == 0, shown.stderr
    assert "attention" in shown.stdout


@needs_onnx
@pytest.mark.usefixtures("toy")
def test_a_network_that_does_not_agree_is_left_out_and_said_so(
    classifier: TextClassifier, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from core.learning import portable as leaving

    networks = leaving.of_classifier("reader", classifier, TEXTS)
    monkeypatch.setattr(Toy, "networks", lambda *_: networks)
    monkeypatch.setattr(Toy, "has_networks", lambda *_: True)
    monkeypatch.setattr(leaving, "export", lambda _, path: path.write_text("") or 0.02)
    run_id = trained()
    with monkeypatch.context() as patch:
        patch.setattr(portable.subprocess, "run", here)
        made = takeaway.make(run_id, onnx=True)
    with zipfile.ZipFile(made) as archive:
        names, readme = archive.namelist(), archive.read("README.md").decode()
        archive.extractall(tmp_path)
    assert not any(name.endswith(".onnx") for name in names)
    assert "`reader` was left out: it differs by 2.0e-02" in readme
    (tmp_path / "new.csv").write_text("width_a,width_b\n1,2\n")
    ran = alone(tmp_path, str(tmp_path / "new.csv"), "out.csv", "--onnx", "--lang", "en")
    assert ran.returncode == 2
    assert "no ONNX network" in ran.stderr


@pytest.mark.usefixtures("toy")
def test_a_model_without_networks_is_not_offered_as_onnx_and_says_so_where_it_is_asked_for(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    run_id = trained()
    monkeypatch.setattr(portable, "make", lambda *_: pytest.fail("looked for networks that are not there"))
    assert not takeaway.onnx_is_possible(run_id)
    with zipfile.ZipFile(takeaway.make(run_id, onnx=True)) as archive:
        assert "no network that could be written as ONNX" in archive.read("README.md").decode()
        archive.extractall(tmp_path)
    (tmp_path / "new.csv").write_text("width_a,width_b\n1,2\n")
    ran = alone(tmp_path, str(tmp_path / "new.csv"), "out.csv", "--onnx", "--lang", "en")
    assert ran.returncode == 2
    assert "no ONNX network" in ran.stderr


@pytest.mark.usefixtures("toy")
def test_without_the_packages_onnx_says_what_to_install_and_the_archive_goes_without(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(portable, "PACKAGES", ("no_such_package",))
    monkeypatch.setattr(Toy, "has_networks", lambda *_: True)
    run_id = trained()
    with pytest.raises(UserError, match=r"requirements-onnx\.txt"):
        takeaway.make(run_id, onnx=True)
    assert not takeaway.onnx_is_possible(run_id)
    with zipfile.ZipFile(takeaway.make(run_id)) as archive:
        assert "ONNX" not in archive.read("README.md").decode()


def here(command: list[str], **_: Any) -> subprocess.CompletedProcess[str]:
    """The export in this process: what the toy is patched to is known here alone."""
    portable.main(int(command[-2]), Path(command[-1]))
    return subprocess.CompletedProcess(command, 0, "", "")


def _tensor(values: np.ndarray) -> Any:
    import torch

    return torch.from_numpy(values)
