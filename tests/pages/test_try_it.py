"""Use: ask, answer, correct, whole files, conversations; the model server is played by a function."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
import streamlit as st
from sqlalchemy import select
from streamlit.testing.v1 import AppTest

from core.data.recipe import Step
from core.fields import Field
from core.scenarios.base import Answer, Item, Reason, Turn
from core.services import chats, datasets, predictions, runs
from core.store.db import session
from core.store.tables import SUCCEEDED, Batch, ChatTurn, Feedback
from core.words import Text, UserError, same
from pages.ui import answers
from tests.house import add_flowers, request
from tests.pages.conftest import Open, all_words
from tests.pages.trained import trained
from tests.toy import Toy

Asked = list[tuple[dict[str, Any], dict[str, Any], tuple[Turn, ...]]]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Asked:
    """What the pages asked of the model; it answers "rose", or "iris" to a width above 5."""
    seen: Asked = []

    def answer(
        run_id: int, inputs: Mapping[str, Any], controls: Mapping[str, Any], history: Sequence[Turn] = ()
    ) -> Answer:
        seen.append((dict(inputs), dict(controls), tuple(history)))
        sure = float(controls.get("least", 0.5)) <= 0.7
        name = "iris" if inputs.get("width_a", 0) > 5 else "rose"
        return Answer(
            same(name),
            0.7,
            sure,
            float(controls.get("least", 0.5)),
            ((same("tulip"), 0.3),),
            (Reason("width_a", 0.8), Reason("width_b", -0.2)),
            (Item("Seed of rose", same("fresh"), 0.9),),
        )

    monkeypatch.setattr(predictions, "answer", answer)
    monkeypatch.setattr(predictions, "warm", lambda run_id: None)
    return seen


def ask(at: AppTest, run_id: int) -> AppTest:
    return at.button(key=f"get-{run_id}").click().run()


def test_before_the_first_question_the_page_says_what_will_be_here(open_page: Open, asked: Asked) -> None:
    assert "The answer will be here" in all_words(open_page("try_it", run=trained()))
    assert asked == []


def test_the_answer_says_what_how_sure_and_why(open_page: Open, asked: Asked) -> None:
    run_id = trained()
    at = open_page("try_it", run=run_id)
    at.number_input(key=f"try-{run_id}-width_a").set_value(7.0)
    ask(at, run_id)
    words = all_words(at)
    assert "iris" in words
    assert "70% confident" in words
    assert "Seed of rose" in words
    assert len(at.get("plotly_chart")) == 1
    assert asked[0][0]["width_a"] == 7.0


def test_below_the_line_a_person_is_asked_and_the_line_can_be_moved_live(open_page: Open, asked: Asked) -> None:
    run_id = trained()
    at = ask(open_page("try_it", run=run_id), run_id)
    assert "Not sure" not in all_words(at)
    at.selectbox(key=f"control-{run_id}-least").select(0.9).run()
    assert "Not sure: ask a person" in all_words(at)
    assert [controls["least"] for _, controls, _ in asked] == [0.5, 0.9]


def test_a_wrong_answer_can_be_corrected(open_page: Open, asked: Asked) -> None:
    run_id = trained()
    at = ask(open_page("try_it", run=run_id), run_id)
    key = f"{run_id}-1"
    at.feedback(key=f"thumb-{key}").set_value(0).run()
    at.selectbox(key=f"right-{key}").select("tulip").run()
    at.button(key=f"send-{key}").click().run()
    assert predictions.feedback_count(run_id) == (0, 1)
    assert "1 wrong" in all_words(at)


def test_a_right_answer_takes_one_click(open_page: Open, asked: Asked) -> None:
    run_id = trained()
    at = ask(open_page("try_it", run=run_id), run_id)
    at.feedback(key=f"thumb-{run_id}-1").set_value(1).run()
    assert predictions.feedback_count(run_id) == (1, 0)


def test_an_answer_is_kept_as_it_was_shown(open_page: Open, asked: Asked, monkeypatch: pytest.MonkeyPatch) -> None:
    said = Answer(Text("Not found", "没有找到"), 0.7, True)
    monkeypatch.setattr(predictions, "answer", lambda *_: said)
    run_id = trained()
    at = open_page("try_it", run=run_id, lang="zh")
    ask(at, run_id).feedback(key=f"thumb-{run_id}-1").set_value(1).run()
    with session() as opened:
        assert opened.scalars(select(Feedback)).one().answered == "没有找到"


def test_an_example_fills_the_form_and_asks(open_page: Open, asked: Asked, monkeypatch: pytest.MonkeyPatch) -> None:
    fields = [Field("text", Text("A text", "文本"), "text", examples=("late *again*", "fine", "so so", "fourth"))]
    monkeypatch.setattr(Toy, "fields", lambda self, details: fields)
    monkeypatch.setattr(Toy, "chat", False)
    run_id = trained()
    at = open_page("try_it", run=run_id)
    assert not any(button.key == f"example-{run_id}-3" for button in at.button)
    at.button(key=f"example-{run_id}-0").click().run()
    assert asked[0][0] == {"text": "late *again*"}
    assert at.text_area(key=f"try-{run_id}-text").value == "late *again*"


def test_without_examples_held_out_rows_are_offered_where_they_fit(
    open_page: Open, asked: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Toy, "chat", False)
    run_id = trained()
    assert not any(str(button.key).startswith("example-") for button in open_page("try_it", run=run_id).button)
    monkeypatch.setattr(Toy, "fields", lambda self, details: [Field("actual", Text("A flower", "花"), "text")])
    at = open_page("try_it", run=run_id)
    examples = [button.label for button in at.button if str(button.key).startswith("example-")]
    assert examples == runs.results(run_id).rows["actual"].iloc[:: len(runs.results(run_id).rows) // 3].head(3).tolist()


def test_what_the_server_refuses_is_said_in_a_sentence(
    open_page: Open, asked: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any, **__: Any) -> Answer:
        raise UserError(Text("The model server is starting.", "模型服务正在启动。"))

    monkeypatch.setattr(predictions, "answer", refuse)
    run_id = trained()
    at = ask(open_page("try_it", run=run_id), run_id)
    assert "The model server is starting" in all_words(at)
    assert not at.exception


def test_a_conversation_hands_its_history_on(open_page: Open, asked: Asked, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Toy, "fields", lambda self, details: [Field("text", Text("Ask away", "请提问"), "text")])
    run_id = trained()
    at = open_page("try_it", run=run_id)
    assert at.main.chat_input, "under the examples, so that the page opens at its head"
    at.chat_input(key=f"say-{run_id}").set_value("Which flower?").run()
    assert not at.main.chat_input
    at.chat_input(key=f"say-{run_id}").set_value("And now?").run()
    assert [turn.said for turn in asked[1][2]] == ["Which flower?", "rose"]
    assert len(at.chat_message) == 4
    chat = at.query_params["chat"]
    again = open_page("try_it", run=run_id, chat=chat[0] if isinstance(chat, list) else chat)
    assert len(again.chat_message) == 4
    again.button(key=f"over-{run_id}").click().run()
    assert len(again.chat_message) == 0


def test_a_message_sent_while_another_is_being_answered_displaces_nothing(
    open_page: Open, asked: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Toy, "fields", lambda self, details: [Field("text", Text("Ask away", "请提问"), "text")])
    run_id = trained()
    at = open_page("try_it", run=run_id)
    at.session_state[f"waiting-{run_id}"] = [(chats.new_id(), "Which flower?")]
    at.chat_input(key=f"say-{run_id}").set_value("And now?").run()
    with session() as db:
        said = db.scalars(select(ChatTurn.said).where(ChatTurn.who == "user").order_by(ChatTurn.id)).all()
    assert said == ["Which flower?", "And now?"]
    assert len(at.chat_message) == 4


def test_a_message_that_two_runs_of_the_page_answer_is_kept_once_and_takes_no_other_with_it(
    open_page: Open, asked: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A message sent while another is being answered starts the page beside the run that still waits for its answer."""
    monkeypatch.setattr(Toy, "fields", lambda self, details: [Field("text", Text("Ask away", "请提问"), "text")])
    run_id, own = trained(), answers.ask

    def slow(*given: Any) -> Answer:
        found = own(*given)
        waiting = st.session_state[f"waiting-{run_id}"]
        if waiting[0][1] == "Which flower?":
            chats.keep(run_id, st.query_params["chat"], waiting.pop(0)[1], found, "by the other run")
            waiting.append((chats.new_id(), "And now?"))
        return found

    monkeypatch.setattr(answers, "ask", slow)
    at = open_page("try_it", run=run_id)
    at.chat_input(key=f"say-{run_id}").set_value("Which flower?").run()
    with session() as db:
        said = db.scalars(select(ChatTurn.said).where(ChatTurn.who == "user").order_by(ChatTurn.id)).all()
    assert said == ["Which flower?", "And now?"]
    assert not at.exception


