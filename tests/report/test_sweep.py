"""The summary as text, compared to the letter with golden/*.txt.

After a wanted change: REGENERATE_GOLDEN=1 pytest tests/report, then read the difference in git before committing it.
"""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from batchmark.files.sweep import StoredSweep
from batchmark.records import CellRecord, Status
from batchmark.report.sweep import render_stored_sweep, render_sweep
from batchmark.studies.sweep.summary import summarise
from golden import require_agreed
from synthetic import COST, EXAMPLES, GRID, OVERHEAD, record_of, steps_of

GOLDEN = Path(__file__).parent / "golden"


def jitter(batch_size: int, turn: int, loop: str) -> float:
    """Return a number in -0.5 to 0.5 that looks random and is the same with every version of numpy."""
    return (batch_size * 7919 + turn * 104_729 + len(loop) * turn * 977 + batch_size * turn * 31) % 1009 / 1008 - 0.5


def measured(
    *,
    sizes: Sequence[int] = GRID,
    turns: int = 12,
    noise: float = 0.02,
    effects: Mapping[int, float] | None = None,
    unit: float = 1.0,
    loop: str = "fit",
    **fields: object,
) -> list[CellRecord]:
    """Return a sweep on the curve, times `unit`, two rounds a turn."""
    records = []
    for size in sizes:
        epoch = unit * (OVERHEAD * steps_of(size) + COST * EXAMPLES) * (effects or {}).get(size, 1.0)
        by_turn = [
            [epoch * (1 + noise * jitter(size, 2 * turn + half, loop)) for half in (0, 1)] for turn in range(turns)
        ]
        records.append(record_of(size, by_turn, loop=loop, **fields))
    return records


def with_endings(records: list[CellRecord]) -> list[CellRecord]:
    """Return `records` with one failed, one diverged after a turn, and a warning on two of them."""
    failed: dict[str, object] = {
        "status": Status.FAILED,
        "seconds_per_round": (),
        "examples": 0,
        "steps_per_epoch": 0,
        "first_epoch_seconds": math.nan,
        "warnings": ("out of memory\nwhile allocating",),
    }
    diverged: dict[str, object] = {
        "status": Status.DIVERGED,
        "warnings": ("the loss stopped being finite at learning rate 0.01",),
    }
    warned: dict[str, object] = {"warnings": ("the first epoch compiled twice",)}
    changes: dict[int, dict[str, object]] = {1: failed, 2: diverged, 4: warned, 8: warned}
    return [
        replace(record, **changes.get(record.cell.batch_size, {}))  # type: ignore[arg-type]
        for record in records
    ]


def two_loops() -> list[CellRecord]:
    trial = {"graph": 1.2e-3, "xla": 8e-4}
    compiled = measured(
        loop="compiled", compilation="xla", compilation_trial=trial, unit=0.02, effects={64: 0.93, 128: 0.96}
    )
    return [*measured(effects={1: 1.3}), *with_endings(compiled)]


def slower_and_faster() -> list[CellRecord]:
    return measured(noise=0.01, effects={32: 1.05, 64: 0.95})


def interrupted() -> list[CellRecord]:
    return [
        replace(record, status=Status.INTERRUPTED, warnings=("interrupted by Ctrl-C",))
        for record in measured(turns=3, sizes=(16, 31, 32, 33, 500))
    ]


def memory_and_waiting() -> list[CellRecord]:
    """Return a language model's sweep: one cell without a peak, and one without a share."""
    records = measured(sizes=(8, 16, 31, 32, 33, 64, 100), tokens_per_example=64)
    return [
        replace(
            record,
            waiting_share=None if record.cell.batch_size == 100 else 0.4 - record.cell.batch_size / 200,
            peak_host_bytes=None
            if record.cell.batch_size == 33
            else round((512 + 0.75 * record.cell.batch_size + jitter(record.cell.batch_size, 0, "fit")) * 2**20),
        )
        for record in records
    ]


CASES: dict[str, Callable[[], list[CellRecord]]] = {
    "two_loops": two_loops,
    "slower_and_faster": slower_and_faster,
    "quiet": lambda: measured(noise=0.004, turns=20, sizes=(31, 32, 33, 63, 64, 65, 256, 500)),
    "interrupted": interrupted,
    "without_neighbours": lambda: measured(sizes=(100, 500), turns=6),
    "memory_and_waiting": memory_and_waiting,
    "nothing": lambda: with_endings(measured(sizes=(1, 2))),
}


