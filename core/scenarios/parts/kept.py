"""What a saved model is made of, told from its own files: it need not be loaded for that, nor torch."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

NEEDS = {
    "LightTrees": {"lightgbm"},
    "CrossedTrees": {"lightgbm"},
    "OrderedTrees": {"catboost"},
    "CrossedOrderedTrees": {"catboost"},
    "Network": {"core.learning.tabular.network"},
    "SequenceModel": {"core.learning.sequences.transformer"},
}
"""What each kind of member or part brings along when it is loaded."""
ENCODER, WORDS = "core.learning.retrieval.sentences", "core.learning.ngrams"
"""What reads a free text: an encoder, or its words."""


def tabular_goes_without(folder: Path) -> set[str]:
    """Modules that a table's model saved there has no use for."""
    readers = [_json(place)["encoder"] for place in folder.rglob("reader.json")]
    return (
        _unused(_tabular_kinds(folder))
        | ({ENCODER} if not any(readers) else set())
        | ({WORDS} if all(readers) else set())
    )


def recommender_goes_without(folder: Path) -> set[str]:
    """Modules that a recommender saved there has no use for."""
    return _unused(_recommender_kinds(folder))


def encoder_goes_without(folder: Path) -> set[str]:
    """Modules that a text model saved there has no use for."""
    return set() if encoder_is_there(folder) else {"transformers", "tokenizers"}


def tabular_has_network(folder: Path) -> bool:
    """Whether a table's model saved there has a network among its members or in their heads."""
    return "Network" in _tabular_kinds(folder)


def recommender_has_network(folder: Path) -> bool:
    """Whether a recommender saved there has a sequence transformer."""
    return "SequenceModel" in _recommender_kinds(folder)


def encoder_is_there(folder: Path) -> bool:
    """Whether a text model saved there reads with an encoder."""
    return any(folder.rglob("tokenizer.json"))


def _tabular_kinds(folder: Path) -> set[str]:
    kinds = {str(one["kind"]) for one in _json(folder / "tabular.json")["members"]}
    return kinds | {str(_json(place)["kind"]) for place in folder.glob("*/heads.json")}


def _recommender_kinds(folder: Path) -> set[str]:
    return set(_json(folder / "recommender.json")["kinds"].values())


def _unused(kinds: set[str]) -> set[str]:
    used = {module for kind in kinds for module in NEEDS.get(kind, ())}
    return {module for modules in NEEDS.values() for module in modules} - used


def _json(path: Path) -> dict[str, Any]:
    return dict(json.loads(path.read_text(encoding="utf-8")))