def test_what_would_have_been_right_is_kept_with_the_question_of_the_chat(
    open_page: Open, asked: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Toy, "fields", lambda self, details: [Field("text", Text("Ask away", "请提问"), "text")])
    run_id = trained()
    at = open_page("try_it", run=run_id)
    at.chat_input(key=f"say-{run_id}").set_value("Which flower?").run()
    with session() as db:
        place = f"{run_id}-{db.scalars(select(ChatTurn.id).order_by(ChatTurn.id.desc())).first()}"
    at.feedback(key=f"thumb-{place}").set_value(0).run()
    at.selectbox(key=f"right-{place}").select("tulip")
    at.button(key=f"send-{place}").click().run()
    with session() as db:
        kept = db.scalars(select(Feedback)).one()
        assert db.scalars(select(ChatTurn.told).order_by(ChatTurn.id.desc())).first()
    assert (kept.inputs, kept.answered, kept.right, kept.correction) == (
        {"text": "Which flower?"},
        "rose",
        False,
        "tulip",
    )


def batch(run_id: int, **values: Any) -> str:
    with session() as db:
        db.add(Batch(id="b" * 32, run_id=run_id, file_name="new.csv", rows=300, done=300, status=SUCCEEDED, **values))
    return "b" * 32


def test_a_file_is_handed_over_with_the_controls(
    open_page: Open, asked: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[tuple[str, bytes, dict[str, Any]]] = []

    def start(run_id: int, name: str, source: io.BytesIO, controls: dict[str, Any]) -> str:
        started.append((name, source.read(), controls))
        return batch(run_id, seconds=2.0)

    monkeypatch.setattr(predictions, "start_batch", start)
    run_id = trained()
    at = open_page("try_it", run=run_id)
    at.file_uploader(key=f"batch-{run_id}-0").upload("new.csv", b"width_a,width_b\n1,2\n", "text/csv").run()
    at.button(key=f"start-{run_id}").click().run()
    assert started == [("new.csv", b"width_a,width_b\n1,2\n", {"least": 0.5})]
    assert "300 rows" in all_words(at)


def test_earlier_files_are_listed_with_their_state(open_page: Open, asked: Asked) -> None:
    run_id = trained()
    batch(run_id)
    words = all_words(open_page("try_it", run=run_id))
    assert "new.csv" in words
    assert "300 rows" in words


def test_a_run_without_a_model_leads_to_its_training(open_page: Open, asked: Asked) -> None:
    at = open_page("try_it", run=runs.launch(request(name="Waiting")))
    assert "no model to use yet" in all_words(at)
    assert any("training" in button.label for button in at.button)


def test_the_page_says_how_a_file_is_prepared(open_page: Open, asked: Asked) -> None:
    id = add_flowers()
    id = datasets.fix(id, Step("merge_values", ("kind",), {"iris": "Iris"})).id
    id = datasets.fix(id, Step("drop_duplicates")).id
    at = open_page("try_it", run=trained(dataset_id=id))
    assert "“iris” → “Iris”" in all_words(at)
    assert "Removed repeated rows" not in all_words(at)
