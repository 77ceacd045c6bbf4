"""Runs of planted slow-downs in a file: kept a line each, and read back or refused."""

import json
import math
from dataclasses import replace
from pathlib import Path

import pytest

from batchmark.errors import StoredFileError
from batchmark.studies.ruler.power_file import append_run, read_runs
from batchmark.studies.ruler.power_run import Run
from batchmark.workloads.slowed import SlowEpochs

EFFECTS = (0.01, 0.02, 0.03, 0.01, 0.02, 0.03)
RUN = Run({8: 0.02}, 60.0, (4, 6), {8: EFFECTS}, {8: (0.001,) * 6}, {8: (1.0,) * 6}, {8: (1.1,) * 6}, 60.0, 0.99)
MEASURED = Path(__file__).parents[3] / "docs" / "measured" / "power.jsonl"


def test_runs_are_kept_a_line_each_and_read_back(tmp_path: Path) -> None:
    path = tmp_path / "runs"
    assert read_runs(path) == ()
    runs = (RUN, replace(RUN, spent_seconds=59.0))
    for run in runs:
        append_run(run, path)
    assert path.read_bytes().count(b"\n") == len(runs)
    assert read_runs(path) == runs


def test_visits_and_slow_epochs_are_kept_and_read_back(tmp_path: Path) -> None:
    path = tmp_path / "runs"
    turn = ((0, 1000, 1001), (3, 1002, 1003))
    run = replace(RUN, slow_epochs={8: SlowEpochs(5, 1.4)}, visits={8: (((turn, turn), (turn,)),) * 6})
    append_run(run, path)
    assert read_runs(path) == (run,)


def test_a_restart_that_tells_no_error_is_kept_and_read_back(tmp_path: Path) -> None:
    path = tmp_path / "runs"
    append_run(replace(RUN, errors={8: (*RUN.errors[8][1:], math.nan)}), path)
    append_run(RUN, path)
    without, whole = read_runs(path)
    assert math.isnan(without.errors[8][-1])
    assert without.errors[8][:-1] == RUN.errors[8][1:]
    # It counts as the median one, and all are alike.
    assert without.found(8) == pytest.approx(whole.found(8))


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("{}\n", "runs: line 1 is damaged: Object missing required field `shares`; restore the file, or name another"),
        ("half a r", "runs holds no runs of batchmark ruler power (Expecting value: "),
        ("[" * 100_000, "runs holds no runs of batchmark ruler power ("),
        (
            "[]\n",
            "runs: line 1 is JSON, but not a run of batchmark ruler power; batchmark ruler power --jsonl FILE adds one",
        ),
        ('{"batchmark_power": 2}\n', "runs: line 1 has batchmark_power 2 and this version of batchmark reads 1; "),
    ],
)
def test_a_file_of_something_else_is_refused_in_one_line(tmp_path: Path, text: str, complaint: str) -> None:
    path = tmp_path / "runs"
    path.write_text(text)
    with pytest.raises(StoredFileError) as refused:
        read_runs(path)
    assert complaint in str(refused.value)
    assert "\n" not in str(refused.value)


def test_the_runs_that_the_documentation_tells_of_are_read_as_they_were_measured() -> None:
    """They were written before a line had a version."""
    lines = [json.loads(line) for line in MEASURED.read_text().splitlines()]
    runs = read_runs(MEASURED)
    assert len(runs) == len(lines)
    for line, run in zip(lines, runs, strict=True):
        assert line.keys() <= run.__dataclass_fields__.keys()
        assert line["effects"] == {str(size): list(effects) for size, effects in run.effects.items()}
        assert line["errors"] == {
            str(size): [None if math.isnan(error) else error for error in errors] for size, errors in run.errors.items()
        }
        assert (line["budget_seconds"], line["in_epochs"]) == (run.budget_seconds, run.in_epochs)
