"""A small language model that may put a stored answer into other words, adapted to how the company writes (LoRA, Hu et
al. 2021, through peft). It is shown the stored answer alone and never what a customer wrote, so that nothing in a
question can steer it; whether what it writes may be given is decided by `faithful.doubts`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import torch
from safetensors.torch import load_file, save_file
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from torch import nn
from torch.nn import functional

from core.data.conversations import Pairs
from core.data.near import near_duplicates
from core.learning import engine, writers
from core.learning.engine import Run
from core.learning.features import Ids, padded
from core.learning.folds import Folds
from core.learning.hardware import describe
from core.learning.retrieval.faithful import CHAT_MARK, doubts

if TYPE_CHECKING:
    from core.learning.writers import Writer

EXAMPLES, ASIDE = 120, 8
"""Answers that it is adapted on at most, and such as it is judged by while it is."""
LEAST = 20
TRIED = 4
"""Stored answers by which it is decided whether rewording is worth its time."""
RECIPE = engine.Recipe(epochs=1, batch_size=4, learning_rate=5e-4, evaluations=2)
RANK = 8
MOST_TOKENS = 96
"""Longer stored answers are never reworded: writing them would keep a customer waiting."""
SECONDS = 12.0
REMEMBERED = 1000
CONVERTING = 40.0
SECONDS_A_TOKEN = 1 / 12 / 135e6
"""To write one, for each weight: two processor threads write 12 a second with 135 million."""
PROMPT, CHARACTERS = 40, 4.5
"""Tokens of the prompt besides the answer, and characters of a token."""
WORK, SHARE_OF_SPEED = 4.0, 0.4
"""Multiplications a weight and token of one step (the weights themselves stay), and what of a plain product's speed they reach."""
SYSTEM = "You say an answer of customer service again in other words. You keep every fact and add none."
Embed = Callable[[Sequence[str]], np.ndarray | None]


@dataclass(frozen=True)
class Wording:
    """What came of one stored answer: the text to give (the stored one where there are doubts), why not, how long."""

    given: str
    doubts: tuple[str, ...]
    seconds: float

    @property
    def reworded(self) -> bool:
        return not self.doubts


class Adapted(nn.Module):
    """A causal model of which low-rank additions are learned. Its `state_dict` holds those alone, so that checkpoints are
    a few megabytes. `forward` takes token ids and `labels` (-100 where nothing is learned); its "logits" are the mean
    log-probability of each row's labels, [rows, 1]."""

    def __init__(self, base: Any) -> None:
        from peft import LoraConfig, get_peft_model

        super().__init__()
        wanted = LoraConfig(r=RANK, lora_alpha=2 * RANK, target_modules="all-linear", task_type="CAUSAL_LM")
        self.model = get_peft_model(base, wanted)

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor, labels: torch.Tensor) -> dict[str, Any]:
        logits = self.model(input_ids=input_ids, attention_mask=attention_mask).logits[:, :-1].float()
        wanted = labels[:, 1:]
        lost = functional.cross_entropy(logits.transpose(1, 2), wanted, reduction="none", ignore_index=-100)
        per_row = lost.sum(1) / (wanted != -100).sum(1).clamp(min=1)
        return {"loss": per_row.mean(), "logits": -per_row[:, None]}

    def state_dict(self, *args: Any, **kwargs: Any) -> dict[str, Any]:  # type: ignore[override]
        learned = {name for name, parameter in self.named_parameters() if parameter.requires_grad}
        return {name: value for name, value in super().state_dict(*args, **kwargs).items() if name in learned}

    def load_state_dict(self, state_dict: Any, strict: bool = True, assign: bool = False) -> Any:
        """The learned additions; what is not in them stays as it was read from the model's own file."""
        found = super().load_state_dict(state_dict, strict=False, assign=assign)
        return found._replace(missing_keys=[name for name in found.missing_keys if name in self.state_dict()])


