"""Batches for gradients."""

import numpy as np
import pytest

from batchmark.training.observing.draws import Batch, Draws


def _drawn(seed: int, sizes: tuple[int, ...], examples: int = 10) -> list[Batch]:
    draws = Draws(examples, np.random.default_rng(seed))
    return [draws.next(size) for size in sizes]


def test_no_example_is_in_two_batches_of_a_pass_whichever_their_sizes() -> None:
    batches = _drawn(0, (3, 4, 3, 2))
    assert [len(batch.indices) for batch in batches] == [3, 4, 3, 2]
    assert [batch.pass_number for batch in batches] == [0, 0, 0, 1]
    assert sorted(np.concatenate([batch.indices for batch in batches[:3]])) == list(range(10))


def test_a_batch_is_never_filled_up_from_the_next_pass() -> None:
    batches = _drawn(0, (7, 7, 10))
    assert [batch.pass_number for batch in batches] == [0, 1, 2]
    assert [len(set(batch.indices)) for batch in batches] == [7, 7, 10]


@pytest.mark.parametrize("place", [0, 1, 2])
def test_every_example_is_as_likely_in_every_batch(place: int) -> None:
    counts = np.zeros(5)
    for seed in range(2_000):
        counts[_drawn(seed, (2, 2, 2), examples=5)[place].indices] += 1
    # 800 of each expected; four standard deviations.
    np.testing.assert_allclose(counts, 800, atol=4 * np.sqrt(2_000 * 0.4 * 0.6))


def test_the_same_seed_draws_the_same_and_another_draws_other_batches() -> None:
    one, again, other = (_drawn(seed, (6,))[0].indices.tolist() for seed in (1, 1, 2))
    assert one == again
    assert one != other
