"""Train: set up a training and start it (`?dataset=…`), or watch one (`?run=…`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import streamlit as st

from core.scenarios.base import MODES as KEYS
from core.scenarios.base import scenario, scenarios
from core.services import costs, datasets, runs
from core.words import UserError
from pages.ui import address, draft, layout, setup_form, shell
from pages.ui.language import t
from pages.ui.live import watch
from pages.ui.mode_cards import Plans, mode_cards
from pages.ui.preflight import before_you_train, check, sign
from pages.ui.states import MODES
from pages.ui.words import listed, plain


def main() -> None:
    run, dataset = address.number("run"), address.param("dataset")
    if run is not None:
        watch(runs.get(run))
    elif dataset:
        set_up(datasets.get(draft.go_on(dataset)))
        draft.drawn()
    else:
        nothing_chosen()


def nothing_chosen() -> None:
    layout.title(
        t("Choose data first", "请先选择数据"),
        t("A model learns from rows that people have judged.", "模型从人工已有结论的数据中学习。"),
    )
    if st.button(t("Choose data", "选择数据"), type="primary", key="choose-data"):
        address.go("data")


def set_up(data: datasets.DatasetView) -> None:
    shell.steps("setup", data.id, data.name)
    layout.title(
        t("Set up the training", "设置训练"),
        t(
            "Everything is filled in with a good first guess. Change what is not right.",
            "各项都已填好合理的初始值，不合适的可以修改。",
        ),
    )
    like = earlier_run()
    key = chosen_scenario(data, like)
    prefix = draft.prefix(data.id, key)
    layout.heading(t("What should the model do?", "让模型做什么？"))
    setup_form.scenario_cards(key, lambda wanted: address.remember(scenario=wanted))
    request = ask(data, key, prefix, like)
    signature = sign(request)
    found = check(signature, request)
    stopped = any(problem.severity == "stop" for problem in found)
    before_you_train(data, found, settings_prefix(prefix, key, request.roles))
    mode, known = how_thorough(request, signature, prefix, like, not stopped)
    start(request, mode, known, stopped)


def earlier_run() -> runs.RunView | None:
    """The run that this set-up begins like (`?like=12`)."""
    like = address.number("like")
    if like is None:
        return None
    try:
        return runs.get(like)
    except UserError:
        return None


def chosen_scenario(data: datasets.DatasetView, like: runs.RunView | None) -> str:
    """The one in the address or of an earlier run, else the one that the data suits best."""
    for wanted in (address.param("scenario"), like.scenario if like else None):
        if wanted in scenarios():
            return str(wanted)
    profile = datasets.profile(data.id)
    return max(scenarios(), key=lambda key: scenario(key).suits(profile))


def ask(data: datasets.DatasetView, key: str, prefix: str, like: runs.RunView | None) -> runs.Request:
    """The columns, the scenario's own questions and further tables, as a request without its mode."""
    kind, profile = scenario(key), datasets.profile(data.id)
    guessed = runs.guess(key, data.id)
    earlier = draft.from_address("columns") or (dict(like.roles) if like else {})
    layout.heading(t("Which columns?", "用哪些列？"))
    with layout.panel("columns"):
        roles = setup_form.columns(kind, profile, draft.first_columns(kind, guessed, earlier, profile), guessed, prefix)
        suggested = setup_form.told_apart(kind.suggest(profile, roles))
        first = {**suggested, **(dict(like.settings) if like else {}), **draft.from_address("settings")}
        ask_settings = partial(setup_form.settings, kind, profile, roles, first, settings_prefix(prefix, key, roles))
        settings: dict[str, Any] = {}
        if any(field.in_sight for field in kind.form(profile, roles)):
            with st.container(key="line-role-asked"):
                settings = ask_settings(in_sight=True)
    with st.expander(t("Settings, testing and more", "更多设置与检验方式"), expanded=False, key="more-settings"):
        settings |= ask_settings(in_sight=False)
        test = setup_form.own_test(data.id, prefix, address.param("test") or (like.test_dataset_id if like else None))
        extras = setup_form.extra_tables(kind.extras, data.id, prefix)
    draft.to_address("columns", {} if roles == guessed else {role: list(names) for role, names in roles.items()})
    usual = {name: _default(kind, name) for name in settings} | suggested
    draft.to_address("settings", {name: value for name, value in settings.items() if value != usual[name]})
    address.remember(test=test)
    return runs.Request(key, data.id, roles, settings, test, extras)


def settings_prefix(prefix: str, key: str, roles: Mapping[str, tuple[str, ...]]) -> str:
    """The beginning of the keys of the scenario's questions: they begin anew with another column to learn."""
    return f"{prefix}-{'-'.join(roles.get(scenario(key).target or '', ()))}"


def _default(kind: Any, name: str) -> Any:
    return getattr(kind.settings(), name, None)


def how_thorough(
    request: runs.Request, signature: str, prefix: str, like: runs.RunView | None, measure: bool
) -> tuple[str, Plans]:
    """The mode: Standard to begin with where there is a GPU, else Quick."""
    machine = shell.hardware()
    begin = "standard" if machine.gpus else "quick"
    mode = address.param("mode") or (like.mode if like else begin)
    mode = mode if mode in KEYS else begin
    layout.heading(t("How thorough?", "训练到什么程度？"), plain(t(machine.training)))
    if not all(card.used for card in machine.cards):
        address.link("help", t("What to do about the card", "如何启用显卡"), icon=":material/arrow_forward:")
    known = mode_cards(request, signature, mode, lambda wanted: address.remember(mode=wanted), measure)
    return mode, known


def start(request: runs.Request, mode: str, known: Plans, stopped: bool) -> None:
    too_large = mode in known and not costs.fits(known[mode])
    with st.container(key="start", horizontal=True, vertical_alignment="center", gap="medium"):
        label = t("Start training", "开始训练")
        pressed = st.button(
            label, type="primary", key="start-training", disabled=stopped or too_large, icon=":material/play_arrow:"
        )
        if stopped:
            layout.quiet(t("Solve what is marked above first.", "请先解决上面标出的问题。"))
        elif too_large:
            layout.quiet(what_fits(known))
        else:
            layout.quiet(held_out(request))
    if pressed:
        with layout.told():
            asked = replace(request, settings={**request.settings, "mode": mode}, plan=known.get(mode))
            address.go("train", run=runs.launch(asked))


def held_out(request: runs.Request) -> str:
    """What the model is checked on."""
    if request.test_dataset_id:
        return t("The model is checked on your own test file.", "将用您提供的测试文件检验模型。")
    said = t(scenario(request.scenario).held_out)
    if not (together := request.settings.get("keep_together")):
        return said
    names = listed([f"“{name}”" for name in together])
    whole = t("All rows of one {names} stay on one side.", "同一{names}的数据都放在同一侧。", names=names)
    return f"{said}{t(' ', '')}{whole}"


def what_fits(known: Plans) -> str:
    """In place of a training that the machine cannot hold."""
    names = [t(MODES[mode]) for mode in costs.fitting(known)]
    if names:
        return t(
            "This needs more memory than the machine has. What fits: {names}.",
            "所需内存超出本机。可以选择：{names}。",
            names=listed(names),
        )
    return t(
        "No mode fits into this machine's memory. Take fewer rows of the data.",
        "所有方式都超出本机内存，请减少数据行数。",
    )


if message := st.session_state.pop("fix-error", None):
    st.error(plain(t(message)))
main()