@dataclass
class Rewriter:
    """An adapted model with its tokenizer. Equal answers are written once."""

    name: str
    network: Adapted
    tokenizer: Any
    facts: dict[str, Any] = field(default_factory=dict)
    _written: dict[str, Wording] = field(default_factory=dict, repr=False)

    def reword(self, stored: str, embed: Embed) -> Wording:
        """The stored answer in other words where that can be shown to say the same, else as it is stored."""
        if stored in self._written:
            return self._written[stored]
        started = time.perf_counter()
        try:
            written = self._write(stored)
        except RuntimeError:
            written = None
        why = ["time"] if written is None else _judged(stored, written, embed)
        found = Wording(stored if why or not written else written, tuple(why), time.perf_counter() - started)
        if len(self._written) < REMEMBERED and why != ["time"]:
            self._written[stored] = found
        return found

    @torch.inference_mode()
    def _write(self, stored: str) -> str | None:
        """What the model makes of it, None where that takes too long."""
        length = len(_ids(self.tokenizer, stored))
        if length > MOST_TOKENS or CHAT_MARK in stored:
            return None
        prompt = prompt_of(self.tokenizer, stored)
        self.network.eval()
        device = next(self.network.parameters()).device
        ids = torch.tensor([prompt], device=device)
        made = self.network.model.generate(
            input_ids=ids, attention_mask=torch.ones_like(ids), max_new_tokens=round(1.5 * length) + 8, do_sample=False,
            max_time=SECONDS, pad_token_id=self.tokenizer.pad_token_id, eos_token_id=self.tokenizer.eos_token_id,
        )[0, len(prompt) :]  # fmt: skip
        if not len(made) or int(made[-1]) != self.tokenizer.eos_token_id:
            return None
        return str(self.tokenizer.decode(made, skip_special_tokens=True)).strip()

    def save(self, folder: Path) -> None:
        """What was learned as safetensors, where anything was; the model that it is made for is named beside it."""
        if not self.facts.get("adapted"):
            return
        folder.mkdir(parents=True, exist_ok=True)
        tensors = {name: value.detach().cpu().contiguous() for name, value in self.network.state_dict().items()}
        save_file(tensors, folder / "additions.safetensors", {"writer": self.name})


def load(folder: Path, name: str) -> Rewriter | None:
    """What `save` wrote, None where the model that it was made for is no longer on this machine."""
    writer = writers.named(name) if writers.is_installed() else None
    place = writers.ready(writer) if writer else None
    if place is None:
        return None
    network = Adapted(_base(place))
    learned = folder / "additions.safetensors"
    if learned.is_file():
        network.load_state_dict(load_file(learned))
    return Rewriter(name, network, _tokenizer(place), {"adapted": learned.is_file()})


def seconds_needed(writer: Writer, pairs: Pairs, seed: int) -> float:
    """How long `adapt` and `passes` take, from this machine's speed in multiplying."""
    one, two = torch.randn(128, 1024), torch.randn(1024, 1024)
    one @ two
    started = time.perf_counter()
    for _ in range(20):
        one @ two
    per_second = 20 * 2 * one.numel() * two.shape[1] / (time.perf_counter() - started)
    weights = writer.megabytes * 1e6 / 2
    lengths = [min(len(text) / CHARACTERS, MOST_TOKENS) for text in pairs.answers if text]
    length = float(np.median(lengths or [MOST_TOKENS]))
    answer = min(SECONDS, length * weights * SECONDS_A_TOKEN)
    told = examples(pairs, alike(pairs), lambda texts: np.ones((2, 1)), lambda text: len(text) / CHARACTERS, seed)
    tokens = (len(told) + 2 * ASIDE) * (PROMPT + 2 * length) if len(told) >= LEAST else 0
    ready = 2.0 if writers.ready(writer) else CONVERTING
    return ready + TRIED * answer + weights * tokens * WORK / (SHARE_OF_SPEED * per_second)


def adapt(writer: Writer, pairs: Pairs, groups: np.ndarray, embed: Embed, run: Run) -> Rewriter:
    """The model adapted to how the company's people say the same in other words; raises Cancelled.

    It learns from answers to the same kind of question that say the same in two wordings (`faithful.doubts`); with fewer
    than LEAST such pairs it stays as it is, for repeating single answers would only teach it to repeat. `groups` number
    the questions that are answered alike.
    """
    place = writers.prepare(writer)
    tokenizer = _tokenizer(place)
    told = examples(pairs, groups, embed, lambda text: len(_ids(tokenizer, text)), run.seed)
    folds = _apart(told, run.seed)
    torch.manual_seed(run.seed)
    rewriter = Rewriter(writer.name, Adapted(_base(place)), tokenizer)
    rewriter.facts |= {"writer": writer.name, "worded_in_two_ways": len(told), "adapted": folds is not None}
    if folds is not None:
        rewriter.facts |= _trained(rewriter, told, folds, run)
    return rewriter


def _trained(rewriter: Rewriter, told: Sequence[tuple[str, str]], folds: Folds, run: Run) -> dict[str, Any]:
    ids, labels = _encoded(rewriter.tokenizer, told)
    training, judging = folds.stopping(np.arange(len(told)), ASIDE)
    pad = rewriter.tokenizer.pad_token_id or 0

    def collate(numbers: list[int]) -> dict[str, torch.Tensor]:
        tokens, mask = padded([ids[row] for row in numbers], pad)
        wanted = padded([labels[row] for row in numbers], -100)[0]
        return {"input_ids": tokens, "attention_mask": mask, "labels": wanted}

    data = engine.Rows(training, judging, collate, [len(one) for one in ids])
    done = engine.train(
        rewriter.network, data, lambda likely, _: float(likely.mean()), RECIPE, run, name="writing"
    )  # fmt: skip
    history = [[round(at, 2), round(score, 4)] for at, score in done.history]
    return {"steps": done.steps, "rank": RANK, "seconds": round(done.seconds, 1), "history": history}


