"""Stored sweeps as a history: what counts for it, how many points it has, and what is told of the newest run."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest

from batchmark.files.brief import BriefSweep, Work
from batchmark.records import Cell
from batchmark.studies.stored.history import MOST_POINTS, History, histories

WORK = Work(1, 500, None)
START = datetime(2025, 1, 1, 2, tzinfo=UTC)


def _run(day: float, seconds: float = 1.0, *, sizes: tuple[int, ...] = (32, 64), **fields: Any) -> BriefSweep:
    facts = {"tensorflow": fields.pop("tensorflow", "2.20.0"), "keras": "3.12.0"}
    # No two runs are alike to the last digit.
    own = seconds * (1 + 1e-9 * day)
    cells = {Cell("blobs", size, loop): size * own for loop in ("fit", "compiled") for size in sizes}
    made_up: dict[str, Any] = {
        "seconds_per_epoch": cells,
        "work": {"blobs": WORK},
        "machine_info": {"node": "here", "batchmark": facts},
        "datetime": (START + timedelta(days=day)).isoformat(),
    }
    return BriefSweep(**{"name": f"{day}.json", **made_up, **fields})


def _history(*sweeps: BriefSweep) -> History:
    (found,) = histories(sweeps, dict.fromkeys((each.name for each in sweeps), "here"))
    return found


def test_a_run_is_the_geometric_mean_over_sizes_relative_to_the_median_of_the_runs() -> None:
    history = _history(_run(2, 4.0), _run(0, 1.0), _run(1, 2.0))
    assert [line.way for line in history.lines] == ["fit", "compiled"]
    (line, _) = history.lines
    assert [point.relative for point in line.points] == pytest.approx([0.5, 1.0, 2.0])
    assert line.points[1].seconds == pytest.approx(2.0 * np.sqrt(32 * 64))
    assert line.points[0].versions == "TensorFlow 2.20.0, Keras 3.12.0"
    assert (line.sizes, line.runs, line.left_out) == ((32, 64), 3, {})
    assert (history.sweeps, history.newest, history.is_thinned) == (3, "2.json", False)


def test_two_sweeps_are_no_history_and_what_has_no_date_is_in_none() -> None:
    sweeps = [_run(0), _run(1), _run(2, datetime="yesterday")]
    assert histories(sweeps, dict.fromkeys((each.name for each in sweeps), "here")) == ()


def test_each_machine_and_workload_has_its_own() -> None:
    sweeps = [_run(day) for day in range(3)] + [
        _run(day + 0.5, work={"digits-mlp": WORK}, seconds_per_epoch={Cell("digits-mlp", 32, "fit"): 1.0})
        for day in range(6)
    ]
    called = {each.name: "there" if float(each.name[:-5]) > 3 else "here" for each in sweeps}
    found = {(each.workload, each.machine) for each in histories(sweeps, called)}
    assert found == {("blobs", "here"), ("digits-mlp", "here"), ("digits-mlp", "there")}


def test_a_size_that_few_runs_have_does_not_count_and_a_run_that_lacks_one_is_left_out() -> None:
    runs = [_run(day) for day in range(8)]
    history = _history(*runs, _run(8, sizes=(32,)), _run(9, sizes=(32, 64, 128)))
    assert history.lines[0].sizes == (32, 64)
    assert (history.lines[0].runs, history.lines[0].left_out) == (9, {"without a batch size of the others": 1})


def test_a_partial_copy_of_a_run_counts_once_whenever_it_was_written() -> None:
    runs = [_run(day, 1.0 + 0.01 * day) for day in range(5)]
    for part in (_run(2, 1.02, sizes=(32,), name="copy.json"), _run(4, 1.04, name="copy.json")):
        for day in (0, 3, 9):
            copy = replace(part, datetime=(START + timedelta(days=day)).isoformat())
            line = _history(*runs, copy).lines[0]
            assert (line.runs, line.sizes, line.left_out) == (5, (32, 64), {"with another's rounds": 1})
            assert line.is_in_newest


def test_copies_of_so_many_runs_that_none_is_left_are_said() -> None:
    copies = [_run(1, name=f"{at}.json") for at in range(5)]
    called = dict.fromkeys((each.name for each in copies), "here")
    (history,) = histories(copies, called)
    assert history.lines == ()
    assert history.too_few["fit"] == {"with another's rounds": 4}


def test_a_loop_that_the_newest_sweep_lacks_is_marked() -> None:
    runs = [_run(day) for day in range(5)]
    alone = _run(6, seconds_per_epoch={Cell("blobs", size, "fit"): 9.0 * size for size in (32, 64)})
    fit, compiled = _history(*runs, alone).lines
    assert (fit.is_in_newest, compiled.is_in_newest) == (True, False)


def test_other_work_under_the_same_name_is_left_out() -> None:
    other = {"blobs": replace(WORK, examples=1_000)}
    history = _history(*(_run(day) for day in range(4)), _run(-1, work=other))
    assert (history.lines[0].runs, history.lines[0].left_out) == (4, {"of other work": 1})


def test_many_runs_have_few_points_of_whole_days_that_mix_no_versions() -> None:
    runs = [_run(day, 1.0 + 0.01 * (day % 5), tensorflow="2.20.0" if day < 101 else "2.21.0") for day in range(370)]
    (line, _) = _history(*runs).lines
    assert len(line.points) <= MOST_POINTS
    assert sum(point.runs for point in line.points) == 370
    assert all(point.low <= point.relative <= point.high for point in line.points)
    first = next(point for point in line.points if "2.21.0" in point.versions)
    assert first.first == START + timedelta(days=101)
    assert {point.versions for point in line.points} == {
        "TensorFlow 2.20.0, Keras 3.12.0",
        "TensorFlow 2.21.0, Keras 3.12.0",
    }


def test_many_machines_have_fewer_points_each() -> None:
    sweeps = [replace(_run(day), name=f"{machine}-{day}") for machine in range(30) for day in range(100)]
    called = {each.name: each.name.partition("-")[0] for each in sweeps}
    found = histories(sweeps, called)
    assert len(found) == 30
    assert {len(line.points) for history in found for line in history.lines} == {15}


def test_the_newest_run_is_held_against_those_before_it_with_the_same_versions() -> None:
    old = [_run(day, 9.0, tensorflow="2.19.0") for day in range(5)]
    same = [_run(10 + at, seconds) for at, seconds in enumerate((1.0, 1.02, 0.98, 1.01, 0.99))]
    newest = _history(*old, *same, _run(20, 1.5)).lines[0].newest
    assert newest is not None
    assert newest.runs == 5
    assert newest.change == pytest.approx(0.5)
    assert newest.usual == pytest.approx(0.0148, abs=0.001)
    assert _history(*old, _run(20, 1.5)).lines[0].newest is None


def test_a_lasting_step_is_told_with_its_day_and_the_versions_on_either_side() -> None:
    noise = np.random.default_rng(4).normal(1.0, 0.01, 60)
    runs = [
        _run(day, float(noise[day]) * (1.2 if day >= 40 else 1.0), tensorflow="2.21.0" if day >= 40 else "2.20.0")
        for day in range(60)
    ]
    step = _history(*runs).lines[0].step
    assert step is not None
    assert step.when == START + timedelta(days=40)
    assert step.change == pytest.approx(0.2, abs=0.02)
    assert step.versions == ("TensorFlow 2.20.0, Keras 3.12.0", "TensorFlow 2.21.0, Keras 3.12.0")
    assert _history(*(_run(day, float(noise[day])) for day in range(60))).lines[0].step is None


def test_backends_have_lines_and_versions_of_their_own() -> None:
    facts = {"backends": {"jax": {"jax": "0.9.0", "keras": "3.13.0"}, "tensorflow": {"tensorflow": "2.21.0"}}}
    info = {"batchmark": facts}
    ways = [Cell("blobs", 32, "fit", backend) for backend in ("tensorflow", "jax")]
    runs = [_run(day, seconds_per_epoch=dict.fromkeys(ways, 1.0 + day), machine_info=info) for day in range(3)]
    lines = _history(*runs).lines
    assert {line.way: line.points[0].versions for line in lines} == {
        "fit": "TensorFlow 2.21.0",
        "fit@jax": "JAX 0.9.0, Keras 3.13.0",
    }


@pytest.mark.parametrize(
    "other",
    [
        {"intra_op_threads": 1},
        {"inter_op_threads": 1},
        {"flags": {"OMP_NUM_THREADS": "1"}},
        {"flags": {"XLA_FLAGS": "--xla_cpu"}},
        {"cores_quota": 1.5},
        {"backends": {"tensorflow": {"intra_op_threads": 1}}},
    ],
)
def test_runs_with_other_threads_or_flags_than_the_newest_are_left_out_and_counted(other: dict[str, Any]) -> None:
    facts = {"intra_op_threads": 0, "inter_op_threads": 0, "flags": {}, "cores_quota": None}
    then, now = ({"node": "here", "batchmark": each} for each in ({**facts, **other}, facts))
    runs = [_run(day, 2.0, machine_info=then) for day in range(4)] + [
        _run(day, machine_info=now) for day in range(4, 9)
    ]
    line = _history(*runs).lines[0]
    assert (line.runs, line.left_out, line.step) == (5, {"with other threads or flags": 4}, None)


def test_threads_and_flags_that_older_files_do_not_tell_are_no_others() -> None:
    told = {"node": "here", "batchmark": {"intra_op_threads": 0, "flags": {}, "cores_quota": None}}
    assert _history(*(_run(day) for day in range(3)), _run(3, machine_info=told)).lines[0].runs == 4


def test_work_whose_tokens_an_older_file_does_not_tell_is_no_other() -> None:
    told = {"blobs": replace(WORK, tokens_per_example=32)}
    line = _history(*(_run(day) for day in range(3)), _run(3, work=told)).lines[0]
    assert (line.runs, line.left_out) == (4, {})


def test_a_history_that_falls_below_three_runs_for_other_work_is_told_and_has_no_lines() -> None:
    other = {"blobs": replace(WORK, examples=1_000)}
    history = _history(*(_run(day) for day in range(4)), _run(4, work=other))
    assert (history.lines, history.too_few) == (
        (),
        {"fit": {"of other work": 4}, "compiled": {"of other work": 4}},
    )
