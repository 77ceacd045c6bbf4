"""A metric is one file and one line: a toy one is added to the table, and every verb has it without another change."""

import ast
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

import batchmark
from batchmark.comparison import Policy
from batchmark.doors.command_line import main
from batchmark.files.comparison import comparison_as_json, read_comparison
from batchmark.files.policy import parse_noise, parse_tolerance
from batchmark.files.sweep import to_extra_info
from batchmark.measurement.bench import Bench
from batchmark.measurement.protocol.answers import Burst, Opened
from batchmark.metrics import table
from batchmark.progress import silent
from batchmark.records import Cell, CellRecord
from batchmark.report.comparison import render_comparison
from batchmark.report.comparison_junit import render_comparison_as_junit
from batchmark.report.comparison_markdown import render_comparison_as_markdown
from batchmark.report.releases import render_history_as_markdown
from batchmark.studies.live.plan import Asked, UpgradePlan
from batchmark.studies.live.upgrade import run_upgrade
from batchmark.studies.releases.history import compare_releases
from batchmark.studies.releases.samples import measurements_of
from batchmark.studies.releases.session import ReleaseSession, Tracked
from batchmark.timeline.history import Commit
from batchmark.timeline.series import every_series
from batchmark.training.boundary import EpochBoundaries
from batchmark.workloads import Description
from compared import sweep_stored, write_sweep
from simulated_sides import SimulatedSides
from synthetic import gaussian, sweep_of
from toy_metric import METRIC as TOY

SIZES = (32, 64, 128)
DESCRIPTION = Description(name="mine", examples=500, quality_metric="", epochs=4)

# What names a single metric, because its rule is about that one and no other.
NAMED = {
    "doors/upgrade.py": "a margin of 0 on quality is refused before anything is trained",
    "files/sweep.py": "a key of the stored form that is called as the record's own field",
    "report/page/releases.py": "what a picture's values are called where they are saved",
    "report/page/sweeps.py": "what a picture's values are called where they are saved",
    "report/compared_cells.py": "how many rounds and restarts there were is told of the epochs",
    "doors/bisect.py": "which release made the seconds of an epoch grow",
    "studies/bisection/record.py": "which release made the seconds of an epoch grow",
    "studies/live/calibration.py": "false alarms are counted among identical seconds per epoch",
    "studies/live/explained.py": "what is explained is why the seconds of an epoch grew",
    "studies/live/plan.py": "the margin on quality is the workload's",
    "studies/live/quality.py": "the study of quality",
    "studies/live/upgrade.py": "a workload without a margin on quality is told",
    "studies/questions/choosing.py": "energy to the target is told of the joules of an epoch",
    "studies/ruler/counting.py": "planted function calls are found in the calls of an epoch",
    "studies/ruler/power_run.py": "planted slow-downs are found in the seconds per epoch",
    "training/counting/work.py": "each is counted in a way of its own",
}
# No metric, but the word.
THE_WORD_QUALITY = {
    "doors/laboratory_options.py",
    "doors/quality.py",
    "report/quality.py",
    "report/quality_across.py",
    "studies/questions/stored.py",
    "studies/live/times.py",
    "training/stacked_proof.py",
}


@pytest.fixture(autouse=True)
def _with_the_toy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table, "METRICS", (*table.METRICS, TOY))


def _ringing(record: CellRecord, times: float = 1.0) -> CellRecord:
    """Return a record whose rounds have rung the bell, as a worker's instrument would have shown."""
    rings = tuple(tuple(100.0 * times + index for index, _ in enumerate(turn)) for turn in record.seconds_per_round)
    return replace(record, instruments={TOY.name: rings})


def _stored(path: Path, *, seed: int, times: float = 1.0) -> str:
    swept = sweep_of(np.random.default_rng(seed), noise=gaussian(0.02), sizes=SIZES)
    write_sweep(path, sweep_stored([_ringing(record, times) for record in swept], day=seed))
    return str(path)


def test_its_rounds_travel_from_a_boundary_to_what_a_sweep_stores() -> None:
    boundaries = EpochBoundaries()
    for _ in range(4):
        boundaries.mark({"loss": 1.0})
    bench = Bench(Cell("blobs", 32, "fit"), seed=0, opened=Opened(1, 500, "fit", 1.0, 0.1, 0.01, diverged=False))
    bench.add(0, 3, Burst(boundaries.rounds(), diverged=False, instruments=boundaries.instruments()))
    stored = json.loads(json.dumps(to_extra_info(bench.record(None))))
    (rings,) = stored["instruments"][TOY.name]
    # The bell has rung n² times: what lies between two boundaries grows by 2 from round to round.
    assert [later - earlier for earlier, later in pairwise(rings)] == [2.0, 2.0]
    assert len(rings) == len(stored["seconds_per_round"][0]) == 3
    assert stored[TOY.name] == rings[1], "the median, for other programs that read the file"


