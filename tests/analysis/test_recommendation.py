"""Which batch size to take."""

import numpy as np

from batchmark.analysis.recommendation import recommend
from synthetic import gaussian, record_of, sweep_of


def test_the_fastest_the_knee_and_its_share_of_turns() -> None:
    # The knee is 64 at the medians and in the first five turns; in the last one even 32 is near enough.
    records = [
        record_of(500, [[1.00]] * 6),
        record_of(64, [[1.04]] * 6),
        record_of(32, [[1.30]] * 5 + [[1.04]]),
    ]
    found = recommend(records)
    assert found is not None
    assert (found.fastest, found.examples_per_second) == (500, 500.0)
    assert (found.knee, found.knee_turns, found.turns) == (64, 5, 6)


def test_a_size_is_told_from_the_fastest_by_its_paired_turns_though_the_turns_differ_widely() -> None:
    drift = np.linspace(1.0, 2.0, 12)
    slower = [[1.03 * common] for common in drift]
    # Faster in six turns, slower in six.
    as_fast = [[(0.99 if turn % 2 else 1.02) * common] for turn, common in enumerate(drift)]
    found = recommend([record_of(8, slower), record_of(16, as_fast), record_of(32, [[c] for c in drift])])
    assert found is not None
    assert (found.fastest, found.not_distinguishable) == (32, (16,))
    assert found.turns_are_enough


def test_too_few_turns_tell_nothing_from_the_fastest() -> None:
    found = recommend([record_of(size, [[1.0 / size]] * 3) for size in (8, 16, 32)])
    assert found is not None
    assert (found.fastest, found.not_distinguishable, found.turns_are_enough) == (32, (8, 16), False)


def test_the_truly_fastest_is_rarely_told_from_what_looks_fastest() -> None:
    rng = np.random.default_rng(1)
    sizes = (300, 320, 350, 400, 450, 480)  # two steps each: all equally fast
    simulations = 300
    lost = 0
    for _ in range(simulations):
        found = recommend(sweep_of(rng, noise=gaussian(0.03), sizes=sizes))
        assert found is not None
        lost += 400 not in (found.fastest, *found.not_distinguishable)
    assert lost / simulations <= 0.05


def test_a_single_size_is_the_fastest_and_the_knee() -> None:
    found = recommend([record_of(32, [[1.0]])])
    assert found is not None
    assert (found.fastest, found.knee, found.not_distinguishable) == (32, 32, ())


def test_without_a_common_turn_nothing_is_recommended() -> None:
    assert recommend([]) is None
    assert recommend([record_of(1, [[1.0]]), record_of(2, [])]) is None
