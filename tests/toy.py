"""A toy scenario that is not text with a label: numbers, a group split, an extra table, a chat and lists as answers.

It holds the protocol to what later scenarios need, and is quick enough to run through the queue in tests.
`MODELWRIGHT_TOY_SECONDS` makes a fit take that long, in steps that report, checkpoint and can be cancelled.
`MODELWRIGHT_TOY_LOOK` does the same for its second look.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from core.cards import HEADLINE, Card, Facts, Number, Numbers, Rows
from core.dashboards import curve_cards
from core.data.profile import Profile
from core.data.splitting import Split, group_split, stratified_split
from core.data.table import Roles, Table, clean
from core.fields import Field, Option
from core.progress import Plan, Report, Stage
from core.scenarios.base import (
    Answer,
    ExtraTable,
    Item,
    Metric,
    Reason,
    Results,
    Role,
    Scenario,
    Settings,
    Turn,
    setting,
)
from core.second_look import Curve, Doubt, Doubts, SecondLook
from core.verdict import judge
from core.words import Fix, Problem, Text, same


@dataclass(frozen=True)
class ToySettings(Settings):
    power: float = setting(Field("power", Text("Power", "力度"), "number", low=0.5, high=4.0, default=1.0))


@dataclass
class Centroids:
    """The mean of each class's numbers; the nearest answers."""

    classes: list[str]
    centres: np.ndarray
    columns: list[str]
    items: list[str]

    def shares(self, numbers: np.ndarray) -> np.ndarray:
        distance = ((numbers[:, None, :] - self.centres[None]) ** 2).sum(-1)
        scores = np.exp(-(distance - distance.min(1, keepdims=True)))
        return scores / scores.sum(1, keepdims=True)


