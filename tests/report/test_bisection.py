"""A bisection as text: its steps, and the answer or what is missing for one."""

from pathlib import Path

import pytest

from batchmark.errors import BatchmarkError
from batchmark.report.bisection import render_bisection
from bisected import Releases, bisected
from golden import require_agreed

STEP = {"1.0": 1.0, "2.0": 1.0, "3.0": 1.0, "4.0": 1.3, "5.0": 1.33}
SMALL_STEPS = {"1.0": 1.0, "2.0": 1.007, "3.0": 1.014, "4.0": 1.021, "5.0": 1.028}


def _packages(version: str) -> dict[str, str]:
    return {"frame": version, "numbers": "2.1" if version >= "4.0" else "2.0"}


CASES = {
    "found": Releases(STEP, wide={"3.0": 2}, packages=_packages),
    "not_told": Releases(STEP, wide={"4.0": 99}, happens={"2.0": BatchmarkError("nothing on the index fits it")}),
    "in_parts": Releases(SMALL_STEPS),
    "unchanged": Releases(dict.fromkeys(STEP, 1.0)),
    "faster": Releases({**STEP, "5.0": 0.8}),
    "ends_inconclusive": Releases({**STEP, "5.0": 1.01}),
    "stopped": Releases(STEP, happens={"4.0": KeyboardInterrupt()}),
}


@pytest.mark.parametrize("name", CASES)
def test_the_report_is_as_agreed(name: str) -> None:
    text = render_bisection(bisected(CASES[name]))
    require_agreed(f"{text}\n", Path(__file__).parent / "golden" / "bisection" / f"{name}.txt")


@pytest.mark.parametrize("name", CASES)
def test_no_line_is_wider_than_a_terminal(name: str) -> None:
    assert max(map(len, render_bisection(bisected(CASES[name])).splitlines())) <= 80
