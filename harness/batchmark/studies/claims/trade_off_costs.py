"""Claim 20: larger batches need fewer updates and less data movement, so they cost less."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from batchmark.analysis.rules import below, level_for
from batchmark.analysis.trade_off import fit_trade_off
from batchmark.records import CellRecord
from batchmark.studies.claims import blobs_grid
from batchmark.studies.claims.blobs_arms import FULL_BATCH, REFERENCE
from batchmark.studies.claims.claim import Answer, Claim, Condition, Finding, Picture, together
from batchmark.studies.claims.losses import median_line
from batchmark.studies.claims.target import (
    Reached,
    edge_notes,
    fit_notes,
    rates_told,
    ratio_of,
    reached,
    seconds_ratio,
    times_told,
    unless_at_edge,
)
from batchmark.studies.claims.timed_cells import cells_of
from batchmark.studies.claims.told import in_a_row
from batchmark.studies.laboratory.results import Results
from batchmark.workloads.blobs import BLOBS

SIZES = (8, 16, 32, 64, 128, 256, FULL_BATCH)
FROM = (8, REFERENCE)
UPDATES, EXAMPLES, SECONDS = COSTS = ("updates", "examples", "seconds")
_GRIDS = {size: blobs_grid.grid(size) for size in SIZES}
_JUDGED = (UPDATES, SECONDS)
"""Examples rise with the batch size by the trade-off itself, and are not what is paid."""
_FAMILY = len(FROM) * len(_JUDGED)
_Found = Mapping[int, Reached]


def judge(results: Results) -> Finding:
    """Judge updates and seconds to the loss, of full batch over a small and the usual batch size; show examples."""
    records = cells_of(results, blobs_grid.TIMING)
    found = _reached(results, blobs_grid.TARGET)
    costs = {(cost, size): _less(cost, size, found, records, blobs_grid.TARGET) for cost in COSTS for size in FROM}
    trade_off, notes = _trade_off(found)
    return Finding(
        together([each.answer for each in costs.values() if each.answer]),
        _sentence(costs),
        (*costs.values(), *trade_off, *_harder(results, records)),
        seeds=min(each.seeds for each in found.values()),
        diverged=sum(each.diverged for each in found.values()),
        notes=(
            f"Rates that reach {blobs_grid.TARGET:g} soonest: {rates_told(list(found.values()))}.",
            f"Never reached: {_never(found)}.",
            *edge_notes([found[size] for size in (*FROM, FULL_BATCH)]),
            (
                "Data movement is told by the examples that are read, each as often as it is: shown, and not judged, "
                "as what they cost is in the seconds. Those are of steady epochs by fit, an epoch's own overhead "
                "included, without the looks."
            ),
            "The trade-off, and the pictures, take what was done halfway between a look and the one before it.",
            *notes,
        ),
        pictures=_pictures(found, records),
    )


def _reached(results: Results, target: float) -> dict[int, Reached]:
    return {size: reached(results, grid, target) for size, grid in _GRIDS.items()}


def _less(cost: str, size: int, found: _Found, records: Mapping[int, CellRecord], target: float) -> Condition:
    level, ours, theirs = level_for(_FAMILY), found[FULL_BATCH], found[size]
    match cost:
        case "updates":
            ratio = ratio_of(ours.updates, theirs.updates, level=level)
        case "examples":
            ratio = ratio_of(ours.examples, theirs.examples, level=level)
        case _:
            ratio = seconds_ratio(ours, theirs, (records[FULL_BATCH], records[size]), level=level)
    what = f"{cost} to the loss {target:g} at {FULL_BATCH} over at {size}"
    answer = unless_at_edge(Answer(below(ratio, 1.0).value), ours, theirs)
    return Condition(what, ratio, "×", answer if cost in _JUDGED else None)


def _harder(results: Results, records: Mapping[int, CellRecord]) -> list[Condition]:
    """Return the same ratios to losses that are harder to reach, where they are reached."""
    conditions = []
    for target in blobs_grid.HARDER:
        found = _reached(results, target)
        conditions += [_less(cost, size, found, records, target) for cost in COSTS for size in FROM]
    shown = [replace(each, answer=None) for each in conditions]
    return [each for each in shown if np.isfinite(each.estimate.value)]


def _trade_off(found: _Found) -> tuple[list[Condition], tuple[str, ...]]:
    """Return the fit of updates against examples, or why there is none."""
    fit = fit_trade_off(
        SIZES,
        [found[size].updates.middle for size in SIZES],
        [found[size].examples.middle for size in SIZES],
    )
    shown = (
        ("fewest updates that reach it, at any size", fit.fewest_steps, "updates"),
        ("fewest examples that reach it, at any size", fit.fewest_examples, "examples"),
        ("batch size at which updates fall 20 % short of perfect scaling", fit.critical_batch_size, "examples"),
        ("batch size at which updates and examples are both twice the fewest", fit.balance, "examples"),
    )
    return [Condition(*each) for each in shown if np.isfinite(each[1].value)], fit_notes(fit, blobs_grid.TARGET)


def _never(found: _Found) -> str:
    return in_a_row(
        [f"{each.never} of {each.seeds} seeds at {size}" for size, each in found.items() if each.never]
    ) or ("by no seed")


def _sentence(costs: Mapping[tuple[str, int], Condition]) -> str:
    parts = []
    for cost in _JUDGED:
        answer = together([costs[cost, size].answer or Answer.INCONCLUSIVE for size in FROM])
        verb = {
            Answer.CONFIRMED: "are fewer",
            Answer.REFUTED: "are not fewer against both",
            Answer.INCONCLUSIVE: "are not shown to be fewer or more",
        }[answer]
        parts.append(f"{cost} {verb}, {_ratios(costs, cost)}")
    parts.append(f"{EXAMPLES} read, which are not judged, are {_ratios(costs, EXAMPLES)}")
    target = f"To a validation loss of {blobs_grid.TARGET:g}, each size at its own best rate"
    return f"{target}, full batch against {in_a_row(FROM)}: {'; '.join(parts)}."


def _ratios(costs: Mapping[tuple[str, int], Condition], cost: str) -> str:
    return in_a_row([f"{times_told(costs[cost, size].estimate, '.3g')} those at {size}" for size in FROM])


def _pictures(found: _Found, records: Mapping[int, CellRecord]) -> tuple[Picture, ...]:
    seconds = {size: each.updates.middle * records[size].seconds_per_step for size, each in found.items()}
    values = {
        UPDATES: [each.updates.middle for each in found.values()],
        EXAMPLES: [each.examples.middle for each in found.values()],
        SECONDS: list(seconds.values()),
    }
    return tuple(
        Picture(
            f"{cost.capitalize()} to the loss {blobs_grid.TARGET:g}",
            "batch size",
            cost,
            (median_line("median over seeds", SIZES, by_size),),
            x_is_logarithmic=True,
            y_is_logarithmic=True,
        )
        for cost, by_size in values.items()
    )


CLAIM = Claim(
    number=20,
    who="A",
    source="two popular articles on batch size, not named here",
    sentence="Larger batches need fewer updates and less data movement, so they cost less.",
    workload=BLOBS.name,
    rule=(
        f"Until the validation loss is at most {blobs_grid.TARGET:g} (P's own training at {REFERENCE} ended with "
        f"0.4325): updates, and seconds (updates times those of an update by fit), at {FULL_BATCH} "
        f"over at {in_a_row(FROM)}, each size at the rate that reaches it soonest on other seeds than those that are "
        "judged; looked at after each epoch, with intervals that hold whenever since the look before it was reached. "
        "The four intervals hold together at 95 %. Confirmed: all lie below 1. Refuted: one lies above 1. Otherwise, "
        "and where a rate lies at the edge of what was tried, inconclusive. Examples read, sizes between, harder "
        "losses, and the trade-off of updates against examples stand beside, not judged."
    ),
    parts=(*(arm for grid in _GRIDS.values() for arm in grid.arms), blobs_grid.TIMING),
    judge=judge,
)
