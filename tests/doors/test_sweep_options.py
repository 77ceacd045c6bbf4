"""Each choice is declared once: pytest's options, pyproject.toml's keys and the old names come from the same table."""

import dataclasses

import pytest

from batchmark.doors.sweep_options import OLD_NAMES, OPTIONS, in_pytest
from batchmark.doors.sweep_settings import SweepSettings
from batchmark.loops import LOOPS
from batchmark.measurement.plan import Plan
from batchmark.workloads import built_in_workloads
from batchmark.written.durations import format_seconds


def test_every_option_of_pytest_begins_with_our_prefix() -> None:
    for option in OPTIONS:
        assert all(name.startswith("--batchmark-") for name in (*option.pytest_names, *option.pytest_names_of_no))
        assert option.dest.startswith("batchmark_")


def test_the_options_are_the_settings() -> None:
    assert [option.field for option in OPTIONS] == [field.name for field in dataclasses.fields(SweepSettings)]


def test_the_defaults_that_help_repeats_in_words_are_those_that_hold() -> None:
    told = {option.field: option.help for option in OPTIONS}
    holds = SweepSettings()
    for field in ("turns", "seed", "learning_rate", "seeds", "max_seeds"):
        assert told[field].endswith(f" Default: {getattr(holds, field)}.")
    assert told["first_epoch_limit"].endswith(f" Default: {format_seconds(holds.first_epoch_limit)}.")
    assert f"at least {Plan.minimum_turns} " in told["budget"]
    assert all(name in told["workload"] for name in built_in_workloads())
    assert all(name in told["loop"] for name in LOOPS)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("use --turns with a whole number", "use --batchmark-turns with a whole number"),
        ("(--turns, and --budget where", "(--batchmark-turns, and --batchmark-budget where"),
        ("2 <= --seeds <= --max-seeds", "2 <= --batchmark-seeds <= --batchmark-max-seeds"),
        ("--sweep-seed 3", "--batchmark-seed 3"),
        ("More columns by --wide: steps.", "More columns by --batchmark-wide: steps."),
        ("--seed 3", "--batchmark-seed 3"),
        ("No --memory-limit, and --batchmark-memory", "No --memory-limit, and --batchmark-memory"),
        ("turns and budget", "turns and budget"),
    ],
)
def test_what_names_an_option_names_it_as_pytest_does(text: str, named: str) -> None:
    assert in_pytest(text) == named


def test_each_old_name_has_a_new_one() -> None:
    old = "workload batch-sizes loop turns budget first-epoch-limit memory sweep-seed learning-rate seeds max-seeds"
    assert set(OLD_NAMES) == {f"--{name}" for name in old.split()}
