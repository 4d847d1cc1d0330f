from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from scipy.special import log_softmax
from sklearn.linear_model import LogisticRegression

from core.learning import encoders
from core.learning.baselines import MajorityBaseline, TextBaseline
from core.learning.calibration import fit_blend
from core.learning.cleaning import clean, mostly_chinese
from core.learning.explain import explain, units_of
from core.learning.features import tokenise
from core.learning.linear import UNSEEN, fit_linear
from core.learning.metrics import expected_calibration_error
from core.learning.ngrams import CHINESE, SPACED, NgramModel, fit_ngrams
from core.words import UserError
from tests.learning.tiny import planted_rows, save_tiny_encoder

CHINESE_TEXTS = ["房间很干净", "房间又脏又吵", "服务很好", "服务很差", "早餐很好吃", "早餐难吃"] * 5


@pytest.mark.parametrize(("kind", "texts"), [(SPACED, planted_rows(30)[0]), (CHINESE, CHINESE_TEXTS)])
@pytest.mark.parametrize("classes", [2, 3])
def test_ngrams_answer_the_same_after_saving(kind, texts, classes: int, tmp_path: Path) -> None:
    y = np.arange(30) % classes
    model = fit_ngrams(texts, y, classes, np.arange(30) % 3, kind).model
    model.save(tmp_path)
    asked = [*texts, "wonderful!! 😀", "", "房间"]
    before, after = model.log_probabilities(asked), NgramModel.load(tmp_path).log_probabilities(asked)
    assert np.abs(before - after).max() < 1e-5


def test_out_of_fold_answers_do_not_see_their_own_row() -> None:
    texts = [f"word{i}" for i in range(60)]
    y = np.random.default_rng(0).integers(0, 2, 60)
    fitted = fit_ngrams(texts, y, 2, np.arange(60) % 3, SPACED)
    assert (fitted.model.log_probabilities(texts).argmax(1) == y).mean() > 0.95
    assert (fitted.out_of_fold.argmax(1) == y).mean() < 0.75


@pytest.mark.parametrize("classes", [2, 4])
def test_linear_matches_scikit_learn(classes: int) -> None:
    random = np.random.default_rng(0)
    features = random.standard_normal((200, 10)).astype(np.float32)
    y = (features[:, 0] * 2 + random.standard_normal(200)).argsort().argsort() * classes // 200
    ours = fit_linear(features, y, classes, 0.5).log_probabilities(features)
    theirs = LogisticRegression(C=0.5, max_iter=1000).fit(features, y).predict_log_proba(features)
    assert np.abs(np.exp(ours) - np.exp(theirs)).max() < 0.01


def test_a_class_that_is_absent_from_the_rows_of_the_start_is_not_shut_out() -> None:
    random = np.random.default_rng(0)
    features = random.standard_normal((6000, 8)).astype(np.float32)
    y = (features @ random.standard_normal((8, 3))).argmax(1)
    y[:2] = 3
    start = fit_linear(features[2:], y[2:], 4, 1.0)
    led = fit_linear(features, y, 4, 1.0, start=start).log_probabilities(features)
    assert led[:, 3].max() > UNSEEN / 2


def test_a_class_that_is_absent_gets_almost_nothing() -> None:
    features = np.random.default_rng(0).standard_normal((40, 3)).astype(np.float32)
    shares = np.exp(fit_linear(features, np.arange(40) % 2, 3, 1.0).log_probabilities(features))
    assert shares[:, 2].max() < 1e-4


def test_blending_makes_overconfident_answers_honest() -> None:
    random = np.random.default_rng(0)
    y = random.integers(0, 2, 4000)
    score = np.where(random.random(4000) < 0.8, 1, -1) * (2 * y - 1) * (1 + 1e-6 * random.random(4000))
    overconfident = log_softmax(np.stack([-4.0 * score, 4.0 * score], axis=1), axis=1)
    blend = fit_blend([overconfident], y)
    answers = np.exp(blend.log_probabilities([overconfident]))
    correct = answers.argmax(1) == y
    assert blend.temperature > 2
    assert expected_calibration_error(np.exp(overconfident).max(1), correct) > 0.15
    assert expected_calibration_error(answers.max(1), correct) < 0.05


