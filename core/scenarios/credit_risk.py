"""Credit risk: from a loan book, or any table of cases that ended well or badly, to decisions that make money."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from core.cards import Card
from core.dashboards import binary_cards, curve_cards, insight_cards, money_cards
from core.data import leak_checks
from core.data import table_checks as checks
from core.data.groups import groups_of
from core.data.guessing import guess_roles
from core.data.outcomes import bad_value, guess_outcome
from core.data.profile import Profile
from core.data.sensitive import find_sensitive
from core.data.splitting import Split, stratified_split, time_split, without_groups_of_test
from core.data.table import Roles, Table, clean
from core.fields import Field, Option
from core.money import Stakes, Summary
from core.paired import area
from core.progress import Plan, Report, Stage
from core.scenarios.base import Answer, Results, Scenario, Turn
from core.scenarios.parts import form, kept, yes_no
from core.scenarios.parts.cases import NO_FEATURES, Cases, without
from core.scenarios.parts.decisions import JUDGED
from core.scenarios.parts.loan_book import ROLES, CreditSettings
from core.second_look import SecondLook
from core.verdict import judge
from core.words import Problem, Text, UserError, same

if TYPE_CHECKING:
    from core.learning.elsewhere import Elsewhere
    from core.learning.portable import Portable
    from core.learning.tabular.baseline import ScorecardBaseline
    from core.learning.tabular.model import TabularModel

SHOWN = 10
READING_SECONDS, BASELINE_SECONDS, LOOK_SECONDS, CHECK_SECONDS = 4.0, 0.5, 4.0, 2.0
"""What the steps beside the fit take on small data, and ROW_SECONDS for each row besides."""
ROW_SECONDS = 2e-5


@dataclass
class CreditModel:
    """A trained model and what its answers need besides: JSON-safe `about`."""

    tabular: TabularModel
    about: dict[str, Any]


class CreditRisk(Scenario[CreditModel]):
    key = "credit_risk"
    decisions = JUDGED
    title = Text("Judge credit risk", "评估信用风险")
    summary = Text(
        "From past loans and how they ended to a decision on the next one, its reasons, and what it earns. Any yes-or-no outcome works.",
        "用过往贷款及其结果训练模型，判断下一笔该不该放、为什么、能赚多少。任何“是/否”结果都适用。",
    )
    purpose = Text(
        "Says how likely a case is to end badly, for what reasons, and what approving it would earn, so that a person can decide.",
        "给出一笔业务出问题的可能性、原因以及通过后的收益，供人决策。",
    )
    not_for = Text(
        "Deciding about a person without a person, where the law asks for one; cases unlike those in the data.",
        "不用于法律要求人工复核时的全自动决定，也不用于与训练数据明显不同的业务。",
    )
    limits = (
        Text(
            "It learned from cases that were accepted. How those that were turned away would have ended, nobody knows.",
            "模型只见过已获批的业务；被拒绝的业务本会怎样，无从得知。",
        ),
        Text(
            "Economic conditions change: check the probabilities again at least every few months.",
            "经济环境会变化，请至少每隔几个月重新核对一次概率。",
        ),
    )
    icon = "credit"
    place = 20
    sample = Text("loans.csv", "loans_zh.csv")
    sample_title = Text("Loans", "贷款记录")
    target = "target"
    learns_from_all = True
    live = True
    beside_networks = Text(
        "Trees and scorecards stay in their libraries' own formats: CatBoost writes no ONNX of a model with categories, and a "
        "part of the trees alone would decide nothing.",
        "决策树与评分卡仍为各库自己的格式：含类别列的 CatBoost 模型无法导出为 ONNX，而只导出一部分树并不能作出判断。",
    )
    settings = CreditSettings
    baseline_title = Text("Logistic scorecard", "逻辑回归评分卡")
    metrics = binary_cards.METRICS
    curves = (
        curve_cards.told_apart(),
        curve_cards.calibrated(
            "probability", "bad", Text("Probability given", "给出的概率"), Text("Turned bad", "实际变坏比例")
        ),
    )
    roles = ROLES
    modes = {
        "quick": Text(
            "Boosted trees on your columns, calibrated. Strong on tables; no fine-tuning.",
            "在您的各列上训练梯度提升树并校准。对表格数据效果好，不做微调。",
        ),
        "standard": Text(
            "Two kinds of boosted trees and a fine-tuned neural network, weighed and calibrated together.",
            "两种梯度提升树加一个微调的神经网络，共同加权并校准。",
        ),
        "best": Text(
            "The same; then, for the minutes you give in the settings, it searches better settings of the trees and repeats them.",
            "同上；再按设置中给定的分钟数搜索更好的树模型参数，并重复训练。",
        ),
    }

    def guess(self, profile: Profile) -> dict[str, tuple[str, ...]]:
        found = guess_outcome(profile)
        first = {"target": (found[0],)} if found else {}
        rest = [
            role
            for role in self.roles
            if role.key not in ("target", "sensitive") or role.key not in {**first, "sensitive": ()}
        ]
        others = {
            key: names
            for key, names in guess_roles(profile, rest).items()
            if not set(names) & set(first.get("target", ()))
        }
        sensitive = tuple(one.column for one in find_sensitive(profile) if one.column not in first.get("target", ()))
        return {**first, **others, **({"sensitive": sensitive} if sensitive else {})}

    def suits(self, profile: Profile) -> tuple[float, int]:
        """As ever, but only half as well where there is nothing but free text to decide by."""
        share, found = super().suits(profile)
        target = self.guess(profile).get("target", ())
        facts = [c for c in profile.columns if c.name not in target and c.kind in ("number", "category", "boolean")]
        return (share if facts else share / 2), found

    def suggest(self, profile: Profile, roles: Roles) -> dict[str, Any]:
        name = next(iter(roles.get("target", ())), None)
        column = next((one for one in profile.columns if one.name == name), None)
        return {"bad": bad_value(column)} if column is not None and column.distinct == 2 else {}

    def check(self, table: Table, settings: CreditSettings) -> list[Problem]:
        suspected = checks.suspects_of(table)
        out = without(table, (*settings.leave_out, *settings.keep_together), settings.keep, suspected)
        found = [
            *checks.two_outcomes(table, settings.bad),
            *checks.missing_outcomes(table),
            *checks.suspects(table, suspected, settings.leave_out, settings.keep),
            *leak_checks.strong_columns(table, out, settings.bad),
            *leak_checks.owners(table, settings.keep_together, role="target"),
            *checks.numbers_as_text(table, exclude=out),
            *checks.repeated_rows(table),
            *checks.sensitive_columns(table, settings.leave_out),
            *checks.proxies(table, settings.leave_out),
            *checks.rare_outcome(table, settings.bad),
            *checks.later_test(table, settings.test_on),
            *checks.decisions_in_other_words(table),
        ]
        return sorted(found, key=lambda problem: ("stop", "warn", "note").index(problem.severity))

    def split(self, table: Table, settings: CreditSettings) -> Split:
        """20% at random with the same share of bads, or the latest 20%; rows of one group on one side."""
        if settings.test_on == "latest" and table.has("date"):
            return without_groups_of_test(time_split(table, time="date", label="target"), table, settings.keep_together)
        return stratified_split(table, seed=settings.seed, label="target", groups=settings.keep_together)

    def estimate(self, table: Table, settings: CreditSettings) -> Plan:
        from core.learning.tabular.baseline import cost_of_leaving_out
        from core.learning.tabular.effects import rows_asked
        from core.learning.tabular.fitting import Ask
        from core.learning.tabular.trial import estimate

        cases = _cases(table, settings)
        frame, bad = cases.frame, cases.bad
        asked = rows_asked(len(frame) // 5, frame.shape[1])
        beside = READING_SECONDS + BASELINE_SECONDS + _after_fit(len(frame))
        plan, answer = estimate(frame, bad, Ask(settings.mode, settings.seed, settings.minutes, beside, asked))
        sensitive = [name for name in table.roles.get("sensitive", ()) if name in frame.columns]
        groups = _groups(cases, settings)
        cost = cost_of_leaving_out(frame, bad, sensitive, settings.seed, groups) if sensitive else None
        reading = ROW_SECONDS * len(frame)
        again = sum(stage.seconds for stage in plan.stages if stage.key == "read") / 4
        asking = answer * asked
        return Plan(
            (
                Stage("baseline", Text("Fitting the scorecard", "训练评分卡"), BASELINE_SECONDS + reading),
                *plan.stages,
                Stage("look", Text("Looking at what it learned", "查看学到了什么"), LOOK_SECONDS + reading),
                Stage(
                    "evaluate",
                    Text("Checking on rows it never saw", "在未见过的数据上检验"),
                    CHECK_SECONDS + reading + again + asking,
                ),
            ),
            plan.memory_mb,
            (*plan.notes, *([insight_cards.cost_words(cost)] if cost else [])),
        )

    def baseline(self, train: Table, settings: CreditSettings, report: Report) -> ScorecardBaseline:
        from core.learning.tabular.baseline import ScorecardBaseline

        report.stage("baseline")
        cases = _cases(train, settings)
        return ScorecardBaseline.fit(cases.frame, cases.bad, _groups(cases, settings))

    def fit(self, train: Table, settings: CreditSettings, report: Report) -> CreditModel:
        from core.data.drift import reference_of
        from core.learning.tabular.baseline import cost_of_leaving_out
        from core.learning.tabular.changes import ranges_of
        from core.learning.tabular.effects import rows_asked
        from core.learning.tabular.fitting import Ask, fit_tabular

        cases = _cases(train, settings)
        frame, bad, amount = cases.frame, cases.bad, cases.amount
        groups = _groups(cases, settings)
        asked = rows_asked(len(frame) // 4, frame.shape[1])
        ask = Ask(settings.mode, settings.seed, settings.minutes, _after_fit(len(frame)), asked)
        tabular = fit_tabular(frame, bad, ask, report, groups)
        report.stage("look")
        stakes, examples = _stakes(settings, amount is not None)
        summary = Summary.of(tabular.validation["probability"], bad, amount)
        sensitive = [name for name in train.roles.get("sensitive", ()) if name in frame.columns]
        texts = tabular.columns.free_texts
        facts = frame[[name for name in tabular.features if name not in texts]]
        report.progress(0.3)
        about = {
            "words": cases.words,
            "stakes": vars(stakes),
            "stakes_are_examples": examples,
            "has_amount": amount is not None,
            "summary": summary.to_json(),
            "cutoffs": yes_no.cutoffs_of(summary, stakes),
            "ranges": ranges_of(facts),
            "form": form.form_of(frame[tabular.features], texts),
            "sensitive": list(train.roles.get("sensitive", ())),
            "sensitive_cost": cost_of_leaving_out(frame, bad, sensitive, settings.seed, groups) if sensitive else None,
            "left_out": sorted(set(cases.left_out)),
            "giveaways": sorted(set(cases.left_out) - _not_features(train, settings)),
            "reference": reference_of(facts),
        }
        report.progress(1.0)
        return CreditModel(tabular, about)

    def evaluate(
        self, model: CreditModel, baseline: ScorecardBaseline, held_out: Table, settings: CreditSettings, report: Report
    ) -> Results:
        from core.data.drift import drift
        from core.learning.binary import evaluate_binary
        from core.learning.fairness import bands, fairness
        from core.learning.tabular.effects import MOST_CURVES, effects, importance

        report.stage("evaluate")
        cases = _cases(held_out, settings)
        frame, bad = cases.source, cases.bad
        probability = model.tabular.probabilities(frame)
        scores = evaluate_binary(bad, probability, {"scorecard": baseline.probabilities(frame)}, settings.seed)
        report.progress(0.3)
        about, cut = model.about, model.about["cutoffs"]["decline_above"]
        looked = importance(model.tabular, frame, bad, settings.seed)
        report.progress(0.7)
        texts = model.tabular.columns.free_texts
        order = [name for row in looked for name in row["columns"]] or model.tabular.features
        details = {
            **scores.details,
            **{key: about[key] for key in about if key not in ("reference", "ranges")},
            "split": _split_words(settings, held_out).to_json(),
            "leaderboard": model.tabular.leaderboard,
            "handling": model.tabular.columns.handling(),
            "importance": looked,
            "effects": effects(model.tabular, frame, [name for name in order if name not in texts][:MOST_CURVES]),
            "fairness": {
                name: fairness(bands(cases.source[name]), probability >= cut, bad)
                for name in about["sensitive"]
                if name in cases.source
            },
            "drift": drift(about["reference"], frame),
            "confusion": yes_no.confusion(bad, probability >= cut),
            "form": form.by_importance(about["form"], order),
            "shown": order[:SHOWN],
        }
        rows = cases.judged(probability, details, next(iter(held_out.roles.get("policy", ())), None))
        said = binary_cards.sentence(scores.metrics, details, about["words"])
        verdict = judge("roc_auc", scores.gain, len(bad), value=scores.metrics["roc_auc"], sentence=said)
        report.progress(1.0)
        return Results(scores.metrics, scores.intervals, scores.baseline, verdict, details, rows)

    def second_look(
        self, model: CreditModel, train: Table, found: Results, settings: CreditSettings, report: Report
    ) -> SecondLook:
        from core.learning.doubts import as_doubts
        from core.learning.tabular.curve import area_curve

        cases = _cases(train, settings)
        rows = np.flatnonzero(np.array(train.texts("target"), dtype=object) != "")
        chance = np.asarray(model.tabular.validation["probability"], dtype=float)
        names = [name for name in found.details["shown"] if name in cases.source]
        labels = [(cases.words[end], same(cases.words[end])) for end in ("good", "bad")]
        place = {int(row): at for at, row in enumerate(rows)}

        def cells(row: int) -> dict[str, str]:
            return {name: clean(cases.source[name].iloc[place[row]]) for name in names}

        answers = cases.bad.astype(int), np.column_stack([1 - chance, chance])
        doubts = as_doubts(answers, rows, labels, cells, facts=True)
        curve = area_curve(cases.frame, cases.bad, _groups(cases, settings), settings.seed, report.progress)
        return SecondLook(doubts, curve)

    def cards(self, results: Results) -> list[Card]:
        d, words = results.details, results.details["words"]
        columns = [
            ("probability", Text("Probability", "概率")),
            ("actual", Text("Ended", "实际结果")),
            ("given", Text("It said", "模型判断")),
            *((name, same(name)) for name in d["shown"]),
        ]
        return [
            binary_cards.headline(results),
            binary_cards.compared(results),
            binary_cards.leaderboard(d, (results.metrics["roc_auc"], *results.intervals["roc_auc"])),
            binary_cards.roc(d, results.metrics),
            binary_cards.deciles(d, words),
            binary_cards.distribution(d, words),
            binary_cards.precision_recall(d, results.metrics),
            binary_cards.calibration(results),
            *insight_cards.importance(d),
            *insight_cards.effects(d),
            *insight_cards.fairness(d),
            *insight_cards.sensitive_cost(d),
            insight_cards.drift(d),
            *insight_cards.handling(d),
            binary_cards.confusion(d, words),
            binary_cards.mistakes(columns),
        ]

    def assumptions(self, details: Mapping[str, Any]) -> list[Field]:
        return money_cards.fields(details)

    def money(self, results: Results, assumptions: Mapping[str, Any]) -> list[Card]:
        return money_cards.cards(results, assumptions)

    def measure(self, rows: pd.DataFrame) -> float:
        return area(rows, "probability", "bad")

    def facts(self, model: CreditModel) -> dict[str, Any]:
        codes = {code: name for name, code in yes_no.codes_of(model.tabular).items()}
        return {**model.tabular.facts, "left_out": model.about["left_out"], "reason_codes": codes}

    def fields(self, details: Mapping[str, Any]) -> list[Field]:
        return [form.field_of(one, place) for place, one in enumerate(details["form"])]

    def controls(self, details: Mapping[str, Any]) -> list[Field]:
        cut = details["cutoffs"]
        names = [one["name"] for one in details["form"] if one["kind"] != "text"]
        fixed = set(details["sensitive"])
        return [
            Field("approve_below", Text("Approve below", "低于此概率通过"), "slider", default=cut["approve_below"], low=0.0, high=cut["top"], step=cut.get("step", 0.005)),
            Field("decline_above", Text("Decline from", "达到此概率拒绝"), "slider", default=cut["decline_above"], low=0.0, high=cut["top"], step=cut.get("step", 0.005)),
            Field(
                "changeable",
                Text("What the applicant could change", "申请人可以改变的项目"),
                "items",
                help=Text("Only these are tried when looking for what would change the decision.", "只在这些项目中寻找能改变决定的做法。"),
                default=tuple(name for name in names[: form.MOST_OPEN] if name not in fixed and not form.PAST.search(name)),
                options=tuple(Option(name, same(name)) for name in names),
            ),
        ]  # fmt: skip

    def right_answers(self, details: Mapping[str, Any]) -> tuple[Option, ...]:
        return tuple(Option(details["words"][end], same(details["words"][end])) for end in ("good", "bad"))

    def answer(
        self, model: CreditModel, inputs: Mapping[str, Any], controls: Mapping[str, Any], history: Sequence[Turn] = ()
    ) -> Answer:
        from core.learning.tabular.changes import changes

        row = {name: form.cell(inputs.get(name)) for name in model.tabular.features}
        if not any(value is not None for value in row.values()):
            raise UserError(Text("Fill in at least one field first.", "请至少填写一项。"))
        frame = pd.DataFrame([row])
        encoded = model.tabular.columns.encode(frame)
        probability = float(model.tabular.probabilities(encoded)[0])
        low, high = (float(part[0]) for part in model.tabular.spread(encoded))
        approve, decline, top = yes_no.lines_of(model.about["cutoffs"], controls)
        title, tone = yes_no.decision(probability, approve, decline)
        found = (
            changes(
                model.tabular.probabilities, row, approve, list(controls.get("changeable", ())), model.about["ranges"]
            )
            if probability >= approve
            else []
        )
        words = model.about["words"]
        return Answer(
            title=title,
            label={"good": words["good"], "bad": words["bad"]}.get(tone),
            sure=not approve <= probability < decline,
            tone=tone,
            scale=yes_no.scale(words["bad"], probability, (low, high), (approve, decline, top)),
            reasons=yes_no.reasons(model.tabular, encoded, row),
            items=tuple(yes_no.change_item(change, row) for change in found),
            items_title=Text("What would change the decision", "怎样能改变这个决定") if found else None,
            notes=_notes(model, frame, probability, approve, found),
        )

    def predict(self, model: CreditModel, table: Table, controls: Mapping[str, Any], report: Report) -> pd.DataFrame:
        frame = table.frame
        known = [name for name in model.tabular.features if name in frame.columns]
        if not known:
            raise UserError(
                Text(
                    "The file has none of the columns that the model learned from: {names}.",
                    "文件中没有模型学习过的任何一列：{names}。",
                ).fill(names=", ".join(model.tabular.features[:12]))
            )
        probability = model.tabular.probabilities(frame, report)
        approve, decline, _ = yes_no.lines_of(model.about["cutoffs"], controls)
        decision = np.select([probability < approve, probability < decline], ["approve", "ask a person"], "decline")
        answers = pd.DataFrame({"prediction": decision, "probability_bad": probability.round(5)})
        if controls.get("reasons", True):
            answers = answers.join(yes_no.reason_columns(model.tabular, frame))
        return answers.assign(counted_as_unknown=model.tabular.columns.unknown(frame))

    def given(self, model: CreditModel, answers: pd.DataFrame) -> pd.DataFrame:
        words = model.about["words"]
        labels = answers["prediction"].map({"approve": words["good"], "decline": words["bad"]}).fillna("")
        handed = answers["prediction"] == "ask a person"
        return pd.DataFrame({"label": labels, "score": answers["probability_bad"], "handed": handed})

    def networks(self, model: CreditModel, table: Table) -> list[Portable]:
        from core.learning.tabular.portable import of_table

        return of_table(model.tabular, table.frame)

    def has_networks(self, folder: Path) -> bool:
        return kept.tabular_has_network(folder)

    def run_elsewhere(self, model: CreditModel, networks: Mapping[str, Elsewhere]) -> None:
        model.tabular.run_elsewhere(networks)

    def never_loads(self, folder: Path) -> set[str]:
        return kept.tabular_goes_without(folder)

    def save(self, model: CreditModel, folder: Path) -> None:
        model.tabular.save(folder)
        (folder / "credit_risk.json").write_text(json.dumps(model.about, ensure_ascii=False), encoding="utf-8")

    def load(self, folder: Path) -> CreditModel:
        from core.learning.tabular.model import TabularModel

        about = json.loads((folder / "credit_risk.json").read_text(encoding="utf-8"))
        return CreditModel(TabularModel.load(folder), about)


def _cases(table: Table, settings: CreditSettings) -> Cases:
    return Cases.of(table, settings.bad, (*settings.leave_out, *settings.keep_together), settings.keep)


def _groups(cases: Cases, settings: CreditSettings) -> np.ndarray | None:
    """The group of each case, where rows of one group must stay together."""
    return groups_of(cases.source, settings.keep_together) if settings.keep_together else None


def _after_fit(rows: int) -> float:
    """Seconds between the fit and the result that can be read, the model's own answers aside."""
    return LOOK_SECONDS + CHECK_SECONDS + 2 * ROW_SECONDS * rows


