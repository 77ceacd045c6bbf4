"""What a night tells, to the letter of golden/night/*.

After a wanted change: REGENERATE_GOLDEN=1 pytest tests/report, then read the difference in git before committing it.
"""

import os
from pathlib import Path

import pytest

from batchmark.comparison import Comparison
from batchmark.report.markdown import MOST_CHARACTERS
from batchmark.report.night import render_night, render_night_as_markdown
from batchmark.studies.nights.confirmation import Confirmation, confirm
from batchmark.studies.nights.issue import CONFIRMED, QUIET
from compared import cell_of
from compared_twice import epochs_of, run_of

GOLDEN = Path(__file__).parent / "golden" / "night"
QUALITY = cell_of(-0.05, metric="quality", tolerance=0.01, rounds=20)
FIRST = run_of(*epochs_of({32: 1.05, 64: 1.05, 128: 1.0}), *epochs_of({32: 1.04}, loop="compiled"), QUALITY)
QUIET_FIRST = run_of(*epochs_of({32: 1.0, 64: 1.0}))
UNSETTLED = run_of(*epochs_of({32: 1.0}), cell_of(1.01, batch_size=64, needed="about 12 restarts"))


def _again(*effects: float, stopped: str | None = None) -> Comparison:
    cells = epochs_of(dict(zip((32, 64, 128), effects, strict=False)))
    return run_of(*cells, *epochs_of({32: 1.04}, loop="compiled"), QUALITY, load=0.2, stopped=stopped)


CASES: dict[str, tuple[Comparison, Confirmation | None]] = {
    "confirmed": (FIRST, confirm(FIRST, _again(1.06, 1.0, 1.05))),
    "refuted": (FIRST, confirm(FIRST, run_of(*epochs_of({32: 1.0, 64: 1.01}), load=0.2, stopped="Ctrl-C"))),
    "quiet": (QUIET_FIRST, None),
    "inconclusive": (UNSETTLED, None),
}


@pytest.mark.parametrize("name", CASES)
def test_a_night_is_told_to_the_letter(name: str) -> None:
    first, confirmation = CASES[name]
    told = {
        ".txt": render_night(first, confirmation) + "\n",
        ".md": render_night_as_markdown(first, confirmation, run="https://github.com/owner/name/actions/runs/7"),
    }
    for ending, text in told.items():
        path = GOLDEN / f"{name}{ending}"
        if os.environ.get("REGENERATE_GOLDEN"):
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
        assert text == path.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "marker"), [("confirmed", CONFIRMED), ("refuted", QUIET), ("quiet", QUIET), ("inconclusive", QUIET)]
)
def test_only_a_confirmed_regression_is_marked_as_one(name: str, marker: str) -> None:
    assert render_night_as_markdown(*CASES[name]).splitlines()[0] == marker


def test_without_an_address_none_is_made_up() -> None:
    assert "From " not in render_night_as_markdown(*CASES["confirmed"])


@pytest.mark.parametrize("cells", [80, 3000])
def test_github_takes_the_text_however_much_regressed(cells: int) -> None:
    many = epochs_of(dict.fromkeys(range(1, cells + 1), 1.05))
    text = render_night_as_markdown(run_of(*many), confirm(run_of(*many), run_of(*many, load=0.2)))
    assert len(text) <= MOST_CHARACTERS
    assert f"and {cells - 60} more; the JSON files hold them." in text
    assert f"{cells} regressions confirmed by a second run" in text


def test_what_would_make_it_too_long_is_cut_to_the_worst() -> None:
    long = [cell_of(1.05, width=1.004, batch_size=size, workload="w" * 2000) for size in range(1, 41)]
    text = render_night_as_markdown(run_of(*long), confirm(run_of(*long), run_of(*long, load=0.2)))
    assert len(text) <= MOST_CHARACTERS
    assert "and 35 more; the JSON files hold them." in text


def test_a_name_can_neither_break_the_table_nor_notify_anybody() -> None:
    evil = [cell_of(1.05, width=1.004, workload="a|b @all <img> [x](y)")]
    text = render_night_as_markdown(run_of(*evil), confirm(run_of(*evil), run_of(*evil, load=0.2)))
    (row,) = [line for line in text.splitlines() if "seconds_per_epoch" in line and line.startswith("|")]
    assert row.count("|") == 11
    for sign in ("@", "<", "["):
        assert sign not in row.split("|")[1]
