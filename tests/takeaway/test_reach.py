"""The linker: what a name needs is kept, what it does not is left behind."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from core.takeaway import reach
from core.takeaway.bundle import runtime

MODULES = {
    "house/__init__.py": "",
    "house/tools.py": """
        from __future__ import annotations
        from dataclasses import dataclass
        from typing import ClassVar
        import heavy_library
        from house import words

        LEFT = heavy_library.start()
        SIZE = 3

        def never() -> heavy_library.Thing:
            return heavy_library.Thing()

        @dataclass(frozen=True)
        class Base:
            kind: ClassVar[str] = "base"
            size: int = SIZE

            def used(self) -> str:
                return words.hello(self.kind)

            def unused(self) -> None:
                never()

            def by_string(self) -> str:
                return "found"
        """,
    "house/words.py": """
        def hello(name):
            return f"hello {name}"

        def goodbye(name):
            return missing_everywhere
        """,
    "house/entry.py": """
        from __future__ import annotations
        from house.tools import Base, never

        class Own(Base):
            def both(self) -> str:
                return self.used() + getattr(self, "by_string")()

        def main() -> str:
            import json
            return json.dumps(Own(size=1).both())
        """,
}


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, text in MODULES.items():
        place = tmp_path / name
        place.parent.mkdir(exist_ok=True)
        place.write_text(textwrap.dedent(text), "utf-8")
    monkeypatch.setattr(reach, "ROOT", tmp_path)
    return tmp_path


@pytest.mark.usefixtures("house")
def test_what_is_needed_runs_and_what_is_not_is_left_behind(tmp_path: Path) -> None:
    made = runtime([("house.entry", "main")])
    assert made.outside == frozenset()
    for gone in ("never", "unused", "goodbye", "heavy_library"):
        assert gone not in made.text
    (tmp_path / "away").mkdir()
    (tmp_path / "away" / "runtime.py").write_text(made.text, "utf-8")
    code = "import runtime; from house.entry import main; print(main())"
    ran = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path / "away", capture_output=True, text=True, check=True
    )
    assert ran.stdout.strip() == '"hello basefound"'


@pytest.mark.usefixtures("house")
def test_another_package_is_asked_for_only_where_it_is_needed() -> None:
    assert runtime([("house.tools", "never")]).outside == {"heavy_library"}


def test_a_class_that_a_library_calls_keeps_all_its_methods() -> None:
    assert "def forward(" in runtime([("core.learning.tabular.network", "DeepEnsemble")]).text
