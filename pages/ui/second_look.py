"""What a finished model tells of its own data: doubtful labels, what more rows would bring, what corrections gained."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from core.cards import Card, Line, Lines, Mark
from core.scenarios.base import scenario
from core.second_look import Curve
from core.services import labels, runs
from core.verdict import kind_of
from core.words import Text, same
from pages.ui import address, cards, layout
from pages.ui.language import t
from pages.ui.words import about, count, percent, plain, shorten

SECTION = Text("Your data", "您的数据")
TITLE = Text("A second look at your data", "再看一遍您的数据")
COMES_LATER = Text(
    "Labels that look wrong, and what more rows would bring: the model goes through your rows once more. The result does not "
    "wait for it; you can leave this page.",
    "查找可疑的标签，并估算更多数据的作用：模型正在再看一遍您的数据。结果已经可用，无需等待，也可以离开本页。",
)
STOPPED = Text(
    "It was stopped. The model and its result are complete without it.", "已停止。模型和结果不受影响，都是完整的。"
)
DID_NOT_WORK = Text(
    "It did not work out; the log says why. The model and its result are complete without it.",
    "没有成功，原因见日志。模型和结果不受影响，都是完整的。",
)
DONE, COMING = "succeeded", ("queued", "running", "cancelling")
EVERY = 1.5
EXAMPLES = 3
HARDLY = 0.001
"""A gain below a tenth of a point is none to speak of."""


def is_there(run: runs.RunView) -> bool:
    """Whether there is something to see, or will be."""
    found = labels.look(run.id)
    return run.look not in (None, DONE) or (found is not None and (found.doubts is not None or found.curve is not None))


def section(run: runs.RunView, source: cards.Source) -> None:
    """Labels that look wrong, and what more rows would bring; until they are known, how far that is."""
    if run.look in COMING:
        return st.fragment(_coming, run_every=EVERY)(run)
    if run.look in ("cancelled", "failed"):
        return _ended(run)
    found = labels.look(run.id)
    review = labels.review(run.id)
    if review is not None:
        _doubts(run, review)
    if found is not None and found.curve is not None:
        cards.draw(curve_card(found.curve, run.scenario), source)


def _coming(run: runs.RunView) -> None:
    """Drawn every second or so; the whole page once more when it stands otherwise."""
    now = runs.look(run.id)
    if now is None or now.status != run.look:
        st.rerun()
    with st.container(key="card-look-coming", border=True, gap="small"):
        st.markdown(f"### {t(TITLE)}\n\n{t(COMES_LATER)}")
        st.progress(now.share, text=plain(said(now)))
        if st.button(t("Stop looking", "停止查看"), key="stop-look", disabled=now.status == "cancelling"):
            with layout.told():
                runs.stop_look(run.id)
            st.rerun()


def said(now: runs.Look) -> str:
    """64% · about 10 s left."""
    if now.status == "queued":
        return t("Waits until no training does", "等训练都完成后开始")
    if now.status == "cancelling":
        return t("Stopping…", "正在停止……")
    left = t("{time} left", "还需{time}", time=about(now.seconds_left)) if now.seconds_left is not None else ""
    return " · ".join(part for part in (percent(now.share), left) if part)


def _ended(run: runs.RunView) -> None:
    """It was stopped, or did not work: it can be had again."""
    with st.container(key="card-look-ended", border=True, gap="small"):
        why = t(STOPPED) if run.look == "cancelled" else t(DID_NOT_WORK)
        st.markdown(f"### {t(TITLE)}\n\n{why}")
        if st.button(t("Look again", "重新查看"), key="look-again", icon=":material/refresh:"):
            with layout.told():
                runs.look_again(run.id)
                st.rerun()


def _doubts(run: runs.RunView, review: labels.Review) -> None:
    doubts = review.doubts
    with st.container(key="card-doubts", border=True, gap="small"):
        with st.container(key="cardhead-doubts"):
            st.markdown(f"### {plain(t(doubts_title(review)))}\n\n{plain(t(doubts_reading(review)))}")
        if not doubts.rows:
            return
        titles = dict(doubts.labels)
        for doubt in (review.open or list(doubts.rows))[:EXAMPLES]:
            said = shorten(in_a_line(doubt.cells), 140)
            judged = t(
                "in your file “{given}”, the model says “{suggested}”",
                "文件中为“{given}”，模型认为是“{suggested}”",
                given=titles[doubt.given],
                suggested=titles[doubt.suggested],
            )
            with st.container(key=f"line-doubt-{doubt.row}", gap=None):
                st.markdown(plain(said))
                layout.quiet(judged)
        if st.button(t("Check them one by one", "逐条核对"), key="check-labels", icon=":material/checklist:"):
            address.go("check", run=run.id)


def in_a_line(cells: Mapping[str, str]) -> str:
    """A row's cells side by side, each after its column's name where there are several; empty ones say nothing."""
    if len(cells) == 1:
        return next(iter(cells.values()))
    return " · ".join(f"{name} {value}" for name, value in cells.items() if value)


def doubts_title(review: labels.Review) -> Text:
    doubts = review.doubts
    if not doubts.rows:
        return Text("No label looks wrong", "没有发现可疑的标签")
    said = Text("{n} of {all} labels look wrong", "{all} 个标签中有 {n} 个看起来不对")
    if doubts.facts:
        said = Text("{n} of {all} cases ended otherwise than expected", "{all} 个样本中有 {n} 个结果出人意料")
    return said.fill(n=count(doubts.found), all=count(doubts.checked))


def doubts_reading(review: labels.Review) -> Text:
    doubts = review.doubts
    if not doubts.rows:
        return Text(
            "Each row to learn from was judged by parts of the model that had not learned from it, and agreed with its label.",
            "每一行训练数据都由没有学过它的模型部件判断过，结果与标签没有明显矛盾。",
        )
    if doubts.facts:
        return Text(
            "Parts of the model that had not learned from them expected the opposite. A surprise may be true: compare these with "
            "your records, and correct only what was entered wrongly.",
            "没有学过这些数据的模型部件预测了相反的结果。意外也可能是真的：请与您的记录核对，只改正录入错误的。",
        )
    return Text(
        "Parts of the model that had not learned from these rows contradict their labels. The model can be wrong: you decide, "
        "row by row, with the keyboard.",
        "没有学过这些数据的模型部件与它们的标签相矛盾。模型也可能出错：由您用键盘逐条判断。",
    )


def curve_card(curve: Curve, scenario_key: str) -> Card:
    """The measured curve, the law through it, and in the title what more rows would bring."""
    metric = next(iter(scenario(scenario_key).metrics.values()))
    measured = Line(
        Text("measured", "实测"),
        tuple(map(float, curve.sizes)),
        tuple(100 * value for value in curve.values),
        tuple(100 * value for value in curve.low),
        tuple(100 * value for value in curve.high),
    )
    ahead = Line(
        Text("expected", "预计"),
        tuple(float(n) for n, _ in curve.ahead),
        tuple(100 * v for _, v in curve.ahead),
        part="reference",
    )
    reading = Text(
        "Measured on rows to learn from by a cheaper model ({method}), cross-validated; the test rows were not touched. Beyond "
        "{last} rows it is the power law through these points: it holds for more rows of the same kind only.",
        "用较简单的模型（{method}）在训练数据上交叉验证得到，没有动用检验数据。超过 {last} 行的部分按幂律推算，只适用于同类数据。",
    ).fill(method=curve.method, last=count(curve.sizes[-1]))
    now = Mark(float(curve.rows), 100 * (curve.ahead[-1][1] - curve.gain), Text("all your rows", "现有全部数据"))
    return Card(
        "learning-curve",
        SECTION,
        curve_title(curve),
        reading,
        Lines(
            (measured, ahead),
            Text("rows to learn from", "训练数据行数"),
            Text("{title}, of 100", "{title}（%）").fill(title=metric.title),
            x_unit="count",
            y_unit="number",
            marks=(now,),
        ),
    )


def curve_title(curve: Curve) -> Text:
    values = {
        "more": count(curve.more),
        "gain": points(curve.gain),
        "low": points(curve.gain_low),
        "high": points(curve.gain_high),
    }
    if curve.gain_high < HARDLY:
        said = Text(
            "{more} more labelled rows would hardly help: {high} points at most",
            "再增加 {more} 条已标注数据几乎没有帮助：最多 {high} 个百分点",
        )
    else:
        said = Text(
            "{more} more labelled rows: about {gain} points ({low} to {high})",
            "再增加 {more} 条已标注数据：约 {gain} 个百分点（{low} 到 {high}）",
        )
    return said.fill(**{name: same(value) for name, value in values.items()})


def points(share: float) -> str:
    """Hundredths with their sign: +0.8, −1.2."""
    return f"{share * 100:+.1f}".replace("-", "−")


def gained(run: runs.RunView) -> None:
    """Of a run held to an earlier one's test rows: before and after, and whether that could be chance."""
    found = labels.gained(run.id)
    if found is None:
        return
    metric = scenario(run.scenario).metrics[found.metric]
    kind = kind_of(found.low, found.high)
    tone: layout.Tone = {"worth": "good", "unclear": "neutral", "not_worth": "caution"}[kind]  # type: ignore[assignment]
    chance = {
        "worth": Text("More than chance.", "超出了偶然波动的范围。"),
        "unclear": Text("That could be chance.", "这一差别可能只是偶然。"),
        "not_worth": Text("It is worse than before.", "比之前更差。"),
    }[kind]
    sentence = Text(
        "With {n} corrected labels: {title} {before} → {after}, that is {gain} points ({low} to {high}) on the same {rows} test "
        "rows. {chance}{changed}",
        "修正 {n} 个标签后：{title}由 {before} 变为 {after}，在相同的 {rows} 行检验数据上变化 {gain} 个百分点（{low} 到 {high}）。"
        "{chance}{changed}",
    ).fill(
        n=count(found.labels_changed),
        title=metric.title,
        before=percent(found.before, 1),
        after=percent(found.after, 1),
        gain=points(found.gain),
        low=points(found.low),
        high=points(found.high),
        rows=count(found.rows),
        chance=chance,
        changed=_test_changed(found.test_labels_changed),
    )
    with layout.note(tone, t(sentence), "gained"):
        address.link("results", t("See the model before", "查看之前的模型"), icon=":material/history:", run=found.run)


def _test_changed(changed: int) -> Text:
    if not changed:
        return Text(" None of the test labels was changed.", "检验数据的标签没有改动。")
    return Text(
        " {n} test labels were changed too; both models are judged by the new ones.",
        "检验数据中也有 {n} 个标签被修改，两个模型都按修改后的标签评判。",
    ).fill(n=count(changed))
