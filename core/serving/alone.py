"""A model that was taken away: reads a file, predicts, writes the answers. Runs where Modelwright is not installed."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from core.data.exports import write_table
from core.data.reading import read_file
from core.data.recipe import Step
from core.progress import Silent
from core.scenarios.base import Scenario
from core.serving.inputs import complete, table_to_predict, with_answers
from core.words import Text, UserError

ABOUT, RECIPE, MODEL = "about.json", "recipe.json", "model"
NO_CONTROL = Text("There is no control “{key}”. Known: {known}.", "没有名为“{key}”的选项。可用：{known}。")
NO_FILE = Text("“{name}” was not found.", "找不到文件“{name}”。")
WROTE = Text("{rows} rows with predictions are in {name}.", "{rows} 行预测结果已写入 {name}。")


def main(scenario: Scenario[Any], folder: Path, arguments: Sequence[str] | None = None) -> int:
    """`python predict.py new.csv answers.csv`: 0 when the answers are written, 2 with one sentence when not."""
    about = json.loads((folder / ABOUT).read_text(encoding="utf-8"))
    parser = argparse.ArgumentParser(prog="predict.py", description=about["name"])
    parser.add_argument("file", type=Path, help="the rows to predict: CSV or Excel")
    parser.add_argument("out", type=Path, help="where to write them with the answers: .csv or .xlsx")
    known = ", ".join(f"{key}={json.dumps(value)}" for key, value in about["controls"].items())
    parser.add_argument("--set", action="append", default=[], metavar="CONTROL=VALUE", help=f"repeatable; now {known}")
    parser.add_argument("--lang", choices=("en", "zh"), default=about["language"], help="language of what is said")
    args = parser.parse_args(arguments)
    try:
        rows = predict(scenario, folder, args.file, args.out, _controls(about["controls"], args.set))
    except UserError as error:
        print(error.text.in_(args.lang), file=sys.stderr)
        return 2
    print(WROTE.fill(rows=rows, name=args.out.name).in_(args.lang), file=sys.stderr)
    return 0


def predict(scenario: Scenario[Any], folder: Path, file: Path, out: Path, controls: dict[str, Any]) -> int:
    """Writes the file's rows with the model's answers; how many there are. Raises UserError."""
    if not file.is_file():
        raise UserError(NO_FILE.fill(name=file.name))
    about = json.loads((folder / ABOUT).read_text(encoding="utf-8"))
    frame = read_file(file, file.name).frame
    trained = {role: tuple(names) for role, names in about["roles"].items()}
    recipe = [Step.from_json(step) for step in json.loads((folder / RECIPE).read_text(encoding="utf-8"))]
    table = table_to_predict(scenario, frame, trained, recipe)
    answers = scenario.predict(scenario.load(folder / MODEL), table, controls, Silent(folder))
    written = with_answers(frame, complete(answers, table))
    write_table(written, out, "xlsx" if out.suffix.lower() == ".xlsx" else "csv")
    return len(written)


def _controls(known: dict[str, Any], said: Sequence[str]) -> dict[str, Any]:
    """The controls as they stood at the export, with what was said now."""
    values = dict(known)
    for pair in said:
        key, _, value = pair.partition("=")
        if key not in known:
            raise UserError(NO_CONTROL.fill(key=key, known=", ".join(known) or "–"))
        try:
            values[key] = json.loads(value)
        except ValueError:
            values[key] = value
    return values
