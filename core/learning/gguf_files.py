"""A GGUF file as a folder of safetensors that transformers reads in half a second."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from core.learning.encoders import WRONG_HASH
from core.words import UserError


def converted(folder: Path, file: str, sha256: str, target: Path) -> None:
    """Writes the causal model of the file `file` in `folder`, with its tokenizer, to `target`, in bfloat16. Raises
    UserError where the file's SHA-256 is another."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer
    from transformers.utils import logging

    with open(folder / file, "rb") as opened:
        if hashlib.file_digest(opened, "sha256").hexdigest() != sha256:
            raise UserError(WRONG_HASH.fill(file=file, folder=folder))
    logging.disable_progress_bar()
    place = {"gguf_file": file, "local_files_only": True, "trust_remote_code": False}
    model: Any = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, **place)
    tokenizer = AutoTokenizer.from_pretrained(folder, **place)
    model.hf_quantizer, model.is_quantized = None, False
    model.config.__dict__.pop("quantization_config", None)
    model.to(torch.bfloat16).save_pretrained(target)
    tokenizer.save_pretrained(target)
