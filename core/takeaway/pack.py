"""The archive of a model: weights, preparation, program and papers, in one ZIP."""

from __future__ import annotations

import html
import json
import platform
import sys
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

from core.config import ROOT
from core.data.table import Roles
from core.scenarios.base import Results, Scenario
from core.takeaway.bundle import called, runtime
from core.words import Text

HERE = Path(__file__).parent
ALONE = ("core.serving.alone", "main")
UNSEEN = ("openpyxl",)
"""Packages that another one loads by name: pandas writes Excel with it."""
RUN = """
`python predict.py new.csv answers.csv --onnx` runs them with onnxruntime in place of torch's own, which then only loads the weights and gives reasons. `onnx/onnx.json` says what goes in and out.
加上 `--onnx`，`predict.py` 会用 onnxruntime 运行这些网络，torch 只用于读取权重和给出理由。输入与输出见 `onnx/onnx.json`。
"""
STORED = (".safetensors", ".onnx")
"""Nothing is gained by packing these."""


@dataclass(frozen=True)
class Parcel:
    """What goes into an archive. `model` is the run's folder of weights; `more` are further files by their name, and
    `networks` what is known of those that are ONNX (None where none was asked for)."""

    name: str
    language: str
    scenario: Scenario[Any]
    roles: Roles
    recipe: list[dict[str, Any]]
    results: Results
    facts: Mapping[str, Any]
    model: Path
    more: Mapping[str, Path]
    networks: Sequence[Mapping[str, Any]] | None = None


def pack(parcel: Parcel, target: Path) -> None:
    """Writes the archive."""
    module, name = where(parcel.scenario)
    spared = parcel.scenario.never_loads(parcel.model)
    if not any(inside.endswith(".onnx") for inside in parcel.more):
        spared |= {"onnxruntime"}
    made = runtime([ALONE, (module, name)], spared)
    program = (HERE / "predict.py.txt").read_text("utf-8").replace("{module}", called(module)).replace("{name}", name)
    texts = {
        "predict.py": program,
        "runtime.py": made.text,
        "requirements.txt": "".join(f"{line}\n" for line in requirements(made.outside)),
        "README.md": _readme(parcel),
        "about.json": json.dumps(_about(parcel), ensure_ascii=False, indent=1),
        "recipe.json": json.dumps(parcel.recipe, ensure_ascii=False, indent=1),
        "LICENSE": (ROOT / "LICENSE").read_text("utf-8"),
    }
    files = {
        f"model/{path.relative_to(parcel.model)}": path for path in sorted(parcel.model.rglob("*")) if path.is_file()
    }
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for inside, text in texts.items():
            archive.writestr(inside, text)
        for inside, path in {**files, **parcel.more}.items():
            packed = zipfile.ZIP_STORED if path.suffix in STORED else zipfile.ZIP_DEFLATED
            archive.write(path, inside, compress_type=packed)


def where(scenario: Scenario[Any]) -> tuple[str, str]:
    """The module that holds the scenario, and its name there."""
    module = type(scenario).__module__
    return module, next(name for name, value in vars(sys.modules[module]).items() if value is scenario)


def requirements(modules: Iterable[str]) -> list[str]:
    """The packages of these top-level modules, in the versions that are installed here."""
    known = metadata.packages_distributions()
    wanted = {known[module][0] for module in modules if module in known} | set(UNSEEN)
    return sorted(f"{package}=={metadata.version(package).partition('+')[0]}" for package in wanted)


def _about(parcel: Parcel) -> dict[str, Any]:
    results = parcel.results
    return {
        "name": parcel.name,
        "language": parcel.language,
        "scenario": parcel.scenario.key,
        "roles": {role: list(names) for role, names in parcel.roles.items()},
        "controls": {field.key: field.default for field in parcel.scenario.controls(results.details)},
        "metrics": results.metrics,
        "intervals": results.intervals,
        "baseline": results.baseline,
        "verdict": results.verdict.to_json(),
        "facts": dict(parcel.facts),
    }


def _readme(parcel: Parcel) -> str:
    verdict, kind, results = parcel.results.verdict, parcel.scenario, parcel.results
    shown = [(key, metric) for key, metric in kind.metrics.items() if key in results.metrics]
    onnx = "".join(
        f"| `{name}` | the network as ONNX, checked against the weights · 已核对的 ONNX 网络 |\n"
        for name in parcel.more
        if name.endswith(".onnx")
    )
    values = {
        "title": html.escape(" ".join(parcel.name.split())),
        "task": kind.title.en,
        "task_zh": kind.title.zh,
        "verdict_en": f"{verdict.headline.en} {verdict.sentence.en}",
        "verdict_zh": f"{verdict.headline.zh}{verdict.sentence.zh}",
        "metrics": "\n".join(_row(f"{metric.title.en} · {metric.title.zh}", key, results) for key, metric in shown),
        "python": ".".join(platform.python_version_tuple()[:2]),
        "onnx": onnx,
    }
    text = (HERE / "README.md.txt").read_text("utf-8")
    for key, value in values.items():
        text = text.replace(f"{{{key}}}", value)
    if kind.away is not None:
        text += f"\n{kind.away.en} · {kind.away.zh}\n"
    return text + _onnx(parcel.networks, kind.beside_networks) if parcel.networks is not None else text


def _onnx(networks: Sequence[Mapping[str, Any]], beside: Text | None) -> str:
    """Which networks are there as ONNX, how far they agree, what else there is, and how to run them."""
    lines = [*map(_said_of, networks)] or [
        "This model has no network that could be written as ONNX. · 这个模型没有可导出为 ONNX 的网络。"
    ]
    lines += [f"\n{beside.en}\n{beside.zh}"] if beside else []
    text = "\n## As ONNX · ONNX 格式\n\n" + "\n".join(lines) + "\n"
    there = [one for one in networks if one["file"]]
    text += RUN if there else ""
    return text + (HERE / "onnx.md.txt").read_text("utf-8") if any("limit" in one for one in there) else text


def _said_of(network: Mapping[str, Any]) -> str:
    """Whether the network is there, in both languages."""
    by, rows = network["difference"], network["rows"]
    if network["file"]:
        return (
            f"- `onnx/{network['file']}`: differs from the model by {by:.1e} at most on {rows} test rows · "
            f"在 {rows} 行测试数据上与模型最多相差 {by:.1e}"
        )
    why, why_zh = ("it cannot be written", "无法导出") if by is None else (f"it differs by {by:.1e}", f"相差 {by:.1e}")
    return f"- `{network['name']}` was left out: {why} · 未包含 `{network['name']}`：{why_zh}"


def _row(title: str, key: str, results: Results) -> str:
    low_high, simple = results.intervals.get(key), results.baseline.get(key)
    span = f"{low_high[0]:.3f}–{low_high[1]:.3f}" if low_high else "–"
    return f"| {title} | {results.metrics[key]:.3f} | {span} | {'–' if simple is None else f'{simple:.3f}'} |"