def _apart(told: Sequence[tuple[str, str]], seed: int) -> Folds | None:
    """An answer is on one side of every cut, in whichever pairs it is told and from whichever end. None where there are too
    few to learn from some and judge by others."""
    if len(told) < LEAST:
        return None
    codes, answers = pd.factorize(np.array(told, dtype=object).ravel())
    one, other = codes.reshape(-1, 2).T
    graph = coo_matrix((np.ones(len(one)), (one, other)), shape=(len(answers), len(answers)))
    folds = Folds(np.zeros(len(told), dtype=int), connected_components(graph, directed=False)[1][one], seed)
    return folds if folds.rarest() > 1 else None


def passes(rewriter: Rewriter, answers: Sequence[str], embed: Embed, run: Run) -> tuple[int, int]:
    """Of some of these stored answers how many it puts into other words that pass the check, and how many were tried."""
    fitting = [text for text in dict.fromkeys(answers) if text and len(_ids(rewriter.tokenizer, text)) <= MOST_TOKENS]
    order = np.random.default_rng(run.seed).permutation(len(fitting))[:TRIED]
    good = 0
    for number, one in enumerate(order):
        run.report.progress(1 - (len(order) - number) / (4 * len(order)))
        found = rewriter.reword(fitting[int(one)], embed)
        good += found.reworded and found.given != fitting[int(one)]
    return good, len(order)


def alike(pairs: Pairs) -> np.ndarray:
    """Numbers of the pairs, the same where questions are answered alike: by intent, else by nearly equal answers."""
    if pairs.has_intents:
        return np.unique(np.array(pairs.intents, dtype=object), return_inverse=True)[1]
    return near_duplicates(pairs.answers)


def examples(
    pairs: Pairs, groups: np.ndarray, embed: Embed, length: Callable[[str], float], seed: int
) -> list[tuple[str, str]]:
    """(stored, said) pairs of answers that say the same in two wordings, at most EXAMPLES."""
    random = np.random.default_rng(seed)
    short = {text: length(text) <= MOST_TOKENS for text in dict.fromkeys(pairs.answers) if text}
    by_group: dict[int, list[str]] = {}
    for answer, group in zip(pairs.answers, groups, strict=True):
        if short.get(answer) and answer not in by_group.setdefault(int(group), []):
            by_group[int(group)].append(answer)
    tried = []
    for said in by_group.values():
        picked = [said[int(one)] for one in random.permutation(len(said))[:6]]
        tried += [(one, other) for one in picked for other in picked if one != other]
    tried = [tried[int(one)] for one in random.permutation(len(tried))[: 10 * EXAMPLES]]
    return [pair for pair in tried if not _judged(*pair, embed)][:EXAMPLES]


def prompt_of(tokenizer: Any, stored: str) -> list[int]:
    """Token ids of what the model is asked. It holds the stored answer and nothing else of anybody's."""
    turns = [{"role": "system", "content": SYSTEM}, {"role": "user", "content": stored}]
    text = tokenizer.apply_chat_template(turns, add_generation_prompt=True, tokenize=False, enable_thinking=False)
    return _ids(tokenizer, str(text))


def _encoded(tokenizer: Any, told: Sequence[tuple[str, str]]) -> tuple[Ids, Ids]:
    ids, labels = [], []
    for stored, said in told:
        prompt, answer = prompt_of(tokenizer, stored), [*_ids(tokenizer, said), tokenizer.eos_token_id]
        ids.append([*prompt, *answer])
        labels.append([*[-100] * len(prompt), *answer])
    return ids, labels


def _judged(stored: str, written: str, embed: Embed) -> list[str]:
    """The doubts of `faithful.doubts`; the embeddings are asked only where the words give none."""
    if found := doubts(stored, written, 1.0):
        return found
    vectors = embed([stored, written])
    return doubts(stored, written, None if vectors is None else float(vectors[0] @ vectors[1]))


def _ids(tokenizer: Any, text: str) -> list[int]:
    return list(tokenizer(text, add_special_tokens=False)["input_ids"])


def _base(folder: Path) -> Any:
    from transformers import AutoModelForCausalLM
    from transformers.utils import logging

    logging.disable_progress_bar()
    model: Any = AutoModelForCausalLM.from_pretrained(
        folder, local_files_only=True, use_safetensors=True, trust_remote_code=False, dtype=torch.float32
    )
    return model.to("cuda") if describe().kind == "cuda" else model


def _tokenizer(folder: Path) -> Any:
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
