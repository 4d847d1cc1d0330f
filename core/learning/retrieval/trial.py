"""How long a training of the bot will take, from a short trial with the user's own questions."""

from __future__ import annotations

import time

import numpy as np

from core.data.conversations import Pairs
from core.data.profile import detect_language
from core.learning import trial as text_trial
from core.learning.cleaning import clean_all
from core.learning.hardware import describe
from core.learning.retrieval.fitting import LEAST_TO_TUNE, SAMPLE, TITLES, pick_encoder, with_one_out
from core.learning.retrieval.sentences import Sentences
from core.learning.text import Mode
from core.learning.writers import writer_for
from core.progress import Plan, Stage

TRIED = 48
MATCH_SECONDS, MATCH_SECONDS_BY_WORDS = 0.002, 0.0002
"""Seconds for a pair, with and without an encoder."""
BASE_MB = 900.0
WRITING_MB = 900.0
"""What a step of the rewriter needs besides five times its weights in half precision."""
EPOCHS_AS_PASSES = {"standard": 12.0, "best": 30.0}
"""Fine-tuning as so many readings of all questions and answers."""


def estimate(pairs: Pairs, mode: Mode, seed: int, reword: bool = False) -> Plan:
    """The stages of `fit_bot`, and of adapting a rewriter, with their seconds, and their memory. Takes a few seconds."""
    pairs = with_one_out(pairs)
    language = detect_language(pairs.questions[:SAMPLE])
    stages: list[Stage] = []
    memory = BASE_MB
    if pairs.has_intents:
        known = [row for row, intent in enumerate(pairs.intents) if intent]
        plan = text_trial.estimate(
            [pairs.questions[row] for row in known], [pairs.intents[row] for row in known], language=language, seed=seed,
            modes=(mode,),
        )[mode]  # fmt: skip
        stages += plan.stages
        memory = plan.memory_mb
    read = _reading(pairs, language, seed)
    if mode != "quick" and pairs.has_answers and len(pairs) >= LEAST_TO_TUNE and read:
        stages.append(Stage("tune", TITLES["tune"], 3.0 + EPOCHS_AS_PASSES[mode] * read))
    each = MATCH_SECONDS if read else MATCH_SECONDS_BY_WORDS
    matching = 0.5 + each * min(len(pairs), 2000) * (1 + len(pairs) / 4000)
    known_already = mode == "quick" and pairs.has_intents
    left = (
        read * _characters(pairs.answers) / _characters([*pairs.questions, *pairs.answers]) if known_already else read
    )
    stages += [Stage("index", TITLES["index"], 1.0 + left), Stage("match", TITLES["match"], matching)]
    writer = writer_for(language) if reword and pairs.has_answers else None
    if writer is not None:
        from core.learning.retrieval.writing import seconds_needed

        stages.append(Stage("writing", TITLES["writing"], seconds_needed(writer, pairs, seed)))
        memory += WRITING_MB + 5 * writer.megabytes
    return Plan(tuple(stages), memory + 0.02 * len(pairs), () if read else (text_trial.NO_ENCODER_HERE,))


def _reading(pairs: Pairs, language: str, seed: int) -> float:
    """Seconds to embed every question and answer once; 0 without an encoder."""
    encoder = pick_encoder(pairs, language)
    if encoder is None:
        return 0.0
    sentences = Sentences(encoder.name, encoder.model(), encoder.tokenizer, describe())
    order = np.random.default_rng(seed).permutation(len(pairs))[:TRIED]
    texts = clean_all([pairs.questions[row] for row in order] + [pairs.answers[row] for row in order])
    sentences.embed(texts[:4])
    started = time.perf_counter()
    sentences.embed(texts)
    per_character = (time.perf_counter() - started) / max(sum(map(len, set(texts))), 1)
    return per_character * _characters([*pairs.questions, *pairs.answers])


def _characters(texts: list[str]) -> int:
    """Of the distinct texts, at least one."""
    return max(1, sum(map(len, set(texts))))
