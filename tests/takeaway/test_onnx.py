"""Networks as ONNX: what leaves the house agrees with the model, and what does not is left out and said so."""

from __future__ import annotations

import re
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.jobs import portable
from core.learning.calibration import Blend
from core.learning.encoders import read_model
from core.learning.hardware import describe
from core.learning.heads import Head
from core.learning.linear import Linear
from core.learning.network import Reader
from core.learning.pooling import AttentionPool, Pools
from core.learning.retrieval.sentences import Sentences
from core.learning.text import TextClassifier
from core.services import takeaway
from core.words import UserError
from tests.learning.tiny import planted_rows, save_tiny_encoder
from tests.pages.trained import trained
from tests.toy import Toy

pytestmark = pytest.mark.usefixtures("toy")
needs_onnx = pytest.mark.skipif(not portable.is_possible(), reason="requirements-onnx.txt is not installed")
WIDTH, LAYERS, CLASSES = 32, 3, 2
TEXTS = planted_rows(12)[0]


@pytest.fixture
def classifier(tmp_path: Path) -> TextClassifier:
    """A classifier of a tiny encoder with a random head over its layers and two attention pools."""
    from tokenizers import Tokenizer

    folder, random = save_tiny_encoder(tmp_path / "tiny"), np.random.default_rng(0)
    weights = random.normal(0, 0.1, (CLASSES, LAYERS * WIDTH)).astype(np.float32)
    scale, zeros = np.ones(LAYERS * WIDTH, dtype=np.float32), np.zeros(CLASSES, dtype=np.float32)
    head = Head(scale * 0, scale, Linear(weights, zeros))
    pools = Pools([AttentionPool(WIDTH, CLASSES) for _ in range(2)])
    reader = Reader(read_model(folder), head, describe("cpu"), pools)
    return TextClassifier(
        ["good", "bad"], Blend((0.5, 0.5)), ngrams=None, reader=reader, limit=32, encoder_name="tiny", notes=[],
        tokenizer=Tokenizer.from_file(str(folder / "tokenizer.json")), facts={}, validation={}, chinese=False,
    )  # fmt: skip


@needs_onnx
def test_a_reader_with_its_heads_agrees_as_onnx_on_texts_of_any_length(
    classifier: TextClassifier, tmp_path: Path
) -> None:
    import onnxruntime

    from core.learning.portable import AGREES, export, of_classifier

    (network,) = of_classifier("reader", classifier, [*TEXTS, "wonderful"])
    assert export(network, tmp_path / "reader.onnx") <= AGREES
    session = onnxruntime.InferenceSession(str(tmp_path / "reader.onnx"))
    ids = np.array([[2, 7, 9, 3], [2, 8, 3, 0]])
    said = session.run(None, {"input_ids": ids, "attention_mask": (ids > 0).astype(int)})
    assert classifier.reader is not None
    for one, own in zip(said, classifier.reader.opinions([[2, 7, 9, 3], [2, 8, 3]]), strict=True):
        np.testing.assert_allclose(one, own, atol=AGREES)


@needs_onnx
def test_the_archive_holds_the_network_with_a_program_that_runs_it(
    classifier: TextClassifier, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from core.learning.portable import of_sentences

    sentences = classifier.sentences()
    assert isinstance(sentences, Sentences)
    monkeypatch.setattr(Toy, "networks", lambda *_: of_sentences("meaning", sentences, TEXTS))
    monkeypatch.setattr(portable.subprocess, "run", here)
    with zipfile.ZipFile(takeaway.make(trained(), onnx=True)) as archive:
        archive.extractall(tmp_path)
    readme = (tmp_path / "README.md").read_text("utf-8")
    assert "`onnx/meaning.onnx`: differs from the model by" in readme
    program = re.search(r"```python\n(.*?)```", readme, re.DOTALL)
    assert program is not None
    ran = subprocess_run([sys.executable, "-c", program[1]], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    assert "vector" in ran.stdout


@needs_onnx
def test_a_network_that_does_not_agree_is_left_out_and_said_so(
    classifier: TextClassifier, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from core.learning import portable as leaving

    (network,) = leaving.of_classifier("reader", classifier, TEXTS)
    monkeypatch.setattr(Toy, "networks", lambda *_: [network])
    monkeypatch.setattr(portable.subprocess, "run", here)
    monkeypatch.setattr(leaving, "export", lambda _, path: path.write_text("") or 0.02)
    with zipfile.ZipFile(takeaway.make(trained(), onnx=True)) as archive:
        names, readme = archive.namelist(), archive.read("README.md").decode()
    assert not any(name.endswith(".onnx") for name in names)
    assert "`reader` was left out: it differs by 2.0e-02" in readme


def test_without_the_packages_onnx_says_what_to_install_and_the_archive_goes_without(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(portable, "PACKAGES", ("no_such_package",))
    run_id = trained()
    with pytest.raises(UserError, match=r"requirements-onnx\.txt"):
        takeaway.make(run_id, onnx=True)
    assert not takeaway.onnx_is_possible(run_id)
    with zipfile.ZipFile(takeaway.make(run_id)) as archive:
        assert "ONNX" not in archive.read("README.md").decode()


subprocess_run = subprocess.run


def here(command: list[str], **_: Any) -> subprocess.CompletedProcess[str]:
    """The export in this process: what the toy is patched to is known here alone."""
    portable.main(int(command[-2]), Path(command[-1]))
    return subprocess.CompletedProcess(command, 0, "", "")
