from __future__ import annotations

from pages.ui import terms


def test_names_are_the_fields_terms_and_a_library_s_own_setting_stays_as_it_is() -> None:
    assert terms.term("hr_at_10") == "HR@10"
    assert terms.term("num_leaves") == "num leaves"
    assert terms.told({"name": "ordered", "members": 3, "settings": {"rows": 0.5}, "seconds": None}) == (
        "name CatBoost, members 3, settings rows 0.5"
    )
    assert terms.told([{"component": "tokens"}, {"component": "sequence"}]) == (
        "component attention over tokens; component sequence transformer"
    )
    assert terms.told([True, False]) == "yes, no"


def test_every_term_is_there_in_chinese() -> None:
    plain = {key for key, said in terms.TERMS.items() if said.en == said.zh}
    assert all(terms.TERMS[key].en[0].isupper() for key in plain), plain
