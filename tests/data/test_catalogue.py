from core.data.catalogue import categories, kinds


def test_a_cell_may_hold_several_categories() -> None:
    assert kinds("Comedy|Romance ") == ["Comedy", "Romance"]
    assert kinds(None) == kinds("") == []


def test_each_category_is_offered_once_the_commonest_first() -> None:
    items = {"a": {"category": "Drama|War"}, "b": {"category": "Drama"}, "c": {}}
    assert categories(items) == ["Drama", "War"]
    assert categories({"a": {"category": "Drama"}}) == []
