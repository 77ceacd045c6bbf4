"""Claim 7: full batch is best for 500 examples but impractical for large sets."""

from collections.abc import Mapping, Sequence

import numpy as np

from batchmark.analysis.rules import above, below, level_for
from batchmark.course import constant
from batchmark.records import CellRecord, Estimate
from batchmark.studies.claims import blobs_grid
from batchmark.studies.claims.blobs_arms import REFERENCE
from batchmark.studies.claims.claim import Answer, Claim, Condition, Finding, Picture, together
from batchmark.studies.claims.losses import curve_of
from batchmark.studies.claims.target import (
    Grid,
    Reached,
    edge_notes,
    rates_told,
    ratio_of,
    reached,
    seconds_ratio,
    times_told,
    unless_at_edge,
)
from batchmark.studies.claims.timed_cells import cells_of, turns_of
from batchmark.studies.claims.told import in_a_row
from batchmark.studies.laboratory.parts import Arm, Timing
from batchmark.studies.laboratory.results import Results
from batchmark.workloads.blobs import BLOBS, BLOBS_8000

IMPRACTICAL = 2.0
"""Times as long: what would be called impractical."""
_SEEDS, _TUNING_SEEDS = 30, 10
"""Of the larger set, whose full batch is dear."""
_TURNS = 20


def _arm_of_more(size: int, rate: float, epochs: int) -> Arm:
    course = constant(size, epochs=epochs, learning_rate=rate)
    return Arm(BLOBS_8000.name, course, _SEEDS + _TUNING_SEEDS)


def _grid_of_more(size: int, rates: tuple[float, ...], epochs: int) -> Grid:
    return Grid(size, tuple((rate, _arm_of_more(size, rate, epochs)) for rate in rates), _SEEDS)


_FULL = {workload.name: workload.examples for workload in (BLOBS, BLOBS_8000)}
_GRIDS = {
    BLOBS.name: {size: blobs_grid.grid(size) for size in (REFERENCE, BLOBS.examples)},
    BLOBS_8000.name: {
        REFERENCE: _grid_of_more(REFERENCE, blobs_grid.RATES[2:7], epochs=6),
        # Its updates are those of as many epochs.
        BLOBS_8000.examples: _grid_of_more(BLOBS_8000.examples, blobs_grid.RATES[4:], epochs=200),
    },
}
_TIMINGS = {
    BLOBS.name: blobs_grid.TIMING,
    BLOBS_8000.name: Timing(BLOBS_8000.name, (REFERENCE, BLOBS_8000.examples), turns=_TURNS),
}


def judge(results: Results) -> Finding:
    """Judge the time that full batch takes to the loss over that of 32, in the small and in the large set."""
    level = level_for(len(_GRIDS))
    records = {name: cells_of(results, timing) for name, timing in _TIMINGS.items()}
    found = {
        name: {size: reached(results, grid, blobs_grid.TARGET) for size, grid in grids.items()}
        for name, grids in _GRIDS.items()
    }
    ratios = {name: _seconds(name, by_size, records[name], level) for name, by_size in found.items()}
    answers = {
        BLOBS.name: Answer(below(ratios[BLOBS.name], 1.0).value),
        BLOBS_8000.name: Answer(above(ratios[BLOBS_8000.name], IMPRACTICAL).value),
    }
    answers = {name: unless_at_edge(answer, *found[name].values()) for name, answer in answers.items()}
    judged = [Condition(_what(name), ratios[name], "×", answers[name]) for name in ratios]
    each = [one for by_size in found.values() for one in by_size.values()]
    return Finding(
        together(list(answers.values())),
        _sentence(ratios, answers),
        (*judged, *_beside(results, found, records)),
        seeds=min(one.seeds for one in each),
        diverged=sum(one.diverged for one in each),
        notes=(
            *(f"{_FULL[name]:,} examples: {_rates_told(list(by_size.values()))}." for name, by_size in found.items()),
            *(
                f"{_FULL[name]:,} examples: {note}"
                for name, one in found.items()
                for note in edge_notes([*one.values()])
            ),
            "Seconds are of steady epochs by fit, an epoch's own overhead included, without the looks.",
            f"Epochs were timed over {min(turns_of(each) for each in records.values())} turns.",
        ),
        pictures=tuple(_picture(results, name, by_size) for name, by_size in found.items()),
    )


