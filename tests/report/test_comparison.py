"""A comparison as text, Markdown and JUnit XML, to the letter of golden/comparison/*.

After a wanted change: REGENERATE_GOLDEN=1 pytest tests/report, then read the difference in git before committing it.
"""

from collections.abc import Callable
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from batchmark.comparison import ComparedCell, Comparison, Environments, Policy, Verdict
from batchmark.metrics import table
from batchmark.report.compared_cells import MARKER
from batchmark.report.comparison import render_comparison
from batchmark.report.comparison_junit import render_comparison_as_junit
from batchmark.report.comparison_markdown import render_comparison_as_markdown
from batchmark.studies.stored.runs import compare_stored
from compared import FACTS, cell_of, comparison_of, sweep_stored
from golden import require_agreed
from synthetic import gaussian, sweep_of

GOLDEN = Path(__file__).parent / "golden" / "comparison"
FORMS: dict[str, Callable[[Comparison], str]] = {
    ".txt": lambda comparison: render_comparison(comparison) + "\n",
    ".md": render_comparison_as_markdown,
    ".xml": render_comparison_as_junit,
}
MIB = 1 << 20


def _live(slower: float = 1.0, width: float = 1.006, **fields: Any) -> Comparison:
    cells = [
        cell_of(
            1.001 * (slower if loop == "fit" else 1.0),
            loop=loop,
            batch_size=size,
            width=width,
            noise_floor=width - 1,
            needed="about 12 restarts" if width > 1.01 else None,
        )
        for loop in ("fit", "compiled")
        for size in (32, 500)
    ]
    cells += [
        cell_of(1.002, metric="peak_bytes", tolerance=0.05, batch_size=500),
        cell_of(0.0012, metric="quality", tolerance=0.017, rounds=20),
        cell_of(slower, metric="overhead_per_step", tolerance=None, batch_size=None),
        cell_of(None, metric="cost_per_example", tolerance=None, batch_size=None, warnings=("turns differ",)),
    ]
    return comparison_of(cells, **fields)


def _stored(slower: float) -> Comparison:
    rng = np.random.default_rng(8)
    baseline = sweep_of(rng, noise=gaussian(0.02), sizes=(32, 64, 500), peak_host_bytes=700 * MIB)
    candidate = sweep_of(
        rng, noise=gaussian(0.02), sizes=(32, 64), drift=[slower] * 12, peak_host_bytes=701 * MIB, learning_rate=0.1
    )
    return compare_stored(
        sweep_stored(baseline), sweep_stored(candidate, day=2, tensorflow="2.21.0"), Policy(table.default_tolerances())
    )


def _instruments() -> list[ComparedCell]:
    """What instruments showed: reported, and page faults judged for one cell."""
    faults: dict[str, Any] = {"metric": "page_faults_per_epoch", "loop": "fit", "baseline": 3.25, "width": 1.5}
    return [
        cell_of(1.0, width=1.005),
        cell_of(1.1, metric="processor_seconds_per_epoch", tolerance=None, width=1.01),
        cell_of(1204.0, **faults, tolerance=10.0, candidate=1207.25),
        cell_of(None, **faults, tolerance=None, batch_size=64, candidate=None),
    ]


CASES: dict[str, Callable[[], Comparison]] = {
    "unchanged": _live,
    "regressed": lambda: _live(1.08),
    "improved": lambda: _live(0.9, environment=Environments(FACTS, FACTS)),
    "inconclusive": lambda: _live(1.02, 1.04, stopped="interrupted by Ctrl-C", warnings=("two restarts were lost",)),
    "stored_regressed": lambda: _stored(1.8),
    "stored_inconclusive": lambda: _stored(1.05),
    "instruments": lambda: comparison_of(_instruments()),
    "nothing": lambda: comparison_of([]),
}


@pytest.mark.parametrize(("name", "form"), list(product(CASES, FORMS)))
def test_the_report_is_what_was_agreed(name: str, form: str) -> None:
    path = GOLDEN / f"{name}{form}"
    text = FORMS[form](CASES[name]())
    require_agreed(text, path)


def test_every_agreed_report_has_its_case() -> None:
    assert {path.name for path in GOLDEN.iterdir()} == {f"{name}{form}" for name, form in product(CASES, FORMS)}


@pytest.mark.parametrize("name", CASES)
def test_no_line_of_the_text_is_wider_than_a_page(name: str) -> None:
    lines = render_comparison(CASES[name]()).splitlines()
    assert all(len(line) <= 80 and line == line.rstrip() for line in lines)


def test_the_cases_hold_every_verdict() -> None:
    assert {case().verdict for case in CASES.values()} == set(Verdict)


def test_the_verdict_of_the_whole_stands_before_every_cell() -> None:
    for name, case in CASES.items():
        text = render_comparison(case())
        verdict = f"{case().verdict.capitalize()}:"
        assert verdict in text, name
        assert text.index(verdict) < (text.find("workload") if "workload" in text else len(text))