def test_blending_ignores_a_part_that_knows_nothing() -> None:
    random = np.random.default_rng(0)
    y = random.integers(0, 3, 2000)
    informed = log_softmax(3.0 * np.eye(3)[y] + random.standard_normal((2000, 3)), axis=1)
    noise = log_softmax(random.standard_normal((2000, 3)), axis=1)
    assert fit_blend([informed, noise], y).shares[0] > 0.95


def test_cleaning_says_emoji_in_words_and_shortens_links() -> None:
    assert clean("Great 😍 see https://x.y/z?a=1 &amp; more\n") == "Great smiling heart-shaped eyes see http & more"
    assert clean(None) == clean(float("nan")) == ""
    assert clean(5) == "5"
    assert mostly_chinese(["房间很好 ok"])
    assert not mostly_chinese(["a fine room 好", ""])


def test_chinese_is_cut_into_words() -> None:
    text = "房间很干净。性价比高！OK"
    assert [text[a:b] for a, b in units_of(text, True)] == ["房间", "很", "干净", "性价比", "高", "！", "OK"]


def test_a_long_text_keeps_its_head_and_its_tail(tiny_encoder: Path) -> None:
    tokenizer = encoders.choose("en").tokenizer  # type: ignore[union-attr]
    (ids,) = tokenise(tokenizer, ["room " * 50 + "wonderful"], 16)
    whole = tokenizer.encode("room " * 50 + "wonderful").ids
    assert ids == whole[:12] + whole[-4:]


def test_listing_encoders_does_not_load_torch(tiny_encoder: Path) -> None:
    code = (
        "import sys; from core.learning import encoders; names = [i.name for i in encoders.available()];"
        "assert 'tiny' in names, names; assert not {'torch', 'transformers'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_the_operators_model_comes_first(tiny_encoder: Path) -> None:
    chosen = encoders.choose("en")
    assert chosen is not None
    assert (chosen.name, chosen.info.source) == ("tiny", "operator")


def test_an_operators_model_that_was_changed_is_refused(tiny_encoder: Path) -> None:
    digest = encoders._sha256(tiny_encoder / "model.safetensors")
    (tiny_encoder / "SHA256SUMS").write_text(f"{digest}  model.safetensors\n")
    encoder = encoders.choose("en")
    assert encoder is not None
    encoder.model()
    save_tiny_encoder(tiny_encoder, seed=1)
    with pytest.raises(UserError, match="SHA-256"):
        encoder.model()


def test_a_package_with_other_weights_is_refused(tmp_path: Path) -> None:
    folder = save_tiny_encoder(tmp_path / "model")
    info = encoders._placed(encoders.PACKAGES[0].info, folder)
    with pytest.raises(UserError, match=r"model\.safetensors"):
        encoders.Encoder(info, folder).model()


def test_pickled_weights_are_not_an_encoder(tiny_encoder: Path) -> None:
    (tiny_encoder / "model.safetensors").rename(tiny_encoder / "pytorch_model.bin")
    assert [info.name for info in encoders.available() if info.source == "operator"] == []


def test_without_an_encoder_and_a_hub_there_is_none(no_encoder: None) -> None:
    assert {info.source for info in encoders.available()} == {"hub"}
    assert encoders.choose("zh") is None


def test_baselines_learn_and_survive_odd_rows() -> None:
    texts, labels = planted_rows(60)
    baseline = TextBaseline().fit(texts, labels, 0)
    assert np.array(baseline.classes)[baseline.probabilities(["a dreadful room"]).argmax(1)] == ["bad"]
    assert TextBaseline().fit(["", ""], ["a", "b"]).probabilities(["x"]).tolist() == [[0.5, 0.5]]
    assert MajorityBaseline().fit(texts, [*["b"] * 45, *["a"] * 15]).probabilities(["x"]).tolist() == [[0.25, 0.75]]


def test_an_emoji_is_explained_as_itself_and_not_as_its_name() -> None:
    text = "Awful.😡 Never again,"
    assert [text[a:b] for a, b in units_of(text, False)] == ["Awful.", "😡", "Never", "again,"]
    said = explain(text, 0, lambda texts: np.log(np.full((len(texts), 2), 0.5)), False)
    assert [word for word, _ in said] == ["Awful", "😡", "Never", "again"]
