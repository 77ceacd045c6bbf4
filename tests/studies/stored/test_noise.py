"""Stored sweeps of the same thing: what they differ by, and what is no such thing."""

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from batchmark.comparison import Policy, Verdict
from batchmark.errors import BatchmarkError, IncomparableError
from batchmark.files.stored_noise import StoredNoise
from batchmark.files.sweep import StoredSweep
from batchmark.records import CellRecord
from batchmark.studies.stored.noise import differing_facts, noise_of_stored
from batchmark.studies.stored.runs import compare_stored
from compared import FACTS, sweep_stored
from synthetic import gaussian, record_of, sweep_of

SIZES = (32, 64, 128)


def _run(seed: int, *, between: float = 0.05, sizes: Sequence[int] = SIZES, **fields: Any) -> list[CellRecord]:
    rng = np.random.default_rng(seed)
    slower = math.exp(rng.normal(0.0, between))
    return sweep_of(rng, noise=gaussian(0.001), sizes=sizes, drift=[slower] * 12, **fields)


def _sweeps(count: int, **fields: Any) -> dict[str, StoredSweep]:
    return {f"{seed}.json": sweep_stored(_run(seed, **fields), day=seed + 1) for seed in range(count)}


def test_the_noise_of_many_runs_is_what_two_of_them_differ_by() -> None:
    found = noise_of_stored(_sweeps(60))
    assert found.noise.spreads["seconds_per_epoch"] == pytest.approx(0.05 * math.sqrt(2), rel=0.25)
    assert found.noise.runs == 60
    assert found.noise.workloads == ("blobs",)
    assert len(found.cells) == 3
    # First epochs are made up alike.
    assert "first_epoch_seconds" not in found.noise.spreads
    assert "first_epoch_seconds doesn't differ between these sweeps: what is assumed of it stays" in found.notes


def test_two_sweeps_say_next_to_nothing_and_it_is_said() -> None:
    assert "2 sweeps say next to nothing; store 5 or more" in noise_of_stored(_sweeps(2)).notes
    assert not any("store 5" in note for note in noise_of_stored(_sweeps(5)).notes)


def test_cells_that_not_every_sweep_has_are_left_out_by_name() -> None:
    sweeps = {**_sweeps(3), "more.json": sweep_stored(_run(7, sizes=(32, 64, 256)))}
    found = noise_of_stored(sweeps)
    assert len(found.cells) == 2
    assert "not every sweep has rounds of blobs-128-fit, blobs-256-fit: left out" in found.notes


@pytest.mark.parametrize(
    ("other", "complaint"),
    [
        (sweep_stored(_run(9), device="GPU"), r"a.json and b.json are .* differ in device \(CPU and GPU\); calibrate"),
        (sweep_stored(_run(9), tensorflow="2.21.0"), r"tensorflow \(2.20.0 and 2.21.0\)"),
        (sweep_stored(_run(9), flags={"XLA_FLAGS": "1"}), "flags"),
        (sweep_stored(_run(9), jaxlib="0.5"), r"jaxlib \(None and 0.5\)"),
        (sweep_stored(_run(9), torch="2.9"), r"torch \(None and 2.9\)"),
        (sweep_stored(_run(0), day=5), "are the same measurement; store the sweep again"),
        (sweep_stored(_run(9, workload_version=2)), "a.json and b.json: .*workload_version 1 and 2"),
        (sweep_stored(_run(9, sizes=(256, 512))), "have no cell with rounds in common"),
        (sweep_stored([replace(each, seconds_per_round=()) for each in _run(9)]), "no cell with rounds in common"),
        (sweep_stored([replace(each, seed=1) for each in _run(0)]), "don't differ in anything"),
    ],
)
def test_what_are_no_runs_of_the_same_thing_is_refused_by_name(other: StoredSweep, complaint: str) -> None:
    with pytest.raises(IncomparableError, match=complaint):
        noise_of_stored({"a.json": sweep_stored(_run(0)), "b.json": other})


def test_other_versions_of_one_of_several_backends_are_told_by_the_backend() -> None:
    ours, theirs = ({"backends": {"jax": {"jax": version}, "torch": {"torch": "2.9"}}} for version in ("0.4", "0.5"))
    assert differing_facts(ours, theirs) == ["jax of jax"]
    assert differing_facts(ours, {"backends": {"torch": {"torch": "2.9"}}}) == []


def test_an_overhead_of_nothing_in_a_turn_is_no_ratio_and_no_warning(recwarn: pytest.WarningsRecorder) -> None:
    slopes = {1: (1.0, 1.1, 0.9), 2: (1.0, -1.0, 1.0), 3: (1.2, 1.0, 1.0)}
    sweeps = {
        f"{day}.json": sweep_stored([record_of(size, [[1.0 + each / size] for each in own]) for size in SIZES], day=day)
        for day, own in slopes.items()
    }
    found = noise_of_stored(sweeps)
    assert "overhead_per_step" not in found.noise.spreads
    assert "seconds_per_epoch" in found.noise.spreads
    assert all(math.isfinite(spread) for spread in found.noise.spreads.values())
    assert not recwarn.list
    assert found.notes[-1] == (
        "overhead_per_step is 0 in a turn of a sweep, which has no ratio: what is assumed of it stays"
    )


def test_one_sweep_tells_no_noise() -> None:
    with pytest.raises(BatchmarkError, match=r"two different files at least; type --stored A.json B.json"):
        noise_of_stored(_sweeps(1))


def test_measured_noise_is_in_the_intervals_and_told_and_given_noise_goes_before_it() -> None:
    baseline, candidate = sweep_stored(_run(20, between=0.0)), sweep_stored(_run(21, between=0.0), day=2)
    policy = Policy({"seconds_per_epoch": 0.1})
    few, many = (
        compare_stored(
            baseline, candidate, policy, measured=StoredNoise({"seconds_per_epoch": 0.01}, runs, ("blobs",), FACTS)
        )
        for runs in (2, 10)
    )
    assert few.runs_between == {"seconds_per_epoch": 2}
    assert few.verdict is Verdict.INCONCLUSIVE
    assert many.verdict is Verdict.UNCHANGED
    assert any("seconds_per_epoch measured by 2 sweeps (2 sweeps say next to nothing" in line for line in few.warnings)
    given = compare_stored(
        baseline,
        candidate,
        policy,
        between_runs={"seconds_per_epoch": 0.02},
        measured=StoredNoise({"seconds_per_epoch": 0.01}, 2, ("blobs",), FACTS),
    )
    assert (given.between_runs["seconds_per_epoch"], given.runs_between) == (0.02, {})


@pytest.mark.parametrize(
    ("workloads", "facts", "why"),
    [(("mnist-cnn",), {}, "it has no sweep of blobs"), (("blobs",), {"cores": 64}, "it is of another cores")],
)
def test_noise_of_another_machine_or_workload_is_not_used_and_told(
    workloads: tuple[str, ...], facts: dict[str, object], why: str
) -> None:
    noise = StoredNoise({"seconds_per_epoch": 0.01}, 5, workloads, {**FACTS, **facts})
    found = compare_stored(sweep_stored(_run(1)), sweep_stored(_run(2)), Policy({}), measured=noise)
    assert found.between_runs["seconds_per_epoch"] == 0.1
    assert f"the noise of stored sweeps that is kept is not used: {why}" in found.warnings