def test_what_one_side_alone_measured_is_shown_and_keeps_its_warning() -> None:
    text = render_comparison(CASES["unchanged"]())
    assert "cost_per_example, not judged" in text
    assert "Warning, blobs-fit cost_per_example: turns differ" in text
    assert "overhead_per_step, not judged" in text


def test_columns_that_have_no_room_are_printed_wide() -> None:
    comparison = comparison_of([cell_of(1.0, workload="one"), cell_of(1.0, workload="another")])
    narrow, wide = render_comparison(comparison), render_comparison(comparison, wide=True)
    assert "More columns by --wide: baseline, candidate." in narrow
    assert "42.1 ms" not in narrow
    assert "42.1 ms" in wide
    assert "--wide" not in wide


def test_the_markdown_begins_with_what_a_bot_finds_it_by() -> None:
    assert all(render_comparison_as_markdown(case()).startswith(f"{MARKER}\n") for case in CASES.values())


def test_what_regressed_stands_above_the_fold() -> None:
    top, _, _ = render_comparison_as_markdown(CASES["regressed"]()).partition("<details>")
    assert top.count("**regressed**") == 2
    assert "unchanged |" not in top


def test_a_comment_never_exceeds_what_github_takes() -> None:
    many = comparison_of([cell_of(1.5, batch_size=size) for size in range(1, 3000)])
    text = render_comparison_as_markdown(many)
    assert len(text) < 65_536
    assert "and 2979 more." in text
    assert "too long for a comment" in text


def test_text_of_a_users_own_is_not_taken_for_markup() -> None:
    odd = cell_of(1.5, workload="a|b<b>*c*`d`", warnings=("first\nsecond | [x](y) &amp;",))
    text = render_comparison_as_markdown(comparison_of([odd], stopped="<script>"))
    assert "<script>" not in text
    assert "<b>" not in text
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert {row.count("|") for row in rows} == {11}


def _cases_of(xml: str) -> list[ET.Element]:
    return list(ET.fromstring(xml).iter("testcase"))  # noqa: S314  it is ours


def test_each_judged_cell_is_a_test_that_passes_fails_or_is_skipped() -> None:
    cells = [
        cell_of(1.5, batch_size=1, warnings=("load 3.1",)),
        cell_of(1.0, batch_size=2, needed="about 12 restarts"),
        cell_of(0.5, batch_size=3),
        cell_of(1.5, batch_size=4, tolerance=None),
    ]
    found = {
        case.get("name"): [child.tag for child in case]
        for case in _cases_of(render_comparison_as_junit(comparison_of(cells)))
    }
    assert found == {
        "seconds_per_epoch[1]": ["failure"],
        "seconds_per_epoch[2]": ["skipped"],
        "seconds_per_epoch[3]": ["system-out"],
    }
    xml = render_comparison_as_junit(comparison_of(cells))
    suite = ET.fromstring(xml).find("testsuite")  # noqa: S314  it is ours
    assert suite is not None
    assert [suite.get(key) for key in ("tests", "failures", "errors", "skipped")] == ["3", "1", "0", "1"]
    assert "to settle it: about 12 restarts" in xml


def test_a_comparison_that_did_not_finish_is_a_skipped_test_of_its_own() -> None:
    cases = _cases_of(render_comparison_as_junit(CASES["inconclusive"]()))
    assert cases[-1].get("name") == "the comparison is whole"
    skipped = cases[-1].find("skipped")
    assert skipped is not None
    assert skipped.get("message") == "not finished: interrupted by Ctrl-C"


@settings(deadline=None)  # a busy machine is no fault of the report
@given(st.text(), st.text())
def test_whatever_a_workload_and_a_warning_hold_every_form_can_be_made(workload: str, warning: str) -> None:
    cell = replace(cell_of(1.5), workload=workload, warnings=(warning,))
    comparison = comparison_of([cell], warnings=(warning,), stopped=warning or None)
    assert _cases_of(render_comparison_as_junit(comparison))
    assert render_comparison(comparison)
    assert render_comparison_as_markdown(comparison)


def test_quality_says_what_share_of_seeds_may_be_stuck_unseen() -> None:
    cell = cell_of(0.0, metric="quality", tolerance=0.05, unseen_share=0.0368, unseen_cost=0.5)
    for text in (render_comparison(comparison_of([cell])), render_comparison_as_markdown(comparison_of([cell]))):
        told = " ".join(text.split())
        assert "blobs-32 quality: up to 3.7 % of seeds may be stuck unseen, and cost 0.018." in told
    older = cell_of(0.0, metric="quality", tolerance=0.05)
    assert "stuck" not in render_comparison(comparison_of([older]))
