"""Claims as JSON: compared to the letter with golden/claims/*.json, and read by any reader of JSON."""

import json
import math
from pathlib import Path
from typing import Any

from batchmark.report.claims_json import claims_as_json
from batchmark.studies.claims.study import Outcome, Outcomes
from claims_tested import CURVES, HOSTILE, all_kinds, claim_of, finding_of, outcomes_of
from golden import require_agreed

GOLDEN = Path(__file__).parent / "golden" / "claims"


def _strictly(text: str) -> Any:
    """Return what JSON's own grammar makes of it: it has no NaN."""

    def refuse(name: str) -> None:
        raise ValueError(name)

    return json.loads(text, parse_constant=refuse)


def _read(outcomes: Outcomes) -> Any:
    return _strictly(claims_as_json(outcomes))


def test_claims_are_stored_as_was_agreed() -> None:
    with_curves = Outcome(claim_of(5), finding_of(pictures=(CURVES,)))
    require_agreed(claims_as_json(outcomes_of(*all_kinds(), with_curves)), GOLDEN / "all_kinds.json")


def test_an_infinite_end_is_not_taken_for_no_interval() -> None:
    stored = _read(outcomes_of(*all_kinds()))
    (claim,) = [each for each in stored["claims"] if each["number"] == 20]
    by_name = {each["what"]: each for each in claim["finding"]["conditions"]}
    one_sided = by_name["steps to the target, 8 over 256"]
    assert (one_sided["low"], one_sided["high"]) == (1.9, "Infinity")
    assert math.isinf(float(one_sided["high"]))
    assert by_name["loss at the end"]["low"] == "-Infinity"
    assert by_name["too few seeds for an interval"]["low"] is None
    assert by_name["nothing at all"]["value"] is None
    assert by_name["steps to the target, 1024 over 256"]["value"] == "Infinity"


def test_what_was_not_tested_says_why_and_hostile_words_stay_as_they_are() -> None:
    stored = _read(outcomes_of(*all_kinds(), stopped="interrupted by Ctrl-C"))
    assert stored["batchmark_claims"] == 1
    assert stored["stopped"] == "interrupted by Ctrl-C"
    by_number = {each["number"]: each for each in stored["claims"]}
    assert by_number[10]["verdict"] == "not tested"
    assert by_number[10]["finding"] is None
    assert by_number[10]["why_not_tested"] == "the budget was spent before it"
    assert by_number[12]["sentence"] == HOSTILE
    assert stored["by_chance"]["tested"] == 5


def test_nothing_tested_is_stored_too() -> None:
    stored = _read(outcomes_of(Outcome(claim_of(4), why="no"), facts={}))
    assert stored["by_chance"] == {"tested": 0, "expected": 0.0, "at_most": 0}
