"""A folder as the baseline: which sweep it is, by which runs the noise is measured, and the promise on false alarms."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from batchmark.comparison import Policy, Verdict
from batchmark.errors import IncomparableError
from batchmark.files.brief import BriefSweep, brief_of
from batchmark.files.sweep import StoredSweep
from batchmark.studies.stored.folder import MOST_RUNS, Chosen, baseline_of, choose
from batchmark.studies.stored.noise import noise_of_stored
from batchmark.studies.stored.runs import compare_stored
from compared import sweep_stored, write_sweep
from synthetic import gaussian, sweep_of

FOLDER = Path("nights")
SIZES = (32, 64, 128)


def _run(seed: int, *, level: float = 1.0, **fields: Any) -> StoredSweep:
    records = sweep_of(np.random.default_rng(seed), noise=gaussian(0.005), sizes=SIZES, drift=[level] * 12)
    return sweep_stored(records, **fields)


def _brief(name: str, seed: int, **fields: Any) -> BriefSweep:
    return brief_of(_run(seed, **fields), name)


def _nights(count: int, **fields: Any) -> list[BriefSweep]:
    return [_brief(f"{day}.json", day, day=day, **fields) for day in range(1, count + 1)]


def _chosen(sweeps: list[BriefSweep], **fields: Any) -> Chosen:
    return choose(sweeps, _brief("tonight.json", 99, **{"day": 31, **fields}), FOLDER)


def test_the_newest_before_the_candidate_is_the_baseline_and_measures_the_noise_with_those_before_it() -> None:
    found = _chosen(_nights(5))
    assert found == Chosen(("5.json", "4.json", "3.json", "2.json", "1.json"), found.runs, {})


def test_the_newest_twenty_measure_the_noise() -> None:
    found = _chosen(_nights(25))
    assert found.noise == found.runs[:MOST_RUNS]
    assert len(found.runs) == 25


def test_runs_of_other_packages_than_the_baselines_do_not_measure_its_noise() -> None:
    upgraded = [_brief(f"new-{day}.json", 40 + day, day=10 + day, tensorflow="2.21.0") for day in (1, 2)]
    found = _chosen([*_nights(5), *upgraded])
    assert found.runs[0] == "new-2.json"
    assert found.noise == ("new-2.json", "new-1.json")


def test_one_run_of_its_packages_measures_nothing() -> None:
    found = _chosen([*_nights(3), _brief("new.json", 40, day=9, tensorflow="2.21.0")])
    assert (found.runs[0], found.noise) == ("new.json", ())


def test_what_can_not_be_the_baseline_is_counted_by_why() -> None:
    same = replace(_brief("copy.json", 99, day=31), datetime="2026-01-02T00:00:00")
    others = [
        same,
        _brief("gpu.json", 50, day=4, device="GPU"),
        _brief("later.json", 51, day=31),
        _brief("cut.json", 52, day=4, stopped="Ctrl-C"),
        replace(_brief("undated.json", 53), datetime="yesterday"),
        replace(_brief("sizes.json", 54, day=4), seconds_per_epoch={}),
        replace(_brief("work.json", 55, day=4), work={"blobs": replace(same.work["blobs"], examples=9)}),
    ]
    found = _chosen([*_nights(2), *others])
    assert found.runs == ("2.json", "1.json")
    assert found.left_out == {
        "with the candidate's own rounds": 1,
        "of other hardware": 1,
        "not stored before the candidate": 1,
        "not finished": 1,
        "without a date that can be read": 1,
        "without a cell in common": 1,
        "of other work under the same name": 1,
    }


def test_runs_of_the_candidates_own_host_go_before_those_of_others_like_it() -> None:
    elsewhere = [_brief(f"there-{day}.json", 60 + day, day=20 + day, node="there") for day in (1, 2)]
    found = _chosen([*_nights(2), *elsewhere])
    assert (found.runs, found.left_out) == (("2.json", "1.json"), {"of another host": 2})
    assert _chosen([*_nights(1), *elsewhere]).runs[0] == "there-2.json"


def test_a_time_without_a_zone_is_utc() -> None:
    older = replace(_brief("older.json", 70), datetime="2026-01-30T23:59:59")
    assert _chosen([older]).runs == ("older.json",)


@pytest.mark.parametrize(
    ("sweeps", "complaint"),
    [
        ([], "the folder nights holds no stored sweep but the candidate; name one with sweeps"),
        (_nights(2, device="GPU"), "none of the 2 sweeps in nights was measured on the candidate's hardware"),
        (
            [_brief("x", 1, day=31)],
            r"of the 1 sweep in nights none can be .*: 1 not stored before the candidate; store",
        ),
    ],
)
def test_a_folder_without_a_baseline_is_refused_with_why(sweeps: list[BriefSweep], complaint: str) -> None:
    with pytest.raises(IncomparableError, match=complaint):
        _chosen(sweeps)


def test_damage_that_only_the_whole_file_shows_leaves_the_baseline_to_the_next_one(tmp_path: Path) -> None:
    for day in (1, 2, 3):
        write_sweep(tmp_path / f"{day}.json", _run(day, day=day))
    newest = tmp_path / "3.json"
    newest.write_text(newest.read_text().replace('"seed": 0', '"seed": "none"', 1))
    (tmp_path / "broken.json").write_text("{")
    (tmp_path / "comparison.json").write_text('{"batchmark_comparison": 99}')
    found = baseline_of(tmp_path, _run(99, day=31), tmp_path / "tonight.json")
    assert found.baseline.datetime.startswith("2026-01-02")
    assert found.noise is not None
    assert found.noise.runs == 2
    baseline, unreadable = found.notes
    assert baseline == (
        f"the baseline is {tmp_path / '2.json'}, the newest of 2 sweeps in {tmp_path} that were stored before the "
        "candidate on its hardware; the noise between runs is measured by 2 of them, with its packages"
    )
    assert unreadable.startswith(f"2 of {tmp_path} can't be read: {tmp_path / 'broken.json'}: ")
    assert "3.json" in unreadable


Levels = Callable[[np.random.Generator, int], np.ndarray]


def _normal(generator: np.random.Generator, count: int) -> np.ndarray:
    return generator.normal(0.0, 0.02, count)


def _heavy_tails(generator: np.random.Generator, count: int) -> np.ndarray:
    return 0.02 * generator.standard_t(3, count)


def _lognormal(generator: np.random.Generator, count: int) -> np.ndarray:
    """Skewed: most runs are alike, and now and then the machine is much slower."""
    return 0.02 * generator.lognormal(0.0, 1.0, count)


def _drifting(generator: np.random.Generator, count: int) -> np.ndarray:
    """A machine that gets slower and faster by lognormal steps."""
    steps = 0.01 * generator.lognormal(0.0, 1.0, count) * generator.choice([-1.0, 1.0], count)
    return np.cumsum(steps)


REPETITIONS = 200


def _verdicts(levels: Levels, runs: int, *, slower: float = 1.0, seed: int) -> list[Verdict]:
    """Return the gate's verdicts on a candidate that is `slower` than the runs before it, made up again and again."""
    found = []
    policy = Policy({"seconds_per_epoch": 0.01})
    for repetition in range(REPETITIONS):
        generator = np.random.default_rng([seed, repetition])
        *before, last = np.exp(levels(generator, runs + 1))
        sweeps = {f"{at}.json": _made(generator, float(level), day=at + 1) for at, level in enumerate(before)}
        candidate = _made(generator, float(last) * slower, day=31)
        briefs = [brief_of(sweep, name) for name, sweep in sweeps.items()]
        chosen = choose(briefs, brief_of(candidate, "tonight.json"), FOLDER)
        noise = noise_of_stored({name: sweeps[name] for name in chosen.noise}).noise
        found.append(compare_stored(sweeps[chosen.runs[0]], candidate, policy, measured=noise).verdict)
    return found


def _made(generator: np.random.Generator, level: float, *, day: int) -> StoredSweep:
    # Two sizes make no curve, whose fits would take most of the time.
    records = sweep_of(generator, noise=gaussian(0.01), sizes=SIZES[:2], turns=3, drift=[level] * 3)
    return sweep_stored(records, day=day)


@pytest.mark.parametrize("levels", [_normal, _heavy_tails, _lognormal, _drifting])
@pytest.mark.parametrize("runs", [3, 8])
def test_identical_work_raises_a_false_alarm_in_at_most_one_of_twenty(levels: Levels, runs: int) -> None:
    verdicts = _verdicts(levels, runs, seed=runs)
    # An improvement that is none counts, too: the promise is of both sides together.
    assert sum(each in (Verdict.REGRESSED, Verdict.IMPROVED) for each in verdicts) <= 0.05 * REPETITIONS


@pytest.mark.parametrize(("levels", "slower"), [(_normal, 1.25), (_heavy_tails, 1.6)])
def test_a_regression_of_a_size_that_it_should_see_is_found(levels: Levels, slower: float) -> None:
    verdicts = _verdicts(levels, 8, slower=slower, seed=7)
    assert verdicts.count(Verdict.REGRESSED) >= 0.9 * REPETITIONS
