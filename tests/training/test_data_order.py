"""The order of the data depends on the seed and on nothing else."""

import numpy as np

from batchmark.training.data_order import InOrder, Shuffled


def test_every_epoch_visits_every_example_once() -> None:
    order = Shuffled(100, seed=1)
    for _ in range(3):
        assert sorted(order.next_epoch()) == list(range(100))


def test_epochs_differ_and_seeds_repeat() -> None:
    once, again, other = Shuffled(100, 1), Shuffled(100, 1), Shuffled(100, 2)
    first, second = once.next_epoch(), once.next_epoch()
    assert not np.array_equal(first, second)
    np.testing.assert_array_equal(first, again.next_epoch())
    np.testing.assert_array_equal(second, again.next_epoch())
    assert not np.array_equal(first, other.next_epoch())


def test_without_shuffling_the_order_is_the_datas_own() -> None:
    np.testing.assert_array_equal(InOrder(4).next_epoch(), [0, 1, 2, 3])
