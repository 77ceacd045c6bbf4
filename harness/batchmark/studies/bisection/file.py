"""The stored form of a bisection: a JSON file of ours, as ``batchmark bisect --json`` writes it."""

from batchmark.files.comparison import COMPARISON
from batchmark.files.stored_form import Form, Object
from batchmark.studies.bisection.record import Bisection, Step

_STORED_BY = "batchmark bisect --json FILE writes one"

STEP = Form(
    Step,
    key="batchmark_bisection_step",
    version=1,
    name="a step of a bisection",
    stored_by=_STORED_BY,
    again="bisect again",
    parts={"comparisons": COMPARISON},
    arranged=lambda step, form: {**form, "verdict": step.verdict.value},
    flaw=lambda step: None if step.comparisons else "a step has no comparison",
)


def _with_answer(bisection: Bisection, form: Object) -> Object:
    changed = {name: list(versions) for name, versions in bisection.changed.items()}
    answer = {"is_found": bisection.is_found, "between": list(bisection.between), "share": bisection.share}
    return {**form, **answer, "changed": changed}


def _flaw(bisection: Bisection) -> str | None:
    known = (bisection.good, *bisection.releases, bisection.bad)
    of_steps = (version for step in bisection.steps for version in (step.baseline, step.candidate))
    named = (bisection.last_good, bisection.first_bad, *of_steps)
    strange = next((version for version in named if version not in known), None)
    return None if strange is None else f"it names {strange}, which is none of its releases"


BISECTION = Form(
    Bisection,
    key="batchmark_bisection",
    version=1,
    name="a bisection",
    stored_by=_STORED_BY,
    again="bisect again",
    parts={"steps": STEP},
    arranged=_with_answer,
    flaw=_flaw,
)
"""What is found is there for other programs, and is derived again when the file is read."""