def _not_features(table: Table, settings: CreditSettings) -> set[str]:
    """Columns that are not learned from because of what they are for, or because the user says so."""
    roles = {name for key in NO_FEATURES for name in table.roles.get(key, ())}
    return roles | {*settings.leave_out, *settings.keep_together}


def _stakes(settings: CreditSettings, has_amount: bool) -> tuple[Stakes, bool]:
    """The user's figures, or examples to begin with; whether they are examples."""
    if settings.profit > 0 or settings.loss > 0:
        per: Literal["case", "amount"] = "amount" if settings.per == "amount" and has_amount else "case"
        return Stakes(settings.profit, settings.loss, per), False
    profit, loss = money_cards.EXAMPLE_SHARE if has_amount else money_cards.EXAMPLE_CASE
    return Stakes(profit, loss, "amount" if has_amount else "case"), True


def _split_words(settings: CreditSettings, held_out: Table) -> Text:
    if settings.test_on == "latest" and held_out.has("date"):
        return Text("the latest cases", "时间最晚的数据")
    return Text("held out at random", "随机留出")


def _notes(
    model: CreditModel, frame: pd.DataFrame, probability: float, approve: float, found: Sequence[Any]
) -> tuple[Text, ...]:
    known = frame.dropna(axis=1, how="all")
    notes = [note for note in model.tabular.columns.differences(frame) if known.shape[1]]
    if probability >= approve and not found:
        notes.append(
            Text(
                "No small change of one or two of the chosen columns would bring it below the line.",
                "在所选项目中，改变一两项都不足以让它低于通过线。",
            )
        )
    return tuple(notes)


SCENARIO = CreditRisk()
