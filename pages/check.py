"""Labels to check: doubtful rows one by one with the keyboard, then training again with what was corrected."""

from __future__ import annotations

from functools import partial

import streamlit as st

from core.second_look import Doubt
from core.services import labels, runs
from core.words import Text
from pages.ui import address, layout, shell
from pages.ui.language import t
from pages.ui.second_look import doubts_reading, doubts_title, in_a_line
from pages.ui.words import count, percent, plain, shorten

DIGITS = 9
LONG = 400


def main() -> None:
    run_id = address.number("run")
    if run_id is None:
        return nothing_chosen()
    run = runs.get(run_id)
    shell.steps("understand", run=run)
    review = labels.review(run.id)
    if review is None:
        return no_look(run)
    head(run, review)
    if review.doubts.rows:
        one_by_one(run.id)


def nothing_chosen() -> None:
    layout.title(t("Which model?", "要看哪个模型？"), t("Its data is looked at again.", "将重新审视它的数据。"))
    if st.button(t("See your models", "查看模型"), type="primary"):
        address.go("runs")


def no_look(run: runs.RunView) -> None:
    layout.title(
        t("Nothing to check here", "没有可核对的内容"),
        t(
            "Doubtful labels are found while training. Train again to have them looked for.",
            "可疑标签在训练时查找。重新训练后即可查看。",
        ),
    )
    if st.button(t("Back to the model", "返回模型"), type="primary"):
        address.go("results", run=run.id)


def head(run: runs.RunView, review: labels.Review) -> None:
    layout.title(t(doubts_title(review)), plain(t(doubts_reading(review))))
    address.link(
        "results",
        t("Back to {name}", "返回 {name}", name=plain(shorten(run.name))),
        icon=":material/arrow_back:",
        run=run.id,
    )


@st.fragment
def one_by_one(run_id: int) -> None:
    """Only this part is drawn again at every key."""
    review = labels.review(run_id)
    if review is None:
        return
    doubts, open_rows = review.doubts, review.open
    done = len(doubts.rows) - len(open_rows)
    st.progress(done / len(doubts.rows), text=plain(progress_words(review, done)))
    if open_rows:
        question(run_id, open_rows[0], doubts.labels)
    else:
        layout.note("good", t("All of them are decided.", "已全部核对完毕。"), "all-decided")
    tools(run_id, done, open_rows[0] if open_rows else None)
    again(run_id, review)
    decided_so_far(review)


def progress_words(review: labels.Review, done: int) -> str:
    changed = len(review.corrections)
    unsure = sum(label is None for label in review.decided.values())
    return t(
        "{done} of {all} decided: {changed} corrected, {kept} confirmed, {unsure} left open",
        "已核对 {done}／{all}：修正 {changed}，确认 {kept}，存疑 {unsure}",
        done=count(done),
        all=count(len(review.doubts.rows)),
        changed=count(changed),
        kept=count(done - changed - unsure),
        unsure=count(unsure),
    )


def question(run_id: int, doubt: Doubt, options: tuple[tuple[str, Text], ...]) -> None:
    """The row, what each side says of it, and a key for every answer."""
    titles = dict(options)
    with layout.panel("doubt"):
        cells(doubt)
        with st.container(key="doubt-sides", horizontal=True, gap="large"):
            side(t("In your file", "文件中"), t(titles[doubt.given]), doubt.p_given)
            side(t("The model expects", "模型认为"), t(titles[doubt.suggested]), doubt.p_suggested)
        with st.container(key="doubt-answers", horizontal=True, gap="small"):
            answer(run_id, doubt, doubt.given, t("Keep “{label}”", "保留“{label}”", label=titles[doubt.given]), "Left")
            answer(
                run_id,
                doubt,
                doubt.suggested,
                t("Change to “{label}”", "改为“{label}”", label=titles[doubt.suggested]),
                "Right",
            )
        others = [
            (place, value) for place, (value, _) in enumerate(options, 1) if value not in (doubt.given, doubt.suggested)
        ]
        if others:
            with st.container(key="doubt-others", horizontal=True, gap="small"):
                for place, value in others[:DIGITS]:
                    key = str(place) if place <= DIGITS else None
                    answer(
                        run_id,
                        doubt,
                        value,
                        t("It is “{label}”", "应为“{label}”", label=titles[value]),
                        key,
                        quiet=True,
                    )


