"""Texts that repeat each other stay on one side of a split."""

from __future__ import annotations

from core.learning.overlap import overlap_groups


def test_equal_texts_and_texts_that_share_five_words_are_one_group() -> None:
    groups = overlap_groups(
        [
            "a warm and funny film about growing old",
            "and funny film about growing",
            "A warm and funny film about growing old",
            "the battery died after two days of use",
        ]
    )
    assert groups[0] == groups[1] == groups[2]
    assert groups[3] != groups[0]


def test_a_short_phrase_joins_the_text_that_holds_it_whole() -> None:
    groups = overlap_groups(["one of the best", "it is one of the best films of this year", "best of the rest by far"])
    assert groups[0] == groups[1] != groups[2]


def test_an_idiom_of_many_texts_ties_nothing() -> None:
    idiom = [f"thank you for the quick reply number {n} about order {n * 7}" for n in range(40)]
    groups = overlap_groups(idiom)
    assert len(set(groups.tolist())) == 40


def test_a_chain_through_the_whole_data_leaves_only_equal_texts_together() -> None:
    words = [f"w{n}" for n in range(400)]
    chained = [" ".join(words[start : start + 6]) for start in range(390)] + ["w1 w2", "w1 w2"]
    groups = overlap_groups(chained)
    assert len(set(groups.tolist())) == 391
    assert groups[-1] == groups[-2]


def test_chinese_texts_are_compared_by_characters() -> None:
    texts = ["这家酒店的位置非常好，离地铁站很近", "我觉得这家酒店的位置非常好，离地铁站不远", "早餐种类太少"]
    groups = overlap_groups(texts)
    assert groups[0] == groups[1] != groups[2]
