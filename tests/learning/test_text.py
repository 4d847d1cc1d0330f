from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch

from core.learning import fitting, tuning
from core.learning.engine import Run
from core.learning.features import padded
from core.learning.hardware import describe
from core.learning.network import Reader, TextNetwork
from core.learning.text import TextClassifier, fit_text_classifier
from core.progress import Cancelled
from core.words import UserError
from tests.learning.tiny import NEAR, Recorder, planted_rows


def fitted(report: Recorder, mode: str, rows: int = 240, classes: tuple[str, ...] = ("good", "bad")) -> TextClassifier:
    texts, labels = planted_rows(rows, classes)
    return fit_text_classifier(texts, labels, mode=mode, language="en", seed=0, report=report)  # type: ignore[arg-type]


@pytest.mark.parametrize("mode", ["quick", "standard", "best"])
def test_every_mode_learns_and_answers_the_same_after_saving(
    mode: str, tiny_encoder: Path, report: Recorder, tmp_path: Path
) -> None:
    model = fitted(report, mode)
    texts, labels = planted_rows(40, seed=7)
    before = model.probabilities(texts)
    model.save(tmp_path / "model")
    after = TextClassifier.load(tmp_path / "model").probabilities(texts)
    assert np.abs(before - after).max() < NEAR
    assert np.abs(before.sum(1) - 1).max() < 1e-5
    assert np.mean(np.array(model.predict(texts)) == labels) > 0.95
    assert report.stages == list(fitting.stage_keys(mode, has_encoder=True))  # type: ignore[arg-type]


@pytest.mark.usefixtures("uneven")
@pytest.mark.parametrize("mode", ["quick", "standard"])
def test_no_answer_rests_on_equal_bits_of_two_computations(
    mode: str, tiny_encoder: Path, report: Recorder, tmp_path: Path
) -> None:
    model = fitted(report, mode)
    texts, labels = planted_rows(40, seed=7)
    together = model.probabilities(texts)
    assert np.mean(np.array(model.classes)[together.argmax(1)] == labels) > 0.95
    assert not np.array_equal(model.probabilities(texts), together)
    alone = np.concatenate([model.probabilities([text]) for text in texts[:8]])
    assert np.abs(alone - together[:8]).max() < NEAR
    model.save(tmp_path / "model")
    assert np.abs(TextClassifier.load(tmp_path / "model").probabilities(texts) - together).max() < NEAR


