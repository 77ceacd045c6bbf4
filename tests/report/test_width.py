"""Every report fits a terminal of 80 columns: the agreed texts of all of them, and golden/ruler/* to the letter.

After a wanted change: REGENERATE_GOLDEN=1 pytest tests/report, then read the difference in git before committing it.
"""

from collections.abc import Callable
from pathlib import Path

import pytest

from batchmark.analysis.equivalence import EquivalenceDesign, judge
from batchmark.files.calibration import CalibratedCell, Calibration
from batchmark.measurement.protocol.answers import CallsPerEpoch
from batchmark.records import Estimate
from batchmark.report.calibration import render_calibration
from batchmark.report.overhead import render_overhead
from batchmark.report.pages_cost import render_pages_cost
from batchmark.report.power import render_power
from batchmark.report.quality import render_quality
from batchmark.report.table1 import render_table1
from batchmark.report.tables import WIDTH
from batchmark.studies.quality.study import QualityResult
from batchmark.studies.ruler.overhead import Overhead
from batchmark.studies.ruler.pages import PagesRun, Spent, summaries_of
from batchmark.studies.ruler.paper import TABLE_1
from batchmark.studies.ruler.power import evaluate, gain
from batchmark.studies.ruler.power_run import Run
from batchmark.studies.ruler.table1 import Table1, Table1Quality, Table1Row
from batchmark.workloads import find_workload
from golden import require_agreed
from synthetic import trainings_of

GOLDEN = Path(__file__).parent / "golden"
FACTS: dict[str, object] = {
    "tensorflow": "2.21.0",
    "keras": "3.15.1",
    "numpy": "2.4.6",
    "device": "CPU",
    "cores": 2,
    "load_at_start": [0.1, 0.1, 0.1],
}


def _about(value: float, by: float = 0.0012) -> Estimate:
    return Estimate(value, value - by, value + by, 0.95, 30)


def table1() -> str:
    trainings = trainings_of(range(30), [0.8] * 30, method="stacked, one function an epoch")
    quality = Table1Quality(trainings, _about(0.4421), _about(0.8283), _about(0.4404), _about(0.8291), 1)
    rows = [
        Table1Row(paper, quality, 6, _about(0.284 / paper.batch_size, 0.0001), _about(28.4 / paper.batch_size, 0.06))
        for paper in TABLE_1
    ]
    last = Table1Row(TABLE_1[-1], None, 0, None, None)
    return render_table1(Table1((*rows[:-1], last), FACTS, False, 31.2, 48.1, "interrupted by Ctrl-C"))


def quality() -> str:
    workload = find_workload("sequence-rnn")
    design = EquivalenceDesign(margin=workload.quality_margin, looks=(4,), family=2, cost=0.02)

    def result(size: int, shift: float) -> QualityResult:
        differences = [shift - 0.001, shift + 0.001, shift - 0.001, shift + 0.001]
        return QualityResult(
            workload=workload,
            batch_size=size,
            learning_rate=0.001,
            reference_learning_rate=0.01,
            fresh=judge(differences, design, 0),
            validation_difference=tuple(differences),
            quality=tuple(0.8 + difference for difference in differences),
            reference_quality=(0.8,) * 4,
        )

    return render_quality([result(32, 0.0), result(500, -0.05)])


def calibration() -> str:
    cells = tuple(
        CalibratedCell("sequence-rnn", metric, size, "fit:steps_per_execution", 0.0421, 0.012, 40, 0.021, None)
        for metric, size in (
            ("seconds_per_epoch", 32),
            ("first_epoch_seconds", 32),
            ("cost_per_example", None),
        )
    )
    return render_calibration(Calibration(cells, FACTS, 60.0, 8, 0.99, 20, 1, 0.19, ("a restart of a pair was lost",)))


def overhead() -> str:
    return render_overhead(
        Overhead(
            workload="sequence-rnn",
            batch_size=500,
            epochs=20,
            turns=300,
            ratio=Estimate(1.0004, 0.9993, 1.0017, 0.95, 20),
            identical=Estimate(0.9997, 0.9981, 1.0014, 0.95, 20),
            told=Estimate(0.9991, 0.9990, 0.9991, 0.95, 640),
            seconds_per_epoch=0.0203,
            seconds_per_round=3.4e-6,
            calls_per_epoch=CallsPerEpoch(3681, 3737),
            facts=FACTS,
            stopped="interrupted by Ctrl-C",
        )
    )


def power() -> str:
    shares = {32: 0.0, 64: 0.01, 128: 0.04}

    def run(scatter: float) -> Run:
        effects = {
            size: tuple(share + scatter * turn for turn in (-2, -1, 0, 0, 1, 2)) for size, share in shares.items()
        }
        same: dict[int, tuple[float, ...]] = dict.fromkeys(shares, (0.0421,) * 6)
        errors: dict[int, tuple[float, ...]] = dict.fromkeys(shares, (scatter,) * 6)
        return Run(shares, 60.0, (4, 6), effects, errors, same, same, 61.0, 0.98)

    runs = [run(0.001), run(0.02)]
    return render_power(runs, evaluate(runs), gain(runs), tolerance=0.01)


def pages() -> str:
    spent = Spent(2.0, 1.5, 300 << 20)
    runs = [
        PagesRun(1_000, 28_000, 10, 240 << 20, Spent(seconds, 9.0, 310 << 20), 2_000_000, spent, 0.5)
        for seconds in (9.0, 11.0, 10.0)
    ]
    return render_pages_cost(
        summaries_of([*runs, PagesRun(10_000, 280_000, 10, 2400 << 20, spent, 2_500_000, spent, 0.5)])
    )


CASES: dict[str, Callable[[], str]] = {
    "table1": table1,
    "quality": quality,
    "calibration": calibration,
    "overhead": overhead,
    "power": power,
    "pages": pages,
}


@pytest.mark.parametrize("name", CASES)
def test_a_report_on_the_ruler_is_what_was_agreed(name: str) -> None:
    path = GOLDEN / "ruler" / f"{name}.txt"
    text = CASES[name]() + "\n"
    require_agreed(text, path)


def test_every_agreed_report_on_the_ruler_has_its_case() -> None:
    assert {path.stem for path in (GOLDEN / "ruler").iterdir()} == set(CASES)


@pytest.mark.parametrize("path", sorted(GOLDEN.rglob("*.txt")), ids=lambda path: str(path.relative_to(GOLDEN)))
def test_no_line_of_a_report_is_wider_than_80_characters(path: Path) -> None:
    wider = [line for line in path.read_text(encoding="utf-8").splitlines() if len(line) > WIDTH]
    assert not wider


def test_there_are_agreed_texts_of_every_kind_of_report() -> None:
    assert {path.name for path in GOLDEN.iterdir() if path.is_dir()} == {
        "across",
        "bisection",
        "claims",
        "comparison",
        "largest",
        "night",
        "questions",
        "releases",
        "ruler",
    }
