"""A model that was taken away: reads a file, predicts, writes the answers. Runs where Modelwright is not installed."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.data.exports import write_table
from core.data.reading import read_file
from core.data.recipe import Step
from core.progress import Silent
from core.scenarios.base import Scenario
from core.serving.inputs import complete, table_to_predict, with_answers
from core.words import Text, UserError

if TYPE_CHECKING:
    from core.learning.elsewhere import Elsewhere

ABOUT, RECIPE, MODEL, NETWORKS = "about.json", "recipe.json", "model", "onnx"
NO_CONTROL = Text("There is no control “{key}”. Known: {known}.", "没有名为“{key}”的选项。可用：{known}。")
NO_FILE = Text("“{name}” was not found.", "找不到文件“{name}”。")
NO_NETWORK = Text(
    "This archive has no ONNX network. Leave --onnx out, or export the model with its networks as ONNX.",
    "此文件夹中没有 ONNX 网络。请去掉 --onnx，或重新导出并附上 ONNX 格式的网络。",
)
WROTE = Text("{rows} rows with predictions are in {name}.", "{rows} 行预测结果已写入 {name}。")


def _as_it_is(said: str) -> str:
    """For argparse, to which a percent sign begins a place to fill in."""
    return said.replace("%", "%%")


def main(scenario: Scenario[Any], folder: Path, arguments: Sequence[str] | None = None) -> int:
    """`python predict.py new.csv answers.csv`: 0 when the answers are written, 2 with one sentence when not."""
    about = json.loads((folder / ABOUT).read_text(encoding="utf-8"))
    parser = argparse.ArgumentParser(prog="predict.py", description=_as_it_is(about["name"]))
    parser.add_argument("file", type=Path, help="the rows to predict: CSV or Excel")
    parser.add_argument("out", type=Path, help="where to write them with the answers: .csv or .xlsx")
    known = ", ".join(f"{key}={json.dumps(value)}" for key, value in about["controls"].items())
    parser.add_argument(
        "--set", action="append", default=[], metavar="CONTROL=VALUE", help=f"repeatable; now {_as_it_is(known)}"
    )
    parser.add_argument("--lang", choices=("en", "zh"), default=about["language"], help="language of what is said")
    parser.add_argument("--onnx", action="store_true", help="run the networks in onnx/ in place of torch's own")
    args = parser.parse_args(arguments)
    try:
        controls = _controls(about["controls"], args.set)
        rows = predict(scenario, folder, (args.file, args.out), controls, onnx=args.onnx)
    except UserError as error:
        print(error.text.in_(args.lang), file=sys.stderr)
        return 2
    print(WROTE.fill(rows=rows, name=args.out.name).in_(args.lang), file=sys.stderr)
    return 0


def predict(
    scenario: Scenario[Any], folder: Path, files: tuple[Path, Path], controls: dict[str, Any], *, onnx: bool
) -> int:
    """Writes the first file's rows with the model's answers into the second; how many there are. Raises UserError."""
    file, out = files
    if not file.is_file():
        raise UserError(NO_FILE.fill(name=file.name))
    about = json.loads((folder / ABOUT).read_text(encoding="utf-8"))
    frame = read_file(file, file.name).frame
    trained = {role: tuple(names) for role, names in about["roles"].items()}
    recipe = [Step.from_json(step) for step in json.loads((folder / RECIPE).read_text(encoding="utf-8"))]
    table = table_to_predict(scenario, frame, trained, recipe)
    model = scenario.load(folder / MODEL)
    if onnx:
        scenario.run_elsewhere(model, _networks(folder / NETWORKS))
    answers = scenario.predict(model, table, controls, Silent(folder))
    written = with_answers(frame, complete(answers, table))
    write_table(written, out, "xlsx" if out.suffix.lower() == ".xlsx" else "csv")
    return len(written)


def _networks(folder: Path) -> dict[str, Elsewhere]:
    """The networks that are there, by name."""
    from core.learning.elsewhere import opened

    places = sorted(folder.glob("*.onnx"))
    if not places:
        raise UserError(NO_NETWORK)
    return {place.stem: opened(place) for place in places}


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
