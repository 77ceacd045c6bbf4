"""Claims as JSON, for programs: stable, and versioned by ``batchmark_claims``.

A number that isn't known is null. An end of an interval, or a value, that is infinite is the text ``Infinity`` or
``-Infinity``, which JavaScript's ``Number`` and Python's ``float`` read: null would say that there is no interval.
"""

import json
import math
from typing import Any

from batchmark.analysis.rules import by_chance
from batchmark.files.typed import plain
from batchmark.records import Estimate
from batchmark.studies.claims.claim import Condition, Finding, Line, Picture
from batchmark.studies.claims.study import Outcome, Outcomes

SCHEMA_KEY = "batchmark_claims"
SCHEMA_VERSION = 1

_Object = dict[str, Any]


def claims_as_json(outcomes: Outcomes) -> str:
    """Return what was found as JSON, in ASCII, a line end at its end."""
    tested = sum(each.is_tested for each in outcomes.outcomes)
    expected, most = by_chance(tested) if tested else (0.0, 0)
    content = {
        SCHEMA_KEY: SCHEMA_VERSION,
        "stopped": outcomes.stopped,
        "seconds": _number(outcomes.seconds),
        "environment": plain(outcomes.facts),
        "by_chance": {"tested": tested, "expected": _number(expected), "at_most": plain(most)},
        "claims": [_outcome(each) for each in outcomes.outcomes],
    }
    return json.dumps(content, indent=2, allow_nan=False) + "\n"


def _outcome(outcome: Outcome) -> _Object:
    claim = outcome.claim
    return {
        "number": claim.number,
        "verdict": outcome.answer.value,
        "who": claim.who,
        "source": claim.source,
        "sentence": claim.sentence,
        "workload": claim.workload,
        "kind_of_network": claim.kind_of_network or None,
        "rule": claim.rule,
        "why_not_tested": outcome.why or None,
        "finding": None if outcome.finding is None else _finding(outcome.finding),
    }


def _finding(finding: Finding) -> _Object:
    return {
        "sentence": finding.sentence,
        "seeds": finding.seeds,
        "diverged": finding.diverged,
        "conditions": [_condition(each) for each in finding.conditions],
        "notes": list(finding.notes),
        "pictures": [_picture(each) for each in finding.pictures],
    }


def _condition(condition: Condition) -> _Object:
    return {
        "what": condition.what,
        **_estimate(condition.estimate),
        "unit": condition.unit or None,
        "verdict": condition.answer and condition.answer.value,
    }


def _estimate(estimate: Estimate) -> _Object:
    ends = {"value": estimate.value, "low": estimate.low, "high": estimate.high}
    return {**{name: _number(each) for name, each in ends.items()}, "level": estimate.level, "n": int(estimate.n)}


def _picture(picture: Picture) -> _Object:
    return {
        "title": picture.title,
        "x": picture.x,
        "y": picture.y,
        "x_is_logarithmic": picture.x_is_logarithmic,
        "y_is_logarithmic": picture.y_is_logarithmic,
        "lines": [_line(each) for each in picture.lines],
    }


def _line(line: Line) -> _Object:
    curves = {"x": line.x, "y": line.y, "low": line.low, "high": line.high}
    return {"name": line.name, **{name: [_number(each) for each in curve] for name, curve in curves.items()}}


def _number(value: float | None) -> Any:  # noqa: ANN401  JSON
    if value is not None and math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    return plain(value)
