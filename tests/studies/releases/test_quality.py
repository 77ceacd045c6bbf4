"""Quality of releases, paired by seed."""

import numpy as np
import pytest

from batchmark.studies.releases.quality import quality_changes
from batchmark.timeline import series
from batchmark.timeline.history import Key, Measurements

LOSSES = dict(enumerate(np.random.default_rng(1).normal(0.2, 0.05, 15).tolist()))
"""Seeds differ by far more than releases do."""


def _measured(losses: dict[int, float], *, sessions: int = 3, named: int | None = None) -> Measurements:
    """Return a release with these losses, of whose seeds the last `named` are stored; None: all."""
    seeds = list(map(float, losses))
    stored = seeds if named is None else seeds[len(seeds) - named :]
    samples = {
        Key("Blobs", series.QUALITY_LOSS.name, (32,)): (tuple(losses.values()),),
        Key("Blobs", series.QUALITY_SEED.name, (32,)): (tuple(stored),),
    }
    return Measurements(samples, {"Blobs": tuple(range(sessions))}, {})


def _without(*seeds: int, by: float = 0.01) -> dict[int, float]:
    return {seed: loss + by for seed, loss in LOSSES.items() if seed not in seeds}


@pytest.mark.parametrize(
    "missing",
    [(), (0,), (14,), (3, 4, 11), tuple(range(5)), tuple(range(5, 10))],
    ids=["none", "the first", "the last", "three that diverged", "the first session", "the second session"],
)
def test_seeds_that_are_missing_shift_no_pair(missing: tuple[int, ...]) -> None:
    (change,) = quality_changes(_measured(LOSSES), _measured(_without(*missing)), level=0.95)
    assert change.difference.value == pytest.approx(0.01)
    assert change.difference.n == 15 - len(missing)
    assert change.candidate - change.baseline == pytest.approx(0.01)


def test_results_from_before_seeds_were_stored_are_paired_where_none_is_missing() -> None:
    old = _measured(LOSSES, named=0)
    (change,) = quality_changes(old, _measured(_without(), named=0), level=0.95)
    assert change.difference.n == 15
    assert change.difference.value == pytest.approx(0.01)
    # A release that has more sessions than the other.
    fewer = {seed: loss for seed, loss in _without().items() if seed < 10}
    (change,) = quality_changes(old, _measured(fewer, sessions=2, named=0), level=0.95)
    assert change.difference.n == 10
    assert change.difference.value == pytest.approx(0.01)
    (change,) = quality_changes(_measured(LOSSES, named=5), _measured(_without(2)), level=0.95)
    assert change.difference.value != pytest.approx(0.01)


@pytest.mark.parametrize("missing", [(3,), (0, 1), tuple(range(5))])
def test_where_it_is_not_known_which_are_missing_they_are_compared_without_pairs(missing: tuple[int, ...]) -> None:
    (change,) = quality_changes(_measured(LOSSES, named=0), _measured(_without(*missing), named=0), level=0.95)
    losses = list(_without(*missing).values())
    assert change.difference.value == pytest.approx(np.mean(losses) - np.mean(list(LOSSES.values())))
    assert not change.difference.lies_within(0.0, 0.02)


def test_releases_without_a_seed_in_common_are_compared_without_pairs() -> None:
    first, second = ({seed: LOSSES[seed] for seed in seeds} for seeds in (range(5), range(5, 10)))
    (change,) = quality_changes(_measured(first, sessions=1), _measured(second, sessions=1), level=0.95)
    assert change.difference.low is not None
    assert change.difference.n == 5


def test_a_release_without_quality_has_none() -> None:
    assert quality_changes(_measured(LOSSES), Measurements({}, {}, {}), level=0.95) == ()
