import numpy as np

from core.learning.sequences.events import Events, seen_matrix


def test_events_are_sorted_by_time_within_a_customer_and_equal_times_keep_their_order() -> None:
    events = Events.build(["a", "b", "a", "a"], ["x", "y", "z", "w"], np.array([2.0, 1.0, 1.0, 1.0]))
    named = [events.items[code] for code in events.history(events.users.index("a"))]
    assert named == ["z", "w", "x"]


def test_rows_without_a_customer_an_item_or_a_time_are_left_out() -> None:
    events = Events.build(["a", "", "a", "b"], ["x", "y", "", "z"], np.array([1.0, 2.0, 3.0, np.nan]))
    assert len(events) == 1
    assert events.users == ("a",)


def test_without_times_the_order_of_the_rows_is_the_time() -> None:
    events = Events.build(["a", "a"], ["second", "first"])
    assert [events.items[code] for code in events.history(0)] == ["second", "first"]


def test_leave_last_out_keeps_customers_with_one_event_in_training() -> None:
    events = Events.build(["a", "a", "b"], ["x", "y", "x"])
    earlier, users, target = events.without_last()
    assert users.tolist() == [0]
    assert [events.items[code] for code in target] == ["y"]
    assert [len(history) for history in earlier.histories()] == [1, 1]


def test_an_item_bought_twice_counts_once_in_the_matrix() -> None:
    matrix = seen_matrix([np.array([1, 1, 0], dtype=np.int32), np.zeros(0, dtype=np.int32)], 3)
    assert matrix.toarray().tolist() == [[1, 1, 0], [0, 0, 0]]
