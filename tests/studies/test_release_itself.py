"""A release against itself: its own noise, and no effect."""

import numpy as np
import pytest

from batchmark.comparison import Verdict
from batchmark.errors import BatchmarkError
from batchmark.studies.release_itself import compare_with_itself
from batchmark.timeline import series
from batchmark.timeline.history import NOT_MEASURED, Commit, Key, Measurements

RELEASE = Commit("a" * 40, "v2.1.0", "TensorFlow 2.1.0", "2025-01-01")
SIZES = (16, 32, 64)


def _measured(sessions: int, *, slower_from: int = 1000, seed: int = 0) -> Measurements:
    generator = np.random.default_rng(seed)
    samples: dict[Key, list[tuple[float, ...]]] = {}
    for session in range(sessions):
        level = generator.normal(0, 0.01) + (0.2 if session >= slower_from else 0.0)
        for size in SIZES:
            key = Key("Blobs", series.SECONDS_PER_EPOCH.name, ("fit", size))
            samples.setdefault(key, []).append(tuple(0.05 * np.exp(level + generator.exponential(0.02, 7))))
            key = Key("Blobs", series.FIRST_EPOCH_SECONDS.name, ("fit", size))
            samples.setdefault(key, []).append((1.0,))
    samples[Key("Blobs", series.QUALITY_LOSS.name, (32,))] = [(0.1, 0.2)]
    return Measurements(
        sessions={key: tuple(values) for key, values in samples.items()},
        passes={"Blobs": tuple(range(1, sessions + 1))},
        failed={"Blobs": 0},
        last_measured={"Blobs": 0.0},
    )


def test_twenty_sessions_are_ten_stand_ins_of_two() -> None:
    history = compare_with_itself(RELEASE, _measured(20))
    assert [each.tag for each in history.releases] == [f"v2.1.0 ({number})" for number in range(1, 11)]
    assert len(history.steps) == 9
    assert set(history.sessions.values()) == {2}
    assert all(step.quality == () for step in history.steps)


def test_identical_sessions_give_false_alarms_as_seldom_as_promised() -> None:
    # 20 simulations of 9 comparisons, without a tolerance: 5 % of 180 are 9, its standard deviation 2.9.
    alarms = 0
    for seed in range(20):
        history = compare_with_itself(RELEASE, _measured(20, seed=seed), tolerance=0.0)
        alarms += sum(
            bool(step.effects_of(Verdict.REGRESSED) or step.effects_of(Verdict.IMPROVED)) for step in history.steps
        )
    assert alarms <= 17


def test_an_hour_in_which_all_was_slower_is_no_alarm() -> None:
    history = compare_with_itself(RELEASE, _measured(20, slower_from=10))
    assert not any(step.effects_of(Verdict.REGRESSED) for step in history.steps)


@pytest.mark.parametrize("measured", [NOT_MEASURED, _measured(5)])
def test_too_few_sessions_say_how_to_get_more(measured: Measurements) -> None:
    with pytest.raises(BatchmarkError, match=r"--only v2\.1\.0 --passes 20"):
        compare_with_itself(RELEASE, measured)
