"""The live models: named, compared with newer ones, replaced on a word, taken back with one click."""

from __future__ import annotations

import pytest

from core.fields import Option
from core.services import live, predictions, runs
from core.words import same
from tests.house import add_flowers
from tests.pages.conftest import Open, all_words
from tests.pages.trained import trained
from tests.toy import Toy, flowers


def two() -> tuple[int, int]:
    data = add_flowers(200)
    return trained("One", dataset_id=data), trained("Two", dataset_id=data, settings={"power": 2.0})


def test_without_a_live_model_the_page_says_how_to_get_one(open_page: Open) -> None:
    at = open_page("live")
    assert "No model is live yet" in all_words(at)
    assert [button.label for button in at.button if button.proto.type == "primary"] == ["See your models"]


def test_a_use_says_who_answers_and_how_to_call_it(open_page: Open) -> None:
    first, _ = two()
    live.make_live(first, "Garden shop")
    assert any("Garden shop" in link.proto.label for link in open_page("live").get("page_link"))
    at = open_page("live", name="garden shop")
    assert at.title[0].value == "Garden shop"
    assert "One" in all_words(at)
    assert at.code[0].value == "python -m core predict 'Garden shop' rows.csv --out answered.csv"
    assert not any(button.key == "back" for button in at.button)


def test_a_newer_model_is_compared_then_takes_the_place_on_the_users_word_and_goes_back(open_page: Open) -> None:
    first, second = two()
    live.make_live(first, "Garden")
    at = open_page("live", name="Garden", part="newer", challenger=second)
    assert "As good as the live model" in all_words(at)
    assert live.get("Garden").run_id == first
    at.button(key="replace").click().run()
    assert live.get("Garden").run_id == second
    assert "answers from now on" in all_words(at)
    history = all_words(open_page("live", name="Garden", part="history"))
    assert "before" in history
    assert "\\\\" not in history, "escaped once, not twice"
    at.button(key="back").click().run()
    assert live.get("Garden").run_id == first
    assert not at.exception


def test_models_tested_on_other_rows_need_an_express_word(open_page: Open) -> None:
    first, other = trained("One"), trained("Other", dataset_id=add_flowers(seed=5, name="other.csv"))
    live.make_live(first, "Garden")
    at = open_page("live", name="Garden", part="newer")
    assert "too few to say which is better" in all_words(at)
    assert at.button(key="replace").disabled
    at.checkbox(key=f"nevertheless-{other}").check().run()
    at.button(key="replace").click().run()
    assert live.get("Garden").run_id == other


def test_the_name_opens_the_model_that_is_live_now(open_page: Open) -> None:
    first, second = two()
    live.make_live(first, "Garden")
    live.replace("Garden", second)
    at = open_page("try_it", name="Garden")
    assert at.title[0].value == "Garden"
    assert str(second) in str(at.session_state["warmed"])


def test_ending_a_use_leaves_its_model_and_can_be_undone(open_page: Open) -> None:
    first, _ = two()
    live.make_live(first, "Garden")
    at = open_page("live", name="Garden")
    at.button(key="end").click().run()
    assert live.listed() == []
    assert runs.is_usable(first)
    at.button(key="undo-button").click().run()
    assert live.get("Garden").run_id == first


def test_an_unknown_name_is_a_plain_page(open_page: Open) -> None:
    assert "no live model “kitchen”" in all_words(open_page("live", name="kitchen", lang="en"))


def test_the_result_says_how_often_its_test_rows_were_looked_at(open_page: Open) -> None:
    first, _ = two()
    assert "2 models have been measured on these test rows" in all_words(open_page("results", run=first))


def test_feedback_is_counted_shown_and_trained_with_in_one_click(
    open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Toy, "right_answers", lambda self, details: (Option("rose", same("Rose")),))
    first, _ = two()
    live.make_live(first, "Garden")
    assert "People judge mostly" not in all_words(open_page("live", name="Garden", part="lessons"))
    for number in range(3):
        predictions.feedback(first, {"width_a": float(number), "width_b": -1.0}, "Rose", True, None, "rose")
    at = open_page("live", name="Garden", part="lessons")
    assert "3 of about 20 new rows" in all_words(at)
    assert len(at.dataframe[0].value) == 3
    predictions.feedback(first, {"width_a": "long " * 2000, "width_b": -1.0}, "Rose", True, None, "rose")
    long = open_page("live", name="Garden", part="lessons").table[0].value
    assert max(len(str(cell)) for cell in long.to_numpy().ravel()) < 1500, "a cell is no page of its own"
    assert set(long["Right is"]) == {"Rose"}, "in the words of the model's answers"
    at.button(key="retrain").click().run()
    assert [run.status for run in runs.listed()] == ["queued", "succeeded", "succeeded"]
    at = open_page("live", name="Garden", part="lessons")
    assert "is being trained with these rows" in all_words(at)
    assert not any(button.key == "retrain" for button in at.button)


def test_the_watch_says_what_moved_in_words_and_takes_labels(open_page: Open) -> None:
    first, _ = two()
    live.make_live(first, "Garden")
    assert "0 answers so far" in all_words(open_page("live", name="Garden", part="watch"))
    moved = flowers(200, seed=3)
    moved["width_a"] += 4
    predictions.predict_frame(first, moved, {})
    at = open_page("live", name="Garden", part="watch")
    assert "Shifted since the training: “width_a”" in all_words(at)
    assert "is not kept" in all_words(at)
    at.file_uploader(key="truth-0").upload("truth.csv", moved.to_csv(index=False).encode(), "text/csv").run()
    at.button(key="bring-truth").click().run()
    assert "they tell the truth of 200 answers" in all_words(at)
    assert "Of 200 answers that it gave and whose truth is known" in all_words(at)
