"""Answers of the laboratory as text, Markdown and JSON; the text to the letter as golden/questions/*.txt.

After a wanted change: REGENERATE_GOLDEN=1 pytest tests/report, then read the difference in git before committing it.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from batchmark.report.laboratory_page import Page, page_as_markdown, page_as_text
from batchmark.report.noise_scale import noise_scale_page
from batchmark.report.observe import observe_page
from batchmark.report.schedules import schedules_page
from batchmark.studies.claims.by_budget import Budget, Rate
from batchmark.studies.questions import noise_along, observed_across, schedules_against
from batchmark.studies.questions.observed_across import ObserveDesign
from batchmark.studies.questions.stored import as_stored, as_text
from claim_results_made import made
from claims_tested import FACTS, HOSTILE
from golden import require_agreed
from questions_asked import (
    NOISE_DESIGN,
    noise_world,
    observe_design,
    observe_world,
    schedules_design,
    schedules_world,
)

GOLDEN = Path(__file__).parent / "golden" / "questions"


def noise_scale(stopped: str | None = None, **fields: Any) -> Page:
    answer = noise_along.judge(made(NOISE_DESIGN.parts, noise_world(**fields)), NOISE_DESIGN)
    return noise_scale_page(answer, FACTS, stopped)


def observe(design: ObserveDesign, **fields: Any) -> Page:
    return observe_page(observed_across.judge(made(design.parts, observe_world(own=0.05, **fields)), design), FACTS)


def schedules(*, seeds: int = 30, **fields: Any) -> Page:
    design = schedules_design(seeds=seeds)
    return schedules_page(schedules_against.judge(made(design.parts, schedules_world(design, **fields)), design), FACTS)


BOTH = (Budget.EPOCHS, Budget.UPDATES)
LONG = ("0 transformer/attention/query_key_and_value_together", "1 dense")
CASES: dict[str, Callable[[], Page]] = {
    "noise_scale": noise_scale,
    "noise_scale_not_told": lambda: noise_scale("interrupted by Ctrl-C", vanishing=(2,), diverged=10),
    "distance": lambda: observe(observe_design(budgets=BOTH, rates=(Rate.FIXED, Rate.TUNED)), diverged_at=64),
    "sharpness": lambda: observe(observe_design("sharpness", seeds=3)),
    "spread": lambda: observe(observe_design("spread"), layers=LONG),
    "schedules": schedules,
    "schedules_diverged": lambda: schedules(seeds=8, diverged=6),
}


@pytest.mark.parametrize("name", CASES)
def test_an_answer_is_told_as_was_agreed(name: str) -> None:
    require_agreed(page_as_text(CASES[name]()) + "\n", GOLDEN / f"{name}.txt")


def test_every_agreed_text_has_its_case() -> None:
    assert {path.stem for path in GOLDEN.glob("*.txt")} == set(CASES)


@pytest.mark.parametrize("name", CASES)
def test_markdown_has_each_table_whole_and_each_note(name: str) -> None:
    page = CASES[name]()
    markdown = page_as_markdown(page)
    rows = [line for line in markdown.splitlines() if line.startswith("|")]
    assert len(rows) == sum(2 + len(told.rows) for told in page.tables)
    assert markdown.startswith("# ")
    assert markdown.count("\n- ") == len(page.above) + len(page.notes)


def test_whatever_a_page_holds_is_text_in_markdown() -> None:
    page = Page(
        HOSTILE, {"processor": HOSTILE}, HOSTILE, (HOSTILE,), (), (HOSTILE,), HOSTILE, ((HOSTILE, Path("a b.png")),)
    )
    markdown = page_as_markdown(page)
    assert "<b>" not in markdown
    assert "@everyone" not in markdown
    assert "](a%20b.png)" in markdown


def test_json_has_a_version_and_every_number_of_the_answer() -> None:
    answer = noise_along.judge(made(NOISE_DESIGN.parts, noise_world(vanishing=(1,))), NOISE_DESIGN)
    stored = json.loads(as_text(as_stored(answer, FACTS, "interrupted by Ctrl-C")))
    assert stored["batchmark_noise_scale"] == 1
    assert stored["stopped"] == "interrupted by Ctrl-C"
    assert stored["environment"]["tensorflow"] == "2.21.0"
    looks = stored["answer"]["looks"]
    assert [look["scale"] is None for look in looks] == [False, True, False, False, False]
    assert looks[0]["scale"]["value"] == answer.looks[0].scale.value  # type: ignore[union-attr]  # told


def test_json_tells_an_infinite_number_from_none() -> None:
    design = schedules_design(seeds=8)
    answer = schedules_against.judge(made(design.parts, schedules_world(design, diverged=6)), design)
    stored = json.loads(as_text(as_stored(answer, {}, None)))["answer"]
    assert stored["candidate"]["loss"]["value"] == "Infinity"
    assert stored["quality"]["value"] == "-Infinity"
    assert stored["verdict"] == answer.verdict


def test_a_layer_of_a_long_name_is_folded_and_no_number_is() -> None:
    text = page_as_text(CASES["spread"]())
    assert all(len(line) <= 80 for line in text.splitlines())
    assert "In the files of --markdown and --json too: " in text
    (row,) = [line for line in text.splitlines() if line.startswith("1 dense")]
    assert row.count("]") == 1
