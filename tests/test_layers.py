"""The import rules of docs/architecture.md, held by reading the imports."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.config import ROOT

FOUNDATION = (
    "core.words",
    "core.memory",
    "core.progress",
    "core.threads",
    "core.fields",
    "core.cards",
    "core.curves",
    "core.config",
    "core.verdict",
    "core.version",
    "core.views",
    "core.paired",
    "core.second_look",
    "core.answers",
    "core.settings",
)
CARDS = ("core.dashboards", "core.money")
"""What makes the cards of scenarios of one kind, and the arithmetic behind them."""
ALLOWED = {
    "core.data": ("core.data", *FOUNDATION),
    "core.learning": ("core.learning", "core.data", *FOUNDATION),
    "core.scenarios": ("core.scenarios", "core.learning", "core.data", *CARDS, *FOUNDATION),
    "core.store": ("core.store", "core.data", *FOUNDATION),
    "core.serving.client": ("core.serving", "core.store", "core.scenarios", "core.data", *FOUNDATION),
    "core.charts": ("core.theme", "core.charts", *FOUNDATION),
    "core.report": ("core.report", "core.charts", "core.theme", "core.scenarios", "core.data", *FOUNDATION),
    "core.takeaway": ("core.takeaway", "core.scenarios", "core.data", *FOUNDATION),
    **dict.fromkeys(CARDS, (*CARDS, *FOUNDATION)),
}
PAGES_MAY = ("core.services", "core.scenarios", "core.charts", "core.theme", "core.data", "pages", *FOUNDATION)
HEAVY = {"torch", "transformers", "sklearn", "accelerate", "peft"}


def modules(folder: str) -> Iterator[tuple[str, Path]]:
    for path in sorted((ROOT / folder).rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        yield ".".join(parts[:-1] if parts[-1] == "__init__" else parts), path


def imports(path: Path, *, top_only: bool = False) -> Iterator[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    nodes = tree.body if top_only else ast.walk(tree)
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def within(name: str, allowed: tuple[str, ...]) -> bool:
    return any(name == part or name.startswith(part + ".") for part in allowed)


@pytest.mark.parametrize("layer", list(ALLOWED))
def test_a_layer_imports_only_what_lies_below_it(layer: str) -> None:
    wrong = [
        (module, name)
        for module, path in modules("core")
        if within(module, (layer,))
        for name in imports(path)
        if name.startswith("core.") and not within(name, ALLOWED[layer])
    ]
    assert wrong == []


def test_only_pages_import_streamlit() -> None:
    wrong = [module for module, path in modules("core") for name in imports(path) if within(name, ("streamlit",))]
    assert wrong == []


def test_pages_call_services_and_never_the_database_or_the_jobs() -> None:
    wrong = [
        (module, name)
        for module, path in modules("pages")
        for name in imports(path)
        if name.startswith("core.") and not within(name, PAGES_MAY)
    ]
    assert wrong == []


def test_scenario_files_import_learning_only_inside_functions() -> None:
    wrong = [
        (module, name)
        for module, path in modules("core/scenarios")
        for name in imports(path, top_only=True)
        if within(name, ("core.learning", *HEAVY))
    ]
    assert wrong == []


@pytest.mark.parametrize("module", ["core.services.runs", "core.services.datasets", "core.services.predictions"])
def test_what_the_web_process_imports_never_loads_torch(module: str) -> None:
    code = f"import sys, {module}, core.scenarios.base as b; b.scenarios(); print([m for m in {sorted(HEAVY)} if m in sys.modules])"
    found = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


def calls(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func)


def test_nothing_is_pickled_and_no_page_writes_raw_html_into_markdown() -> None:
    mine = [*modules("core"), *modules("pages")]
    pickles = [
        (module, name) for module, path in mine for name in imports(path) if within(name, ("pickle", "joblib", "dill"))
    ]
    loads = [(module, name) for module, path in mine for name in calls(path) if name == "torch.load"]
    raw = [module for module, path in mine if "unsafe_allow_html" in path.read_text(encoding="utf-8")]
    assert (pickles, loads, raw) == ([], [], [])