def cells(doubt: Doubt) -> None:
    """A single text large; several columns as a list."""
    with st.container(key="doubt-row", gap=None):
        if len(doubt.cells) == 1:
            st.markdown(plain(shorten(next(iter(doubt.cells.values())), LONG)))
            return
        for name, value in doubt.cells.items():
            st.markdown(f":gray[{plain(name)}] {plain(shorten(value, 80)) or '–'}")


def side(who: str, label: str, chance: float) -> None:
    with st.container(
        key=f"side-{'file' if who == t('In your file', '文件中') else 'model'}", width="content", gap=None
    ):
        layout.quiet(who)
        st.markdown(f"**{plain(label)}**")
        layout.quiet(t("{share} likely, it says", "模型认为可能性 {share}", share=percent(chance)))


def answer(run_id: int, doubt: Doubt, label: str, words: str, key: str | None, *, quiet: bool = False) -> None:
    st.button(
        plain(words),
        key=f"answer-{label}",
        shortcut=key,
        type="tertiary" if quiet else "secondary",
        on_click=partial(labels.decide, run_id, doubt.row, label),
    )


def tools(run_id: int, done: int, doubt: Doubt | None) -> None:
    with st.container(key="doubt-tools", horizontal=True, gap="small"):
        if doubt is not None:
            st.button(
                t("I cannot tell", "无法判断"),
                key="cannot-tell",
                shortcut="S",
                type="tertiary",
                on_click=partial(labels.decide, run_id, doubt.row, None),
            )
        st.button(
            t("Take the last one back", "撤回上一条"),
            key="take-back",
            shortcut="Backspace",
            type="tertiary",
            disabled=not done,
            on_click=take_back,
            args=(run_id,),
        )


def take_back(run_id: int) -> None:
    labels.take_back(run_id)


def again(run_id: int, review: labels.Review) -> None:
    changed = len(review.corrections)
    with st.container(key="again-row", horizontal=True, vertical_alignment="center", gap="medium"):
        pressed = st.button(
            t("Train again with the corrections ({n})", "用这些修正重新训练（{n} 处）", n=count(changed)),
            key="train-corrected",
            type="primary",
            disabled=not changed,
            icon=":material/play_arrow:",
        )
        layout.quiet(
            t(
                "Your decisions are kept at once; you can stop here and go on another day. The new model is tested on the same "
                "rows as this one, none of which is in this list, so the two can be compared fairly.",
                "每次判断都会立即保存，可以随时离开、改天继续。新模型将在与当前模型相同的检验数据上测试，这些数据不在此列表中，因此两者的比较是公平的。",
            )
        )
    if pressed:
        with layout.told():
            address.go("train", run=labels.train_again(run_id))


def decided_so_far(review: labels.Review) -> None:
    if not review.decided:
        return
    titles = {value: t(title) for value, title in review.doubts.labels}
    rows = [
        {
            t("Row", "行"): doubt.row + 1,
            t("What it says", "内容"): shorten(in_a_line(doubt.cells), 120),
            t("In your file", "文件中"): titles[doubt.given],
            t("Decided", "您的判断"): titles.get(review.decided[doubt.row] or "", t("cannot tell", "无法判断")),
        }
        for doubt in review.doubts.rows
        if doubt.row in review.decided
    ]
    with st.expander(t("Decided so far ({n})", "已判断的（{n}）", n=len(rows)), key="decided"):
        st.dataframe(rows, hide_index=True)


main()
