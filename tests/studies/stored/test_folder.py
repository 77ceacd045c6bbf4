"""A folder as the baseline: which sweep it is, by which runs the noise is measured, and the promise on false alarms."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from batchmark.comparison import Policy, Verdict
from batchmark.errors import IncomparableError
from batchmark.files.brief import BriefSweep, brief_of
from batchmark.files.sweep import StoredSweep
from batchmark.studies.stored.folder import Chosen, baseline_of, choose
from batchmark.studies.stored.folder_noise import MOST_RUNS, measured_noise
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
    assert found.runs == found.noise.names == ("5.json", "4.json", "3.json", "2.json", "1.json")
    assert found.left_out == {}


def test_the_newest_twenty_measure_the_noise() -> None:
    found = _chosen(_nights(25))
    assert found.noise.names == found.runs[:MOST_RUNS]
    assert len(found.runs) == 25


def test_runs_of_other_packages_than_the_baselines_do_not_measure_its_noise() -> None:
    upgraded = [_brief(f"new-{day}.json", 40 + day, day=10 + day, tensorflow="2.21.0") for day in (1, 2)]
    found = _chosen([*_nights(5), *upgraded])
    assert found.runs[0] == "new-2.json"
    assert found.noise.names == ("new-2.json", "new-1.json")


def test_one_run_of_its_packages_measures_nothing() -> None:
    found = _chosen([*_nights(3), _brief("new.json", 40, day=9, tensorflow="2.21.0")])
    assert (found.runs[0], found.noise.names) == ("new.json", ())


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
    for day in (1, 2, 3, 4):
        write_sweep(tmp_path / f"{day}.json", _run(day, day=day))
    newest = tmp_path / "4.json"
    newest.write_text(newest.read_text().replace('"seed": 0', '"seed": "none"', 1))
    (tmp_path / "broken.json").write_text("{")
    (tmp_path / "comparison.json").write_text('{"batchmark_comparison": 99}')
    found = baseline_of(tmp_path, _run(99, day=5), tmp_path / "tonight.json")
    assert found.baseline.datetime.startswith("2026-01-03")
    assert found.noise is not None
    assert found.noise.runs == 3
    baseline, unreadable = found.notes
    assert baseline == (
        f"the baseline is {tmp_path / '3.json'}, the newest of 3 sweeps in {tmp_path} that were stored before the "
        "candidate on its hardware; the noise between runs is measured by 3 of them, with its packages, over 2 days"
    )
    assert unreadable.startswith(f"2 of {tmp_path} can't be read: {tmp_path / 'broken.json'}: ")
    assert "4.json" in unreadable


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
    for repetition in range(REPETITIONS):
        generator = np.random.default_rng([seed, repetition])
        *before, last = np.exp(levels(generator, runs + 1))
        sweeps = {f"{at}.json": _made(generator, float(level), day=at + 1) for at, level in enumerate(before)}
        found.append(_verdict(sweeps, _made(generator, float(last) * slower, day=runs + 1)))
    return found


def _verdict(sweeps: Mapping[str, StoredSweep], candidate: StoredSweep) -> Verdict:
    briefs = [brief_of(sweep, name) for name, sweep in sweeps.items()]
    chosen = choose(briefs, brief_of(candidate, "tonight.json"), FOLDER)
    noise = measured_noise(chosen.noise, sweeps)
    policy = Policy({"seconds_per_epoch": 0.01})
    return compare_stored(sweeps[chosen.runs[0]], candidate, policy, measured=noise).verdict


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


def _of_days(days: Sequence[tuple[int, int]], repetition: int) -> Verdict:
    """Return the gate's verdict on the 28th, of identical work, where runs were stored on these days, so many on each.

    Two days differ by 10 %, and two runs of a day by 1 %.
    """
    generator = np.random.default_rng([11, repetition])
    between, within = 0.1 / np.sqrt(2), 0.01 / np.sqrt(2)
    sweeps = {}
    for day, runs in days:
        level = generator.normal(0.0, between)
        for at in range(runs):
            run = _made(generator, float(np.exp(level + generator.normal(0.0, within))), day=day)
            sweeps[f"{day}-{at}.json"] = replace(run, datetime=f"2026-01-{day:02}T{8 + at:02}:00:00+00:00")
    return _verdict(sweeps, _made(generator, float(np.exp(generator.normal(0.0, between))), day=28))


@pytest.mark.parametrize(
    "days",
    [[(20, 6)], [(5, 5), (10, 5), (15, 5), (20, 5)], [(18, 3), (19, 3), (20, 3)], [(19, 1), (20, 8)]],
)
def test_runs_that_were_stored_close_together_raise_no_more_false_alarms(days: Sequence[tuple[int, int]]) -> None:
    verdicts = [_of_days(days, repetition) for repetition in range(REPETITIONS)]
    assert sum(each in (Verdict.REGRESSED, Verdict.IMPROVED) for each in verdicts) <= 0.05 * REPETITIONS


def _hours(count: int, day: int = 1) -> list[BriefSweep]:
    return [
        replace(_brief(f"hour-{hour}.json", 40 + hour), datetime=f"2026-01-{day:02}T{hour:02}:00:00+00:00")
        for hour in range(1, count + 1)
    ]


def test_runs_of_one_day_measure_no_noise_for_a_candidate_of_another_day_and_it_is_said() -> None:
    found = _chosen(_hours(6), day=20)
    assert (found.runs[0], found.noise.names) == ("hour-6.json", ())
    assert found.noise.told(runs=4) == (
        "not measured: the sweeps with its packages are all of one day, and the candidate is of another"
    )


def test_of_each_day_the_newest_run_measures_the_noise_and_the_span_is_told() -> None:
    found = _chosen([*_nights(3), *_hours(3, day=4)], day=5)
    assert found.noise.names == ("hour-3.json", "3.json", "2.json", "1.json")
    assert found.noise.told(runs=5) == "measured by 4 of them, with its packages, one a day, over 3 days"


def test_runs_of_the_candidates_own_day_measure_the_noise_by_the_hour() -> None:
    found = _chosen(_hours(3), day=1)
    assert found.noise.names == ("hour-3.json", "hour-2.json", "hour-1.json")
    assert found.noise.told(runs=3) == "measured by 3 of them, with its packages, over 2.0 hours"


def test_where_the_runs_span_less_than_the_candidate_is_away_no_noise_is_taken_for_less_than_is_assumed() -> None:
    sweeps = {f"{day}.json": _run(day, day=day, level=1.0 + 0.01 * day) for day in range(1, 6)}
    briefs = [brief_of(sweep, name) for name, sweep in sweeps.items()]
    near, far = (_chosen(briefs, day=day).noise for day in (7, 20))
    assert (near.is_short, far.is_short) == (False, True)
    small = measured_noise(near, sweeps)
    assert small is not None
    assert small.spreads["seconds_per_epoch"] < 0.1
    far_noise = measured_noise(far, sweeps)
    assert far_noise is None or "seconds_per_epoch" not in far_noise.spreads
    assert far.told(runs=3) == (
        "measured by 5 of them, with its packages, over 4 days; the candidate is 15 days after its baseline, so what "
        "is assumed counts where it is more"
    )
    wild = {f"{day}.json": _run(day, day=day, level=1.0 + 0.2 * (day % 2)) for day in range(1, 6)}
    large = measured_noise(far, wild)
    assert large is not None
    assert large.spreads["seconds_per_epoch"] > 0.1


def test_a_workload_that_neither_side_has_tells_no_noise_and_ends_nothing(tmp_path: Path) -> None:
    for day in range(1, 5):
        run = _run(day, day=day)
        other = [
            replace(each, cell=replace(each.cell, workload="digits"), workload_version=day)
            for each in _run(50 + day).records
        ]
        write_sweep(tmp_path / f"{day}.json", replace(run, records=(*run.records, *(other if day in (2, 3) else []))))
    found = baseline_of(tmp_path, _run(99, day=5), tmp_path / "tonight.json")
    assert found.noise is not None
    assert (found.noise.runs, found.noise.workloads) == (4, ("blobs",))


def test_runs_whose_noise_can_not_be_told_leave_it_unmeasured_and_say_why(tmp_path: Path) -> None:
    for day in (1, 2):
        write_sweep(tmp_path / f"{day}.json", _nudged(_run(day, day=day), day))
    found = baseline_of(tmp_path, _run(99, day=3), tmp_path / "tonight.json")
    assert found.noise is None
    assert "the noise between runs is not measured: " in found.notes[0]


def _nudged(sweep: StoredSweep, day: int) -> StoredSweep:
    """Return it with other work in what only the whole file tells: tokens of a cell after the first."""
    *others, last = sweep.records
    return replace(sweep, records=(*others, replace(last, tokens_per_example=day)))


def test_a_part_of_the_candidates_own_run_is_no_baseline() -> None:
    whole = _brief("part.json", 99, day=4)
    part = replace(whole, seconds_per_epoch=dict(list(whole.seconds_per_epoch.items())[:1]))
    found = _chosen([*_nights(2), part])
    assert (found.runs[0], found.left_out) == ("2.json", {"with the candidate's own rounds": 1})


def test_files_that_can_not_be_read_are_named_where_no_baseline_is_left(tmp_path: Path) -> None:
    (tmp_path / "broken.json").write_text("{")
    with pytest.raises(IncomparableError, match=r"but the candidate; .*1 of .* can't be read: .*broken\.json"):
        baseline_of(tmp_path, _run(99, day=5), tmp_path / "tonight.json")


def test_a_baseline_whose_tokens_its_file_does_not_tell_is_one() -> None:
    older = _brief("older.json", 1)
    told = _brief("tonight.json", 99, day=31)
    told = replace(told, work={"blobs": replace(told.work["blobs"], tokens_per_example=32)})
    assert choose([older], told, FOLDER).runs == ("older.json",)