class Toy(Scenario[Centroids]):
    key = "toy"
    title = Text("Sort flowers", "给花分类")
    summary = Text("By their measures.", "按尺寸分类。")
    icon = "sentiment"
    sample = Text("shop_reviews.csv", "shop_reviews_zh.csv")
    settings = ToySettings
    baseline_title = Text("Always the commonest", "一律取最常见的")
    chat = True
    roles = (
        Role("measures", Text("Measures", "尺寸"), Text("Numbers.", "数字列。"), "number", many=True, names=("width",)),
        Role("label", Text("Kind", "种类"), Text("What it is.", "是什么。"), "category", names=("kind", "种类")),
        Role("group", Text("Garden", "花园"), Text("Where.", "在哪里。"), "id", required=False, names=("garden",)),
    )
    extras = (
        ExtraTable(
            "items",
            Text("Seeds", "种子"),
            Text("What can be bought.", "可以买什么。"),
            (Role("item", Text("Seed", "种子"), Text("Its name.", "名称。"), "text", names=("seed",)),),
        ),
    )
    metrics = {
        "accuracy": Metric(
            Text("Right answers", "答对的比例"), Text("accuracy", "准确率"), Text("Of 100.", "每 100 个。")
        )
    }
    curves = (curve_cards.answered_alone(),)
    modes = {mode: Text(f"{mode} way", f"{mode} 方式") for mode in ("quick", "standard", "best")}

    def suggest(self, profile: Profile, roles: Roles) -> dict[str, Any]:
        return {"power": 2.0}

    def check(self, table: Table, settings: ToySettings) -> list[Problem]:
        missing = sum(1 for value in table.column("label").tolist() if not clean(value))
        if not missing:
            return []
        from core.data.recipe import Step

        fix = Fix(Text("Remove them", "删除这些行"), Step("drop_empty", table.roles["label"]))
        what = Text(f"{missing} flowers have no kind.", f"有 {missing} 朵花没有种类。")
        return [Problem("missing_labels", what, Text("Fill or remove them.", "请填写或删除。"), "stop", (fix,))]

    def split(self, table: Table, settings: ToySettings) -> Split:
        if table.has("group"):
            return group_split(table, seed=settings.seed, group="group")
        return stratified_split(table, seed=settings.seed)

    def estimate(self, table: Table, settings: ToySettings) -> Plan:
        return Plan(
            (
                Stage("baseline", Text("Simple method", "简单方法"), 0.1),
                Stage("train", Text("Learning", "学习"), _slow() + 0.1),
                Stage("evaluate", Text("Checking", "检验"), 0.1),
            ),
            50,
        )

    def baseline(self, train: Table, settings: ToySettings, report: Report) -> str:
        report.stage("baseline")
        return pd.Series(train.texts("label")).mode()[0]

    def fit(self, train: Table, settings: ToySettings, report: Report) -> Centroids:
        report.stage("train")
        kept = report.checkpoints / "step.json"
        start = json.loads(kept.read_text())["step"] if kept.exists() else 0
        report.log(f"starting at step {start}")
        steps = 20
        for step in range(start, steps):
            time.sleep(_slow() / steps)
            kept.parent.mkdir(parents=True, exist_ok=True)
            kept.write_text(json.dumps({"step": step + 1}))
            report.point("validation", step, 0.5 + step / (2 * steps))
            report.progress((step + 1) / steps)
        if os.environ.get("MODELWRIGHT_TOY_ERROR"):
            raise RuntimeError(os.environ["MODELWRIGHT_TOY_ERROR"])
        numbers, labels = _numbers(train), np.asarray(train.texts("label"))
        classes = sorted(set(labels))
        seeds = train.extra["items"].iloc[:, 0].tolist() if "items" in train.extra else []
        centres = np.stack([numbers[labels == name].mean(0) for name in classes])
        return Centroids(classes, centres, list(train.roles["measures"]), [str(seed) for seed in seeds])

    def evaluate(
        self, model: Centroids, baseline: str, held_out: Table, settings: ToySettings, report: Report
    ) -> Results:
        from core.learning import uncertainty

        report.stage("evaluate")
        labels = np.asarray(held_out.texts("label"), dtype=object)
        shares = model.shares(_numbers(held_out))
        given = np.asarray(model.classes, dtype=object)[shares.argmax(1)]
        simple = np.full(len(labels), baseline, dtype=object)
        gain = uncertainty.paired_difference(labels, given, simple, metric="accuracy", seed=settings.seed)
        value = float((given == labels).mean())
        intervals = uncertainty.bootstrap_intervals(labels, given, metrics=("accuracy",), seed=settings.seed)
        said = {"actual": labels.astype(str), "given": given.astype(str), "right": given == labels}
        rows = pd.DataFrame({**said, "confidence": shares.max(1)})
        verdict = judge("accuracy", gain, len(labels), value=value, sentence=Text("Sorts flowers.", "会给花分类。"))
        against = {"accuracy": float((simple == labels).mean())}
        return Results({"accuracy": value}, intervals, against, verdict, {"columns": model.columns}, rows)

    def second_look(
        self, model: Centroids, train: Table, found: Results, settings: ToySettings, report: Report
    ) -> SecondLook:
        until = time.monotonic() + float(os.environ.get("MODELWRIGHT_TOY_LOOK", "0"))
        report.progress(0.3)
        while time.monotonic() < until:
            report.progress(0.5)
            time.sleep(0.02)
        shares, labels = model.shares(_numbers(train)), train.texts("label")
        best, own = shares.argmax(1), np.array([model.classes.index(label) for label in labels])
        rows = [row for row in np.argsort(shares[np.arange(len(own)), own]) if best[row] != own[row]]
        doubts = tuple(
            Doubt(
                int(row), labels[row], model.classes[best[row]], float(shares[row, own[row]]), float(shares[row].max()),
                {"width_a": f"{train.frame['width_a'].iloc[row]:.2f}"},
            )
            for row in rows
        )  # fmt: skip
        titles = tuple((name, Text(name.title(), f"{name}花")) for name in model.classes)
        curve = Curve(
            (20, 40, 80), (0.6, 0.7, 0.75), (0.5, 0.65, 0.7), (0.7, 0.75, 0.8), ((80, 0.75), (150, 0.77)), 100, 50,
            0.012, 0.004, 0.021, Text("a simpler one", "较简单的模型"),
        )  # fmt: skip
        return SecondLook(Doubts(doubts, len(doubts), len(labels), titles), curve)

    def cards(self, results: Results) -> list[Card]:
        words = self.metrics["accuracy"]
        number = Number(words.title, results.metrics["accuracy"], "share", *results.intervals["accuracy"])
        columns = (("actual", Text("Is", "实际")), ("given", Text("Said", "回答")))
        return [
            Card("headline", HEADLINE, Text("Result", "结果"), Text("Measured.", "实测。"), Numbers((number,))),
            Card("rows", Text("Rows", "数据行"), Text("Rows", "数据行"), Text("All.", "全部。"), Rows(columns)),
            Card(
                "facts",
                Text("Rows", "数据行"),
                Text("Facts", "事实"),
                Text("What.", "内容。"),
                Facts(((same("n"), same(len(results.rows))),)),
            ),
        ]

    def fields(self, details: Mapping[str, Any]) -> list[Field]:
        return [Field(name, same(name), "number", default=1.0, low=0.0, high=10.0) for name in details["columns"]]

    def controls(self, details: Mapping[str, Any]) -> list[Field]:
        options = (Option(0.5, same("50%")), Option(0.9, same("90%")))
        return [Field("least", Text("Least confidence", "最低置信度"), "choice", default=0.5, options=options)]

    def answer(
        self,
        model: Centroids,
        inputs: Mapping[str, Any],
        controls: Mapping[str, Any],
        history: Sequence[Turn] = (),
    ) -> Answer:
        shares = model.shares(np.array([[float(inputs[name]) for name in model.columns]]))[0]
        best = int(shares.argmax())
        least = float(controls.get("least", 0.5))
        return Answer(
            same(model.classes[best]),
            float(shares[best]),
            bool(shares[best] >= least),
            least,
            reasons=tuple(Reason(name, 0.5) for name in model.columns),
            items=tuple(Item(seed) for seed in model.items),
            notes=(Text(f"Turn {len(history) + 1}", f"第 {len(history) + 1} 轮"),),
            label=model.classes[best],
        )

    def predict(self, model: Centroids, table: Table, controls: Mapping[str, Any], report: Report) -> pd.DataFrame:
        shares = model.shares(_numbers(table))
        named = np.asarray(model.classes, dtype=object)[shares.argmax(1)]
        return pd.DataFrame({"prediction": named, "confidence": shares.max(1)})

    def save(self, model: Centroids, folder: Path) -> None:
        about = {"classes": model.classes, "centres": model.centres.tolist(), "columns": model.columns}
        (folder / "toy.json").write_text(json.dumps({**about, "items": model.items}))

    def load(self, folder: Path) -> Centroids:
        about = json.loads((folder / "toy.json").read_text())
        return Centroids(about["classes"], np.array(about["centres"]), about["columns"], about["items"])


def flowers(rows: int = 120, seed: int = 0) -> pd.DataFrame:
    """A table that the toy learns well: two measures, a kind, a garden."""
    rng = np.random.default_rng(seed)
    kind = rng.integers(0, 3, rows)
    return pd.DataFrame(
        {
            "width_a": kind * 2 + rng.normal(0, 0.7, rows),
            "width_b": -kind + rng.normal(0, 0.7, rows),
            "kind": np.array(["iris", "rose", "tulip"])[kind],
            "garden": [f"g{i % 12}" for i in range(rows)],
        }
    )


def _numbers(table: Table) -> np.ndarray:
    return table.frame[list(table.roles["measures"])].to_numpy(dtype=float)


def _slow() -> float:
    return float(os.environ.get("MODELWRIGHT_TOY_SECONDS", "0"))


SCENARIO = Toy()