@pytest.mark.parametrize("name", CASES)
def test_the_summary_reads_as_it_was_agreed(name: str) -> None:
    text = render_sweep(summarise(CASES[name]())) + "\n"
    golden = GOLDEN / f"{name}.txt"
    require_agreed(text, golden)


def test_every_agreed_text_has_its_case() -> None:
    assert {path.stem for path in GOLDEN.glob("*.txt")} == set(CASES)


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("width", [80, 100, 140])
def test_no_line_is_wider_than_asked_none_ends_in_blanks_and_nothing_is_cut_off(name: str, width: int) -> None:
    text = render_sweep(summarise(CASES[name]()), width=width)
    for line in text.splitlines():
        assert len(line) <= width
        assert line == line.rstrip()
    assert "…" not in text
    assert not re.search(r"\x1b|nan|None|inf\b", text)


def test_the_widest_numbers_there_are_fit_in_80_columns() -> None:
    sizes = (1, 16_384, 99_999, 100_000)
    slow = [record_of(size, [[9999.4 + turn] for turn in range(12)], examples=1_500_000) for size in sizes]
    fast = [
        record_of(size, [[9.96 + turn / 10] for turn in range(12)], loop="compiled", examples=1_500_000)
        for size in sizes
    ]
    text = render_sweep(summarise([*slow, *fast]))
    assert "…" not in text
    assert max(map(len, text.splitlines())) <= 80


def test_the_answer_comes_first_and_then_where_it_was_measured() -> None:
    lines = render_sweep(summarise(slower_and_faster()), where=["on a machine"]).splitlines()
    assert lines[:5] == [
        "blobs, fit: fastest 500 (250,123 examples/s), knee 500.",
        "  Powers of two are faster at 64 by 4.8 %, slower at 32 by 5.0 %.",
        "  Batch size 1 costs 251 times [250, 251] as much as 500.",
        "",
        "on a machine",
    ]


def test_wide_has_the_columns_that_80_characters_have_no_room_for_and_no_note_on_them() -> None:
    summaries = summarise(memory_and_waiting())
    narrow, wide = render_sweep(summaries), render_sweep(summaries, wide=True)
    note = narrow.splitlines()[-1]
    assert note == "More columns by --wide: steps, per step, first epoch, compile, its neighbours."
    assert "More columns" not in wide
    assert "compile" in wide
    assert "31, 33" in wide
    assert "31, 33" not in narrow


def test_nothing_is_said_of_what_the_grid_cannot_have() -> None:
    text = render_sweep(summarise(measured(sizes=(100, 500), turns=6)))
    assert "owers of two" not in text
    assert "urve" not in text
    only_one = render_sweep(summarise(measured(sizes=(100,))))
    assert only_one.splitlines()[0] == "blobs, fit: batch size 100, 83,317 examples/s."
    assert "Knee" not in only_one


def test_a_value_in_the_table_is_in_line_with_its_column() -> None:
    lines = render_sweep(summarise(two_loops())).splitlines()
    start = next(index for index, line in enumerate(lines) if line.startswith("───"))
    rows = lines[start + 1 : start + 1 + len(GRID)]
    assert len({row.index("]") for row in rows}) == 1
    assert len({len(row) for row in rows}) == 1


def test_a_stored_sweep_says_when_and_where_it_was_measured() -> None:
    records = tuple(measured(sizes=(100, 500), turns=6))
    facts = {"tensorflow": "2.15.1", "keras": "2.15.0", "numpy": "1.26.4", "cores": 2}
    stored = StoredSweep(records, {"batchmark": facts}, "2025-01-02T03:04:05")
    lines = render_stored_sweep(stored, summarise(records)).splitlines()
    whole = render_sweep(summarise(records)).splitlines()
    assert lines[:3] == whole[:3]
    assert lines[3] == "stored 2025-01-02T03:04:05"
    assert "TensorFlow 2.15.1" in lines[4]
    assert lines[5] == "  threads"
    assert lines[6:] == whole[3:]


def test_a_stored_sweep_without_our_facts_is_still_shown() -> None:
    records = tuple(measured(sizes=(100, 500), turns=6))
    text = render_stored_sweep(StoredSweep(records, {}, "today"), summarise(records))
    assert text == render_sweep(summarise(records), where=["stored today"])