def test_a_gate_reports_it_and_judges_it_where_a_tolerance_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "pyproject.toml").write_text("")
    monkeypatch.chdir(tmp_path)
    sides = ["--baseline", _stored(tmp_path / "a.json", seed=1), "--candidate"]
    sides.append(_stored(tmp_path / "b.json", seed=2, times=3.0))
    reported = CliRunner().invoke(main, ["gate", *sides])
    assert f"{TOY.name}, not judged" in reported.output
    found = ["--json", "j", "--markdown", "m", "--junit", "x"]
    judged = CliRunner().invoke(main, ["gate", *sides, "--tolerance", f"{TOY.name}=5%", *found])
    assert judged.exit_code == 1, judged.output
    assert f"{TOY.name}, judged against ±5 %" in judged.output
    assert f"{TOY.name} 10 %" in " ".join(judged.output.split()), "the noise that is assumed"
    for file in found[1::2]:
        assert TOY.name in Path(file).read_text(encoding="utf-8")
    (cell, *_) = [cell for cell in read_comparison("j").cells if cell.metric == TOY.name]
    assert cell.effect == pytest.approx(3.0)


def test_an_upgrade_reports_it_and_judges_it_where_a_tolerance_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def change(_number: int, side: str, record: CellRecord) -> CellRecord:
        return _ringing(record, 3.0 if side == "candidate" else 1.0)

    for tolerance, counts in ((None, False), (0.05, True)):
        monkeypatch.setattr("batchmark.studies.live.times.run_sides", SimulatedSides(change=change))
        policy = Policy({**table.default_tolerances(), TOY.name: tolerance})
        plan = UpgradePlan(policy, memory=False, counters=False, explain=False, quality=False)
        asked = Asked(DESCRIPTION, tuple(Cell("mine", size, "fit") for size in SIZES))
        sides: Any = {"baseline": None, "candidate": None}
        compared = run_upgrade(sides, [asked], plan, progress=silent)
        own = [cell for cell in compared.cells if cell.metric == TOY.name]
        assert [(cell.batch_size, cell.counts) for cell in own] == [
            (size, counts) for size in (*SIZES, *((None,) if counts else ()))
        ]
        assert all(cell.effect == pytest.approx(3.0) for cell in own)
        assert asked.judgements(plan) == len(SIZES) * (2 if counts else 1)
        for render in (render_comparison, render_comparison_as_markdown, comparison_as_json):
            assert TOY.name in render(compared)
        assert (f"{TOY.name}[32]" in render_comparison_as_junit(compared)) is counts


def test_releases_track_it_and_report_it_without_a_verdict() -> None:
    assert f"track_{TOY.name}" in {each.method for each in every_series()}
    tracked = Tracked("mine", batch_sizes="32,64,128", loops=("fit",), turns=12)
    releases = [Commit(f"{number:040x}", f"v{number}", f"Frame {number}", "2025-01-01") for number in range(3)]
    measured = {
        release.commit: measurements_of(
            tracked, DESCRIPTION, [_session(seed, times=1.0 + number) for seed in range(100, 103)]
        )
        for number, release in enumerate(releases)
    }
    step = compare_releases("main", releases, measured).steps[0]
    (reported,) = [effect for effect in step.reported if effect.metric == TOY.name]
    assert reported.ratio.value == pytest.approx(2.0)
    assert TOY.name not in {effect.metric for effect in step.effects}
    text = render_history_as_markdown(compare_releases("main", releases, measured))
    assert f"{TOY.label}, all sizes" in text


def _session(seed: int, *, times: float) -> ReleaseSession:
    records = sweep_of(np.random.default_rng(seed), noise=gaussian(0.02), sizes=SIZES)
    return ReleaseSession(seed, records=tuple(_ringing(record, times) for record in records))


def test_a_policy_and_the_options_know_its_name() -> None:
    assert parse_tolerance(f"{TOY.name}=2%").tolerances == {TOY.name: 0.02}
    assert parse_noise(f"{TOY.name}=2%").noise == {TOY.name: 0.02}


@pytest.mark.parametrize("verb", ["gate", "upgrade"])
def test_help_names_it(verb: str) -> None:
    """Help is made when the door is imported."""
    program = (
        "from batchmark.metrics import table; from toy_metric import METRIC; table.METRICS += (METRIC,); "
        f"from click.testing import CliRunner; from batchmark.doors.command_line import main; "
        f"print(CliRunner().invoke(main, [{verb!r}, '--help']).output)"
    )
    path = str(Path(__file__).parent.parent)
    printed = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path.append({path!r}); {program}"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert TOY.name in printed


def test_nothing_but_its_file_and_what_is_about_it_alone_names_a_metric() -> None:
    names = set(table.names())
    root = Path(batchmark.__file__).parent
    found = {
        path.relative_to(root).as_posix()
        for path in root.rglob("*.py")
        if "metrics" not in path.relative_to(root).parts and any(_named_in(path, names))
    }
    assert found - THE_WORD_QUALITY == NAMED.keys()


def _named_in(path: Path, names: set[str]) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        match node:
            case ast.Constant(value=str(text)) if text in names:
                yield text
            case ast.ImportFrom(module=str(module)) if module.startswith("batchmark.metrics."):
                yield from names & {module.rpartition(".")[2]}
            case ast.ImportFrom(module="batchmark.metrics", names=imported):
                yield from names & {each.name for each in imported}
            case _:
                pass
