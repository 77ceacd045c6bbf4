"""Releases compared, as text and as Markdown, to the letter of golden/releases/*.

After a wanted change: REGENERATE_GOLDEN=1 pytest tests/report, then read the difference in git before committing it.
"""

import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from batchmark.analysis.verdict import judge_ratio
from batchmark.comparison import Verdict
from batchmark.records import Estimate
from batchmark.report.releases import render_history, render_history_as_markdown
from batchmark.studies.releases.history import (
    ALL_SIZES,
    Effect,
    LineHistory,
    MemoryChange,
    Step,
    SuiteNoise,
)
from batchmark.studies.releases.quality import QualityChange
from batchmark.timeline.history import Commit
from golden import require_agreed

MIB = 1 << 20
GOLDEN = Path(__file__).parent / "golden" / "releases"
RELEASES = tuple(
    Commit(f"{number}" * 40, f"v2.{number}.0", f"TensorFlow 2.{number}.0", f"2025-0{number}-01")
    for number in range(1, 5)
)
MACHINE = {"matrix product": 0.031, "Python loop": 0.12}


def _effect(loop: str, what: str, size: int | None, value: float, width: float | None) -> Effect:
    ratio = Estimate(value, None if width is None else value / width, None if width is None else value * width, 0.99, 3)
    seconds = 0.045 if size is None else 1.4 / size
    verdict = judge_ratio(ratio, tolerance=0.02)
    return Effect("Blobs", loop, what, size, seconds, seconds * value, ratio, verdict, "seconds_per_epoch")


def _step(now: int, slower: float = 1.0, width: float | None = 1.012, *caveats: str) -> Step:
    effects = [
        each
        for loop, factor in (("fit", slower), ("compiled", 1.0))
        for each in (
            _effect(loop, ALL_SIZES, None, 1.001 * factor, width),
            _effect(loop, "overhead per step", None, 1.002 * factor, width and width**2),
            _effect(loop, "cost per example", None, 0.999, width and width**2),
            _effect(loop, "first epoch", None, 1.04, width and width**8),
            _effect(loop, "batch size 32", 32, 1.003 * factor, width and width**2),
            _effect(loop, "batch size 500", 500, 0.998 * factor, width and width**2),
        )
    ]
    memory = tuple(
        MemoryChange("Blobs", loop, size, 700 * MIB, ratio * 700 * MIB)
        for loop, ratio in (("fit", 1.0), ("compiled", 1.1))
        for size in (32, 500)
    )
    difference = Estimate(0.0021, -0.0043, 0.0085, 0.95, 15)
    quality = (QualityChange("Blobs", 32, 0.1812, 0.1833, difference),)
    return Step(RELEASES[now], RELEASES[now - 1], tuple(effects), caveats, memory, quality)


def _history(*steps: Step, session: float = 0.0072, sessions: int = 3, failed: int = 0) -> LineHistory:
    counts = {each.commit: sessions for each in RELEASES[: len(steps) + 1]} if steps else {}
    return LineHistory(
        branch="main",
        releases=RELEASES,
        sessions=counts,
        failed={RELEASES[-1].commit: failed},
        steps=steps,
        noise=(SuiteNoise("Blobs", session, MACHINE),) if steps else (),
        tolerance=0.02,
    )


APART = "Blobs: never measured together, but 24.0 hours apart: the machine's speed may have changed between them"
ONCE = "Blobs: measured together once"
CASES: dict[str, Callable[[], LineHistory]] = {
    "regressed": lambda: _history(_step(1), _step(2, 1.08), _step(3, 0.93, 1.012, APART)),
    "unchanged": lambda: _history(_step(1), _step(2), failed=1),
    "inconclusive": lambda: _history(_step(1, 1.0, 1.03), _step(2, 1.02, 1.04)),
    "one_pass": lambda: _history(_step(1, 1.2, None, ONCE), session=math.nan, sessions=1),
    "nothing": _history,
}


def _compare(name: str, text: str) -> None:
    path = GOLDEN / name
    require_agreed(text, path)


@pytest.mark.parametrize("name", CASES)
def test_the_text_is_what_was_agreed(name: str) -> None:
    _compare(f"{name}.txt", render_history(CASES[name]()) + "\n")


@pytest.mark.parametrize("name", CASES)
def test_the_markdown_is_what_was_agreed(name: str) -> None:
    _compare(f"{name}.md", render_history_as_markdown(CASES[name]()))


def test_every_agreed_text_has_its_case() -> None:
    assert {path.stem for path in GOLDEN.iterdir()} == set(CASES)


@pytest.mark.parametrize("name", CASES)
def test_no_line_is_wider_than_a_page(name: str) -> None:
    assert all(len(line) <= 80 and line == line.rstrip() for line in render_history(CASES[name]()).splitlines())


def test_the_cases_hold_every_verdict() -> None:
    found = {effect.verdict for case in CASES.values() for step in case().steps for effect in step.effects}
    assert found == set(Verdict)


@pytest.mark.parametrize("name", ["unchanged", "nothing"])
def test_what_is_left_out_is_said_and_how_it_is_measured_again(name: str) -> None:
    history = replace(CASES[name](), left_out=("v2.3.0 Blobs seconds_per_epoch of fit, 32 and 2 more series",))
    for text in (render_history(history), render_history_as_markdown(history)):
        said = " ".join(text.split())
        assert "Left out, because the samples can't be divided among sessions: v2.3.0 Blobs seconds_per_epoch" in said
        assert "Delete the release's file in the results, and it is measured again." in said
