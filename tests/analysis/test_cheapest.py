"""What takes least time is found, with how sure that is: in worlds whose truth is known, with skewed noise."""

import math

import numpy as np
import pytest

from batchmark.analysis.cheapest import Cheapest, cheapest
from claim_results_made import skewed

SEEDS, TURNS = 10, 10


def _found(
    updates: dict[int, float], seconds: dict[int, float], *, spread: float, draw: int = 0, censored: int = 0
) -> Cheapest | None:
    """Return what is found of ways that take so many updates of so many seconds, with noise on both."""
    generator = np.random.default_rng(draw)
    shared = skewed(generator, SEEDS, spread)
    drift = skewed(generator, TURNS, spread)
    own = [needed * np.exp(shared + skewed(generator, SEEDS, spread)) for needed in updates.values()]
    turns = [taken * np.exp(drift + skewed(generator, TURNS, 0.1 * spread)) for taken in seconds.values()]
    every = np.array(own)
    every[:, :censored] = np.inf
    return cheapest(every, np.array(turns), seed=draw)


UPDATES = {8: 4000.0, 32: 1100.0, 128: 400.0, 500: 300.0}
SECONDS = {8: 1e-3, 32: 1.2e-3, 128: 2e-3, 500: 6e-3}


def test_the_least_product_is_found_and_others_have_no_share() -> None:
    found = _found(UPDATES, SECONDS, spread=0.01)
    assert found is not None
    assert found.index == 2
    assert found.shares == (0.0, 0.0, 1.0, 0.0)
    assert found.longer == 0.0


def test_two_that_are_about_alike_share_the_resamples_and_little_is_lost() -> None:
    found = _found({32: 1000.0, 64: 505.0}, {32: 1e-3, 64: 2e-3}, spread=0.05)
    assert found is not None
    assert 0.2 < found.shares[found.index] < 1
    assert sum(found.shares) == pytest.approx(1)
    assert 0 < found.longer < 0.2


def test_what_is_told_to_be_at_most_so_much_longer_is_so_in_nearly_all_worlds() -> None:
    true = {size: UPDATES[size] * seconds for size, seconds in {8: 2.2e-4, 32: 7.5e-4, 128: 2e-3, 500: 2.7e-3}.items()}
    seconds = {size: took / UPDATES[size] for size, took in true.items()}
    within = near = 0
    for draw in range(100):
        found = _found(UPDATES, seconds, spread=0.1, draw=draw)
        assert found is not None
        regret = list(true.values())[found.index] / min(true.values()) - 1
        within += regret <= found.longer
        near += regret <= 0.05
    assert within >= 90
    assert near >= 90, "of 100 choices: within 5 % of the best"


def test_most_seeds_that_never_get_there_leave_nothing_and_of_some_nothing_is_promised() -> None:
    assert _found(UPDATES, SECONDS, spread=0.01, censored=5) is None
    some = _found(UPDATES, SECONDS, spread=0.01, censored=4)
    assert some is not None
    assert some.longer == math.inf


def test_shapes_that_differ_are_refused() -> None:
    with pytest.raises(ValueError, match="expected"):
        cheapest(np.ones((2, 3)), np.ones((3, 3)))
    with pytest.raises(ValueError, match="expected"):
        cheapest(np.ones((2, 0)), np.ones((2, 3)))


def test_a_way_with_fewer_seeds_is_told_by_those_it_has() -> None:
    generator = np.random.default_rng(4)
    own = np.array([needed * np.exp(skewed(generator, 40, 0.1)) for needed in (100.0, 104.0, 150.0)])
    own[2, 10:] = np.nan
    seconds = np.ones((3, 1))
    found = cheapest(own, seconds)
    assert found is not None
    assert found.index == int(np.argmin(np.median(own[:2], axis=1)))
    assert found.shares[2] == 0.0
    own[:, 10:] = np.nan
    few = cheapest(own, seconds)
    alone = cheapest(own[:, :10], seconds)
    assert few is not None
    assert alone is not None
    assert few.index == alone.index
    assert few.shares == pytest.approx(alone.shares, abs=0.1)


def test_seeds_that_never_get_there_count_among_those_that_a_way_has() -> None:
    own = np.array([[1.0, 2.0, np.inf, np.inf, np.nan, np.nan], [5.0, 5.0, 5.0, 5.0, 5.0, 5.0]])
    found = cheapest(own, np.ones((2, 1)))
    assert found is not None
    assert found.index == 1


def test_a_way_without_seeds_is_refused() -> None:
    with pytest.raises(ValueError, match="expected"):
        cheapest(np.array([[1.0, 2.0], [np.nan, np.nan]]), np.ones((2, 1)))