def _seconds(name: str, by_size: Mapping[int, Reached], records: Mapping[int, CellRecord], level: float) -> Estimate:
    full = _FULL[name]
    return seconds_ratio(by_size[full], by_size[REFERENCE], (records[full], records[REFERENCE]), level=level)


def _what(name: str, target: float = blobs_grid.TARGET) -> str:
    return f"seconds to the loss {target:g} at full batch over at {REFERENCE}, {_FULL[name]:,} examples"


def _beside(
    results: Results, found: Mapping[str, Mapping[int, Reached]], records: Mapping[str, Mapping[int, CellRecord]]
) -> list[Condition]:
    """Return the ratios of updates and of examples, and those of seconds to losses that are harder to reach."""
    conditions = []
    for name, by_size in found.items():
        full = _FULL[name]
        for what in ("updates", "examples"):
            ours, theirs = getattr(by_size[full], what), getattr(by_size[REFERENCE], what)
            estimate = ratio_of(ours, theirs, level=level_for(len(_GRIDS)))
            conditions.append(Condition(_what(name).replace("seconds", what), estimate, "×"))
        for harder in blobs_grid.HARDER:
            at_harder = {size: reached(results, grid, harder) for size, grid in _GRIDS[name].items()}
            estimate = _seconds(name, at_harder, records[name], level_for(len(_GRIDS)))
            conditions.append(Condition(_what(name, harder), estimate, "×"))
    return [condition for condition in conditions if np.isfinite(condition.estimate.value)]


def _rates_told(found: Sequence[Reached]) -> str:
    never = in_a_row([f"{each.never} of {each.seeds} seeds at {each.size}" for each in found])
    return f"rates that reach the loss soonest: {rates_told(found)}; never reached by {never}"


def _sentence(ratios: Mapping[str, Estimate], answers: Mapping[str, Answer]) -> str:
    small, large = (times_told(ratios[name]) for name in (BLOBS.name, BLOBS_8000.name))
    best = {
        Answer.CONFIRMED: "which is faster",
        Answer.REFUTED: "so it isn't the fastest",
        Answer.INCONCLUSIVE: "which settles nothing",
    }[answers[BLOBS.name]]
    impractical = {
        Answer.CONFIRMED: f"at least the {IMPRACTICAL:g} × that would be impractical",
        Answer.REFUTED: f"less than the {IMPRACTICAL:g} × that would be impractical",
        Answer.INCONCLUSIVE: f"not shown to be more or less than the {IMPRACTICAL:g} × that would be impractical",
    }[answers[BLOBS_8000.name]]
    return (
        f"To a validation loss of {blobs_grid.TARGET:g}, each at its own best rate, full batch takes {small} as long "
        f"as {REFERENCE} with 500 examples, {best}; with 8,000 it takes {large} as long, {impractical}."
    )


def _picture(results: Results, name: str, by_size: Mapping[int, Reached]) -> Picture:
    lines = []
    for size, one in by_size.items():
        followed = results.of(dict(_GRIDS[name][size].by_rate)[one.rate])
        lines.append(curve_of(f"{size} at rate {one.rate:g}", followed))
    title = f"Validation loss, {_FULL[name]:,} examples"
    return Picture(title, "examples trained on", "nats", tuple(lines), x_is_logarithmic=True)


CLAIM = Claim(
    number=7,
    who="P",
    source="Lisov et al. 2023, doi 10.25559/SITITO.019.202302.324-332",
    sentence="Full batch is best for 500 examples, but impractical for large sets.",
    workload=f"{BLOBS.name}, {BLOBS_8000.name}",
    rule=(
        f"Seconds until the validation loss is at most {blobs_grid.TARGET:g} (P's own training at {REFERENCE} ended "
        f"with 0.4325), full batch over {REFERENCE}: updates times the seconds of an update by fit, each size at the "
        "rate that reaches it soonest on other seeds than those that are judged; looked at after each epoch, with an "
        "interval that holds whenever since the look before it was reached. The two intervals, with 500 and with 8,000 "
        f"examples, hold together at 95 %. Confirmed: below 1 with 500, and above {IMPRACTICAL:g} with 8,000. Refuted: "
        f"above 1 with 500, or below {IMPRACTICAL:g} with 8,000. Otherwise, and where a rate lies at the edge of what "
        "was tried, inconclusive."
    ),
    parts=(
        *(arm for grids in _GRIDS.values() for grid in grids.values() for arm in grid.arms),
        *_TIMINGS.values(),
    ),
    judge=judge,
    kind_of_network="dense",
)
