"""What stored sweeps cost: the files that are made up, what is run over them, and what is told of it."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from batchmark.errors import BatchmarkError
from batchmark.files.brief import brief_of, read_brief
from batchmark.files.sweep import read_sweep
from batchmark.progress import silent
from batchmark.studies.ruler.made_runs import Made, make_runs
from batchmark.studies.ruler.pages import PagesRun, Spent, run_pages_once, summaries_of

MADE = Made(sweeps=6, machines=2, sizes=(32, 64), rounds=3)


def test_made_sweeps_are_such_as_are_stored_and_the_same_each_time(tmp_path: Path) -> None:
    paths = make_runs(MADE, tmp_path / "one")
    assert [path.read_bytes() for path in paths] == [path.read_bytes() for path in make_runs(MADE, tmp_path / "two")]
    whole = [read_sweep(path) for path in paths]
    assert sum(len(sweep.records) for sweep in whole) == MADE.cells == 24
    assert {len(record.rounds) for sweep in whole for record in sweep.records} == {3}
    assert [sweep.datetime for sweep in whole] == sorted(sweep.datetime for sweep in whole)
    assert len({str(sweep.machine_info["node"]) for sweep in whole}) == 2
    assert len({sweep.records[0].rounds for sweep in whole}) == 6
    for path, sweep in zip(paths, whole, strict=True):
        assert read_brief(path.read_bytes(), str(path)) == brief_of(sweep, str(path))


SPENT = Spent(2.0, 1.5, 300 << 20)


def test_all_are_reported_and_the_newest_is_judged_against_the_others() -> None:
    asked: list[list[str]] = []

    def run(arguments: Sequence[str]) -> tuple[int, Spent]:
        verb, *rest = arguments
        asked.append([verb, *(Path(each).name for each in rest if not each.startswith("--"))])
        if verb == "report":
            assert len(list(Path(rest[0]).rglob("*.json"))) == 6
            Path(rest[-1]).write_text("page")
        else:
            assert len(list(Path(rest[1]).rglob("*.json"))) == 5
        return 0 if verb == "report" else 3, SPENT

    found = run_pages_once(MADE, progress=silent, run=run)
    assert asked == [["report", "stored", "page.html"], ["gate", "stored", "candidate.json"]]
    assert (found.report, found.gate, found.page_bytes, found.sweeps, found.cells) == (SPENT, SPENT, 4, 6, 24)


def test_what_fails_is_no_measurement() -> None:
    with pytest.raises(
        BatchmarkError, match="batchmark report ended with exit code 2; type the same to see why: report"
    ):
        run_pages_once(MADE, progress=silent, run=lambda _: (2, SPENT))


def test_a_line_for_each_size_with_the_medians_of_its_runs() -> None:
    runs = [
        PagesRun(1_000, 28_000, 10, 240 << 20, replace(SPENT, seconds=seconds), 2_000_000, SPENT, 0.5)
        for seconds in (9.0, 11.0, 10.0)
    ]
    runs.append(PagesRun(10_000, 280_000, 10, 2400 << 20, SPENT, 2_500_000, SPENT, 0.5))
    assert [(each.sweeps, each.runs, each.report_seconds) for each in summaries_of(runs)] == [
        (1_000, 3, 10.0),
        (10_000, 1, 2.0),
    ]