@pytest.mark.parametrize(("least", "parts"), [(-9.0, ["encoder", "original", "ngrams"]), (0.9, ["encoder", "ngrams"])])
def test_the_encoder_as_it_came_is_asked_beside_the_tuned_one_only_where_that_pays(
    least: float,
    parts: list[str],
    tiny_encoder: Path,
    report: Recorder,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(fitting, "LEAST_GAIN", least)
    model = fitted(report, "standard")
    texts, _ = planted_rows(40, seed=7)
    assert list(model.facts["blend_weights"]) == parts
    model.save(tmp_path / "model")
    assert (tmp_path / "model" / "original").exists() == ("original" in parts)
    again = TextClassifier.load(tmp_path / "model")
    assert np.abs(model.probabilities(texts) - again.probabilities(texts)).max() < NEAR
    if "original" in parts:
        assert again.reader is not None
        assert again.reader.original is not None
        said = again.reader.opinions([[5, 6, 7]])
        assert np.abs(np.exp(said[0]) - np.exp(said[1])).max() > 2 * NEAR


def test_best_answers_with_the_mean_of_several_tunings_each_judged_by_other_rows(
    tiny_encoder: Path, report: Recorder, tmp_path: Path
) -> None:
    model = fitted(report, "best")
    assert model.reader is not None
    assert model.facts["tunings"] == tuning.MEMBERS["best"] == 1 + len(model.reader.ensemble)
    kept_back = 240 * tuning.MEMBERS["best"] / tuning.parts_of(240)
    assert model.facts["validation_rows"] == pytest.approx(kept_back, rel=0.1)
    model.save(tmp_path / "model")
    again = TextClassifier.load(tmp_path / "model").reader
    assert again is not None
    ids = [[5, 6, 7], [8, 9]]
    alone = [Reader(again.encoder, again.head, again.hardware), *again.ensemble]
    said = [reader.log_probabilities(ids) for reader in alone]
    assert all(np.abs(np.exp(said[0]) - np.exp(other)).max() > 2 * NEAR for other in said[1:])
    together = np.exp(np.mean(said, axis=0))
    assert np.abs(np.exp(again.opinions(ids)[0]) - together / together.sum(1, keepdims=True)).max() < NEAR
    assert np.allclose(np.exp(again.opinions(ids, alone=True)[0]), np.exp(said[0]), atol=NEAR)
    curves = {curve for curve, _, _ in report.points}
    assert curves == {f"{name}/{number}" for name in ("loss", "validation") for number in (1, 2, 3)}
    assert max(y for curve, _, y in report.points if curve.startswith("validation")) > 0.7


def test_tunings_that_were_done_before_an_interruption_are_not_done_again(tiny_encoder: Path, tmp_path: Path) -> None:
    texts, _ = planted_rows(20, seed=5)
    whole = fitted(Recorder(tmp_path / "whole"), "best").probabilities(texts)
    with pytest.raises(Cancelled):
        fitted(Interrupted(tmp_path / "cut"), "best")
    again = Recorder(tmp_path / "cut")
    assert np.abs(fitted(again, "best").probabilities(texts) - whole).max() < NEAR
    assert not [curve for curve, x, _ in again.points if curve == "validation/1"]


class Interrupted(Recorder):
    """The run stops once the second tuning has been judged."""

    def point(self, curve: str, x: float, y: float) -> None:
        super().point(curve, x, y)
        if curve == "validation/2":
            raise Cancelled


def test_a_saved_model_holds_no_file_that_can_run_code(tiny_encoder: Path, report: Recorder, tmp_path: Path) -> None:
    fitted(report, "quick").save(tmp_path / "model")
    kinds = {path.suffix for path in (tmp_path / "model").rglob("*") if path.is_file()}
    assert kinds == {".json", ".safetensors"}


def test_an_encoder_never_seen_by_the_loading_process_is_not_needed(
    tiny_encoder: Path, report: Recorder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fitted(report, "quick").save(tmp_path / "model")
    monkeypatch.setenv("MODELWRIGHT_MODELS", str(tmp_path / "gone"))
    assert TextClassifier.load(tmp_path / "model").predict(["a wonderful room"]) == ["good"]


def test_explain_finds_the_planted_word(tiny_encoder: Path, report: Recorder) -> None:
    model = fitted(report, "quick")
    words = model.explain("the seat was dreadful on the flight today")
    assert max(words, key=lambda pair: pair[1])[0] == "dreadful"
    assert [word for word, _ in words] == ["the", "seat", "was", "dreadful", "on", "the", "flight", "today"]
    against = dict(model.explain("the seat was dreadful on the flight today", label="good"))
    assert min(against, key=against.__getitem__) == "dreadful"


def test_explain_refuses_an_unknown_class(no_encoder: None, report: Recorder) -> None:
    with pytest.raises(UserError, match="angry"):
        fitted(report, "quick", rows=40).explain("a wonderful room", label="angry")


def test_class_words_lead_with_the_planted_words(tiny_encoder: Path, report: Recorder) -> None:
    model = fitted(report, "quick", rows=120, classes=("good", "bad", "mixed"))
    texts, _ = planted_rows(60, ("good", "bad", "mixed"), seed=3)
    words = model.class_words(texts, model.probabilities(texts))
    assert {label: found[0][0] for label, found in words.items()} == {
        "bad": "dreadful", "good": "wonderful", "mixed": "average",
    }  # fmt: skip


def test_a_long_text_is_explained_in_phrases_and_then_words(no_encoder: None, report: Recorder) -> None:
    text = " ".join(["the room and the seat"] * 60 + ["wonderful"] + ["it had a phone"] * 20)
    words = fitted(report, "quick", rows=60).explain(text)
    assert max(words, key=lambda pair: pair[1])[0] == "wonderful"
    assert "".join(word for word, _ in words).replace(" ", "") == text.replace(" ", "")


def test_validation_allows_a_threshold_to_be_chosen(tiny_encoder: Path, report: Recorder) -> None:
    model = fitted(report, "standard")
    held = model.validation
    assert len(held["confidence"]) == len(held["correct"]) == model.facts["validation_rows"]
    assert (held["correct"] == (held["label"] == held["predicted"])).all()
    assert 0.5 <= held["confidence"].min() <= held["confidence"].max() <= 1.0


@pytest.mark.parametrize("mode", ["quick", "standard"])
@pytest.mark.parametrize(("rows", "classes"), [(4, ("good", "bad")), (31, ("good", "bad", "mixed"))])
def test_few_rows_train_without_tuning(
    rows: int, classes: tuple[str, ...], mode: str, tiny_encoder: Path, report: Recorder
) -> None:
    model = fitted(report, mode, rows, classes)
    assert not model.facts["fine_tuned"]
    assert model.notes
    assert model.probabilities(["the seat"]).shape == (1, len(classes))


def test_a_class_of_one_row_does_not_break_training(tiny_encoder: Path, report: Recorder) -> None:
    texts, labels = planted_rows(60)
    model = fit_text_classifier(
        [*texts, "an average seat"], [*labels, "mixed"], mode="standard", language="en", seed=0, report=report
    )
    assert model.classes == ["bad", "good", "mixed"]
    assert np.isfinite(model.probabilities(texts)).all()


def test_one_class_alone_is_refused(no_encoder: None, report: Recorder) -> None:
    with pytest.raises(UserError, match="same label"):
        fit_text_classifier(["a", "b"], ["x", "x"], mode="quick", language="en", seed=0, report=report)


def test_anything_may_be_passed_as_a_text(tiny_encoder: Path, report: Recorder) -> None:
    texts, labels = planted_rows(60)
    odd: list[object] = [None, float("nan"), "", 12.5, "😀", "wonderful " * 500]
    model = fit_text_classifier(
        [*texts, *odd], [*labels, *["good"] * 6], mode="quick", language="en", seed=0, report=report
    )
    assert np.isfinite(model.probabilities(odd)).all()
    assert model.probabilities([]).shape == (0, 2)
    assert model.explain("") == []


def test_chinese_without_an_encoder_uses_characters_and_says_so(
    no_encoder: None, report: Recorder, tmp_path: Path
) -> None:
    good = [f"房间很干净，服务态度非常好，第{i}次入住" for i in range(30)]
    bad = [f"房间又脏又吵，服务态度非常差，第{i}次入住" for i in range(30)]
    model = fit_text_classifier(
        good + bad, ["好"] * 30 + ["差"] * 30, mode="standard", language="zh", seed=0, report=report
    )
    assert model.encoder_name is None
    assert model.notes == [fitting.NO_CHINESE_ENCODER]
    assert report.stages == ["ngrams", "blend"]
    assert model.predict(["酒店很干净", "酒店又脏又吵"]) == ["好", "差"]
    words = dict(model.explain("酒店又脏又吵"))
    assert "".join(words) == "酒店又脏又吵"[: len("".join(words))] or set("".join(words)) == set("酒店又脏又吵")
    model.save(tmp_path / "model")
    assert TextClassifier.load(tmp_path / "model").notes == model.notes


def test_an_english_encoder_is_not_used_for_chinese(tiny_encoder: Path, report: Recorder) -> None:
    texts = [f"这家酒店的第{i}个房间很好" for i in range(20)] + [f"这家酒店的第{i}个房间很差" for i in range(20)]
    model = fit_text_classifier(texts, ["a"] * 20 + ["b"] * 20, mode="quick", language="en", seed=0, report=report)
    assert model.encoder_name is None


@pytest.mark.parametrize("stage", ["encode", "ngrams", "head", "fine_tune"])
def test_cancel_stops_within_every_stage(stage: str, tiny_encoder: Path, tmp_path: Path) -> None:
    report = Recorder(tmp_path / "checkpoints", cancel_in=stage, after=0)
    with pytest.raises(Cancelled):
        fitted(report, "quick" if stage == "head" else "standard")
    assert report.stages[-1] == stage


def test_two_fits_with_one_seed_answer_alike(tiny_encoder: Path, tmp_path: Path) -> None:
    texts, _ = planted_rows(20, seed=5)
    first, second = (fitted(Recorder(tmp_path / name), "standard").probabilities(texts) for name in "ab")
    assert np.abs(first - second).max() < NEAR


@pytest.mark.usefixtures("uneven")
def test_tuning_goes_on_from_what_the_lower_half_of_the_encoder_says(tiny_encoder: Path, report: Recorder) -> None:
    texts, labels = planted_rows(60)
    data = fitting.prepare([*texts, texts[0]], [*labels, labels[0]])
    ask = fitting.Ask("standard", "en", Run(0, report, replace(describe("cpu"), bf16=False)))
    encoder = fitting.pick_encoder(data, "en", ask.run.hardware)
    assert encoder is not None
    seen = fitting._see(data, ask, encoder, lambda read: fitting._for_tuning(read, ask))
    assert seen.tokens is not None
    half, rows = tuning.lower_half(seen.read.model), [3, 60, 0]
    assert half == 1
    network = TextNetwork(seen.read.model, 2, half).eval()
    ids, mask = padded([seen.read.ids[row] for row in rows], 0)
    with torch.no_grad():
        whole = network(mask, input_ids=ids)["logits"]
        resumed = network(**seen.tokens.batch(seen.row[rows]))["logits"]
    assert torch.allclose(whole, resumed, atol=1e-3)
    assert torch.allclose(resumed[1], resumed[2], atol=1e-3)


def test_a_tuning_answers_rows_whose_labels_neither_taught_nor_stopped_it(
    tiny_encoder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data, answers = fitting.prepare(*planted_rows(200)), []
    untuned = np.log(np.full((200, 2), 0.5))
    parts = tuning.validation_parts(data)
    monkeypatch.setattr(tuning, "validation_parts", lambda data: parts)
    for turn, y in enumerate((data.y, np.where(parts == 0, 1 - data.y, data.y))):
        own = replace(data, folds=replace(data.folds, y=y))
        ask = fitting.Ask("standard", "en", Run(0, Recorder(tmp_path / str(turn)), describe("cpu")))
        encoder = fitting.pick_encoder(own, "en", ask.run.hardware)
        assert encoder is not None
        seen = fitting._see(own, ask, encoder, partial(fitting._for_tuning, ask=ask))
        tuned = tuning.tune(own, seen, untuned, "standard", ask.run)
        assert tuned.validation_rows.tolist() == np.flatnonzero(parts == 0).tolist()
        answers.append(tuned.out_of_fold)
    assert np.array_equal(*answers)
