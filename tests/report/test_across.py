"""What is asked of batch sizes, as text and Markdown; the text to the letter as golden/across/*.txt.

After a wanted change: REGENERATE_GOLDEN=1 pytest tests/report, then read the difference in git before committing it.
"""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from batchmark.report.laboratory_page import Page, page_as_markdown, page_as_text
from batchmark.report.quality_across import quality_page
from batchmark.report.target_across import target_page
from batchmark.studies.claims.by_budget import Budget
from batchmark.studies.laboratory.parts import Part, Timing
from batchmark.studies.questions import quality_across, target_across
from batchmark.studies.questions.quality_across import QualityDesign
from batchmark.studies.questions.rules_of_rates import Rule
from batchmark.studies.questions.stored import as_stored, as_text
from batchmark.studies.questions.target_across import TargetDesign
from claim_results_made import made
from claims_tested import FACTS, HOSTILE
from golden import require_agreed
from questions_asked import DESCRIBED
from sizes_asked import quality_design, quality_world, target_design, target_results, target_world

GOLDEN = Path(__file__).parent / "golden" / "across"
LONG = replace(DESCRIBED, name="my_package.trainings.language:a_workload_with_quite_a_long_name")


def quality(design: QualityDesign, *gains: Any, stopped: str | None = None, **fields: Any) -> Page:
    answer = quality_across.judge(made(design.parts, quality_world(*gains, **fields)), design)
    return quality_page(answer, FACTS, stopped)


def target(design: TargetDesign, stopped: str | None = None, **fields: Any) -> Page:
    return target_page(target_across.judge(target_results(design, target_world(**fields)), design), FACTS, stopped)


def target_without_times() -> Page:
    design = target_design(workload=LONG)

    def world(part: Part) -> Any:
        return "fit failed at batch size 8" if isinstance(part, Timing) else target_world(spread=0.2)(part)

    answer = target_across.judge(target_results(design, world), design)
    return target_page(answer, FACTS, "interrupted by Ctrl-C")


BOTH = tuple(Budget)
CASES: dict[str, Callable[[], Page]] = {
    "quality": lambda: quality(quality_design(seeds=400, budgets=BOTH), {8: 0.001, 128: -0.03}),
    "quality_of_few_seeds": lambda: quality(
        quality_design(rates=tuple(Rule), batch_sizes=(32, 500)), {500: -0.0172}, stopped="interrupted by Ctrl-C"
    ),
    "quality_diverged": lambda: quality(quality_design(workload=LONG), diverged={128: 12, 8: 1}),
    "quality_without_margin": lambda: quality(
        quality_design(workload=replace(DESCRIBED, quality_margin=0.0, learning_rate=None), seeds=4)
    ),
    "target": lambda: target(target_design()),
    "target_censored": lambda: target(target_design(), censored={128: 7, 32: 2}, diverged={64: 3}),
    "target_never_reached": lambda: target(target_design(target=0.99)),
    "target_by_the_first_look": lambda: target(target_design(target=0.4, seeds=3, rates=(0.01,))),
    "target_without_times": target_without_times,
}


@pytest.mark.parametrize("name", CASES)
def test_an_answer_is_told_as_was_agreed(name: str) -> None:
    require_agreed(page_as_text(CASES[name]()) + "\n", GOLDEN / f"{name}.txt")


def test_every_agreed_text_has_its_case() -> None:
    assert {path.stem for path in GOLDEN.glob("*.txt")} == set(CASES)


@pytest.mark.parametrize("name", ["quality_of_few_seeds", "target_censored"])
def test_markdown_has_each_table_whole_and_each_note(name: str) -> None:
    page = CASES[name]()
    markdown = page_as_markdown(page)
    rows = [line for line in markdown.splitlines() if line.startswith("|")]
    assert len(rows) == sum(2 + len(told.rows) for told in page.tables)
    assert markdown.count("\n- ") == len(page.above) + len(page.notes)
    assert "learning rate" in markdown


def test_a_workload_s_name_is_text_in_markdown() -> None:
    named = replace(DESCRIBED, name=HOSTILE)
    for page in (quality(quality_design(workload=named)), target(target_design(workload=named))):
        markdown = page_as_markdown(page)
        assert "<b>" not in markdown
        assert "@everyone" not in markdown


def test_json_has_what_was_asked_and_every_number_of_the_answer() -> None:
    design = quality_design(budgets=BOTH)
    answer = quality_across.judge(made(design.parts, quality_world(diverged={128: 12})), design)
    stored = json.loads(as_text(as_stored(answer, FACTS, None)))["answer"]
    assert stored["design"]["workload"]["name"] == "blobs"
    sizes = stored["found"][0]["sizes"]
    assert [each["batch_size"] for each in sizes] == [8, 32, 128]
    assert sizes[1]["against"] is None
    assert sizes[2]["against"]["difference"]["value"] == "-Infinity"
    assert sizes[2]["against"]["verdict"] == "different"


def test_json_tells_a_target_that_is_not_reached_by_infinite_medians() -> None:
    design = target_design(target=0.99)
    answer = target_across.judge(target_results(design, target_world()), design)
    stored = json.loads(as_text(as_stored(answer, FACTS, None)))["answer"]
    assert [each["updates"]["value"] for each in stored["sizes"]] == ["Infinity"] * 4
    assert stored["trade_off"]["critical_batch_size"]["value"] is None
    assert stored["best"]["value"] == pytest.approx(0.85)
