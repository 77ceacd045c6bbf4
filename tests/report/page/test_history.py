"""The history on a page: what is said of it, its picture's data, and what of many runs has no part of its own."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np

from batchmark.files.brief import BriefSweep, Work
from batchmark.files.results import Passed, Results
from batchmark.files.sweep import StoredSweep
from batchmark.records import Cell
from batchmark.report.page.history import history_part
from batchmark.report.page.page import page_of
from batchmark.report.page.parts import Part
from batchmark.report.page.rendering import render_page
from batchmark.studies.stored.history import histories
from pages_made import results, sweep

START = datetime(2025, 1, 1, 2, tzinfo=UTC)


def _runs(seconds: Sequence[float], *, upgraded: int = 1_000, loops: Sequence[str] = ("fit",)) -> list[BriefSweep]:
    return [
        BriefSweep(
            name=f"nights/{day:03}.json",
            # No two runs are alike to the last digit.
            seconds_per_epoch={Cell("blobs", 32, loop): each * (1 + 1e-9 * day) for loop in loops},
            work={"blobs": Work(1, 500, None)},
            machine_info={"batchmark": {"tensorflow": "2.21.0" if day >= upgraded else "2.20.0", "keras": "3.12.0"}},
            datetime=(START + timedelta(days=day)).isoformat(),
        )
        for day, each in enumerate(seconds)
    ]


def _part(runs: Sequence[BriefSweep], parts: int = 5) -> Part:
    (found,) = histories(runs, dict.fromkeys((each.name for each in runs), "here"))
    return history_part(found, anchor="history-1", parts=parts)


NOISE = np.random.default_rng(4).normal(1.0, 0.01, 60)


def test_the_newest_run_the_largest_step_and_where_to_see_more_are_said() -> None:
    slower = [float(each) * (1.2 if day >= 40 else 1.0) for day, each in enumerate(NOISE)]
    part = _part(_runs([*slower, 1.5], upgraded=40))
    newest, more = part.lead
    assert newest.startswith("The newest run takes 25 % longer than the median of the 20 before it with its versions;")
    assert "runs usually differ from that by" in newest
    assert "and this is more." in newest
    assert "The largest lasting step: from 2025-02-10 an epoch takes" in newest
    assert "longer than before, with TensorFlow 2.21.0, Keras 3.12.0 after TensorFlow 2.20.0, Keras 3.12.0." in newest
    assert more == ("The newest 5 have parts below; to see all of another, name its file alone: batchmark report FILE.")


def test_of_nothing_that_stands_out_nothing_is_made() -> None:
    (line,) = _part(_runs([float(each) for each in NOISE]), parts=60).lead
    assert "no more." in line
    assert "step" not in line
    (few,) = _part(_runs([1.0, 1.1, 0.9]), parts=3).lead
    assert few == "The newest run has fewer than five before it with its versions."


def test_a_loop_that_newer_sweeps_lack_is_told_with_its_last_day() -> None:
    both = _runs([1.0, 1.1, 0.9, 1.05, 1.02, 1.0, 2.0], loops=("fit", "compiled"))
    alone = [replace(each, name=f"later-{each.name}") for each in _runs([1.0] * 9)[7:]]
    fit, compiled, _ = _part([*both, *alone]).lead
    assert fit.startswith("fit: the newest run takes")
    assert compiled.startswith(
        "compiled: the last run, of 2025-01-07, whose loop newer sweeps lack, takes 98 % longer than"
    )


def test_each_loop_has_a_sentence_a_line_and_a_column() -> None:
    part = _part(_runs([1.0, 1.1, 0.9, 1.0, 1.0, 1.2], loops=("fit", "compiled")), parts=6)
    assert [line.partition(":")[0] for line in part.lead] == ["fit", "compiled"]
    (figure,) = part.figures
    rows = max(figure.spec["datasets"].values(), key=len)
    assert len(rows["stored"]["at"]) == 12
    assert figure.columns["relative"] == "relative_to_median"
    (table,) = part.tables
    assert [head.title for head in table.heads] == ["stored", "fit, ÷ median", "compiled, ÷ median", "versions", "file"]
    assert table.rows[0].cells[0] == "2025-01-06 02:00"
    assert part.tags.loop == ("fit", "compiled")


def test_a_change_of_versions_is_marked() -> None:
    (figure,) = _part(_runs([1.0] * 6, upgraded=4)).figures
    marks = min(figure.spec["datasets"].values(), key=len)
    assert marks == {"stored": ["2025-01-05T02:00:00Z"], "versions": ["TensorFlow 2.21.0, Keras 3.12.0"]}
    assert [layer["mark"]["type"] for layer in figure.spec["layer"]] == ["rule", "text", "line", "point"]


def test_a_year_of_nights_has_a_point_a_week_with_its_range() -> None:
    runs = _runs([float(each) for each in np.random.default_rng(1).normal(1.0, 0.01, 365)])
    part = _part(runs)
    (figure,) = part.figures
    rows = max(figure.spec["datasets"].values(), key=len)
    assert len(rows["stored"]) == 53
    assert all(low < high for low, high in zip(rows["low"][:52], rows["high"][:52], strict=True))
    assert len(part.tables[0].rows) == 53


def _many(count: int) -> Results:
    found = results(*(sweep(day=1 + at) for at in range(count)))
    assert all(isinstance(each.content, StoredSweep) for each in found.read)
    return found


def test_a_page_has_the_history_before_the_sweeps_and_of_two_sweeps_none() -> None:
    page = page_of(_many(3))
    assert [part.title for part in page.history] == ["blobs on here, over time"]
    text = render_page(_many(3))
    assert text.index('id="history"') < text.index('id="sweeps"')
    assert page_of(_many(2)).history == []


def test_of_many_sweeps_those_without_a_part_are_counted() -> None:
    runs = tuple(replace(each, machine_info={"node": "here"}) for each in _runs([1.0] * 50))
    page = page_of(replace(results(sweep(day=2)), sweeps=runs))
    assert any(
        line.startswith("50 older sweeps have no part of their own, as there are newer ones")
        for line in page.front.problems
    )
    assert len(page.files) == 51


def test_of_many_that_can_not_be_read_the_first_are_named_and_the_number() -> None:
    bad = tuple(Passed(f"{at}.json", "it is truncated") for at in range(30))
    problems = page_of(results(sweep(), skipped=bad)).front.problems
    assert problems[0] == "30 files can't be read, and are not on this page:"
    assert problems[1] == "0.json: it is truncated"
    assert "and 10 more, which stderr has by name" in problems
    assert len(problems) == 22


def test_a_history_that_falls_below_three_runs_for_other_work_says_so() -> None:
    *runs, newest = _runs([1.0] * 5)
    part = _part([*runs, replace(newest, work={"blobs": Work(2, 500, None)})])
    assert part.lead[0] == "fit: fewer than three runs are like the newest. Left out of its sweeps: 4 of other work."
    assert (part.figures, part.tables) == ([], [])
