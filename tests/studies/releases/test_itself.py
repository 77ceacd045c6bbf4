"""A release against itself: stand-ins that take turns, compared as releases are."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from batchmark.comparison import Verdict
from batchmark.progress import Progress, silent
from batchmark.records import Cell
from batchmark.studies.releases.itself import StandIns, compare_with_itself
from batchmark.studies.releases.session import ReleaseSession, Tracked
from batchmark.timeline.history import Commit
from batchmark.workloads import Description
from synthetic import record_of

RELEASE = Commit("a" * 40, "v2.1.0", "TensorFlow 2.1.0", "2025-01-01")
TRACKED = Tracked("mine", batch_sizes="8,16,32,64", loops=("fit",), turns=4)
DESCRIPTION = Description(name="mine", examples=500, reference_batch_size=32)


class _Machine:
    """Measures stand-ins, with noise: a turn's, which they share, a process's and a visit's."""

    def __init__(self, seed: int) -> None:
        self._generator = np.random.default_rng(seed)
        self.asked: list[tuple[dict[str, int], int, int]] = []

    def __call__(
        self, tracked: Tracked, names: Mapping[str, int], *, pass_started: int, progress: Progress
    ) -> dict[str, ReleaseSession]:
        progress(phase="turns", done=0, of=1, detail="")
        self.asked.append((dict(names), pass_started, tracked.seeds))
        turns = np.cumsum(self._generator.normal(0, 0.1, TRACKED.turns))
        return {name: self._session(pass_started, turns) for name in names}

    def _session(self, pass_started: int, turns: Any) -> ReleaseSession:
        process = self._generator.normal(0, 0.005)
        records = []
        for size in TRACKED.sizes(DESCRIPTION):
            noise = np.exp(turns + process + self._generator.exponential(0.01, TRACKED.turns))
            seconds = (0.02 + 0.5 / size) * noise
            records.append(record_of(size, [[value] for value in seconds], cell=Cell("mine", size, "fit")))
        return ReleaseSession(pass_started, records=tuple(records))


def _compare(machine: _Machine, *, tolerance: float = 0.0, stand_ins: StandIns = StandIns(4, 3)) -> Any:  # noqa: B008  frozen
    found = compare_with_itself(
        RELEASE, TRACKED, DESCRIPTION, stand_ins, tolerance=tolerance, measure=machine, progress=silent
    )
    assert found.problems == ()
    return found.history


def test_stand_ins_are_measured_anew_in_every_pass_and_compared_as_releases_are() -> None:
    machine = _Machine(1)
    history = _compare(machine)
    assert [each.tag for each in history.releases] == [f"v2.1.0 ({number})" for number in range(1, 5)]
    assert [(began, seeds) for _, began, seeds in machine.asked] == [(1, 0), (2, 0), (3, 0)]
    # Memory is measured in a first session, and isn't asked for here.
    assert all(1 not in names.values() and len(names) == 4 for names, _, _ in machine.asked)
    assert len(history.steps) == 3
    assert set(history.sessions.values()) == {3}
    assert all(effect.ratio.has_interval for step in history.steps for effect in step.effects)


def test_what_is_the_same_is_called_different_as_seldom_as_promised() -> None:
    # 30 simulations of 3 comparisons, without a tolerance: 5 % of 90 are 4.5; more than 10 have a probability of 0.4 %.
    histories = [_compare(_Machine(seed)) for seed in range(30)]
    alarms = sum(
        bool(step.effects_of(Verdict.REGRESSED) or step.effects_of(Verdict.IMPROVED))
        for history in histories
        for step in history.steps
    )
    assert alarms <= 10


def test_with_a_tolerance_the_sums_are_called_unchanged() -> None:
    headlines = [
        effect.verdict
        for seed in range(10)
        for step in _compare(_Machine(seed), tolerance=0.05).steps
        for effect in step.effects
        if effect.is_headline
    ]
    assert headlines.count(Verdict.UNCHANGED) >= 0.9 * len(headlines)


def test_why_nothing_could_be_measured_is_told_once() -> None:
    def measure(
        tracked: Tracked, names: Mapping[str, int], *, pass_started: int, progress: Progress
    ) -> dict[str, ReleaseSession]:
        return {name: ReleaseSession(pass_started, problems=("TensorFlow is not installed",)) for name in names}

    found = compare_with_itself(
        RELEASE, TRACKED, DESCRIPTION, StandIns(3, 2), tolerance=0.02, measure=measure, progress=silent
    )
    assert found.history.steps == ()
    assert found.problems == ("TensorFlow is not installed",)
