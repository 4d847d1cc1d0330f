"""Which columns of a new file the model reads."""

from __future__ import annotations

import pandas as pd
import pytest

from core.data.recipe import Step
from core.serving.inputs import AsTrained, table_to_predict, with_answers
from core.words import UserError
from tests.serving.trained import ROLES
from tests.toy import SCENARIO, flowers


def test_the_columns_of_the_training_are_found_by_name_whatever_their_case() -> None:
    frame = flowers(5).rename(columns={"width_a": " WIDTH_A"})
    assert table_to_predict(SCENARIO, frame, ROLES, []).roles["measures"] == (" WIDTH_A", "width_b")


def test_a_file_without_the_answer_column_is_fine() -> None:
    frame = flowers(5).drop(columns="kind")
    assert not table_to_predict(SCENARIO, frame, ROLES, []).has("label")


def test_columns_of_other_names_are_guessed_by_what_is_in_them() -> None:
    frame = pd.DataFrame({"note": [f"a longer text number {i}" for i in range(30)], "wide": [i / 7 for i in range(30)]})
    assert table_to_predict(SCENARIO, frame, ROLES, []).roles["measures"] == ("wide",)


def test_what_the_user_chose_wins() -> None:
    table = table_to_predict(SCENARIO, flowers(5), ROLES, [], {"measures": ("width_b",)})
    assert table.roles["measures"] == ("width_b",)


def test_a_missing_column_is_named_with_those_that_are_there() -> None:
    with pytest.raises(UserError) as caught:
        table_to_predict(SCENARIO, pd.DataFrame({"colour": ["red", "blue"]}), ROLES, [])
    for said in (caught.value.text.en, caught.value.text.zh):
        assert "width_a, width_b" in said
        assert "colour" in said


def test_a_chosen_column_that_is_not_there_is_named() -> None:
    with pytest.raises(UserError, match="wide"):
        table_to_predict(SCENARIO, flowers(5), ROLES, [], {"measures": ("wide",)})


def test_no_step_of_the_recipe_drops_a_row() -> None:
    frame = pd.concat([flowers(3), flowers(3)], ignore_index=True)
    steps = [Step("drop_duplicates"), Step("drop_columns", ("garden",))]
    table = table_to_predict(SCENARIO, frame, ROLES, steps)
    assert len(table) == 6
    assert "garden" not in table.frame.columns


def test_a_file_without_rows_is_refused() -> None:
    with pytest.raises(UserError, match="no rows"):
        table_to_predict(SCENARIO, flowers(3).head(0), ROLES, [])


def test_an_answer_never_hides_a_column_of_the_user() -> None:
    original = pd.DataFrame({"prediction": ["mine"], "prediction_model": ["mine too"]})
    both = with_answers(original, pd.DataFrame({"prediction": ["iris"]}))
    assert list(both.columns) == ["prediction", "prediction_model", "prediction_model_model"]


def test_a_live_question_goes_through_what_the_training_data_went_through() -> None:
    steps = [
        Step("drop_duplicates"),
        Step("fill_missing", ("width_a",), {"with": "4"}),
        Step("mask", ("note",), {"email": ""}),
    ]
    prepare = AsTrained({"a": "width_a", "text": "note", "basket": "items"}, tuple(steps[1:]))
    asked = {"a": None, "text": "write to rose@garden.org", "basket": ["x", "y"], "more": True}
    said = prepare(asked)
    assert float(said["a"]) == 4.0
    assert "rose@garden.org" not in said["text"]
    assert (said["basket"], said["more"]) == (["x", "y"], True)
    assert AsTrained({"a": "width_a"}, ())(asked) == asked
