"""What it takes each batch size to reach a target, as people read it."""

import math
from collections.abc import Callable, Mapping

from batchmark.records import Estimate
from batchmark.report.laboratory_page import Page, Told, number_with_interval
from batchmark.report.tables import Column
from batchmark.report.units import enumeration, learning_rate, seconds
from batchmark.studies.questions.target_across import ReachedAt, TargetAnswer


def target_page(answer: TargetAnswer, facts: Mapping[str, object], stopped: str | None = None) -> Page:
    """Return what is told of an answer."""
    design = answer.design
    asked = (
        f"{design.seeds} seeds, {design.tuning_seeds} others chose each rate; up to {design.epochs} epochs, evaluated "
        "on the workload's test set after each."
    )
    return Page(
        f"{design.workload.name} to {name_target(answer)}, by batch size",
        facts,
        _sentence(answer),
        (asked,),
        (_reached(answer), *_curve(answer)),
        tuple(_notes(answer)),
        stopped,
    )


def name_target(answer: TargetAnswer) -> str:
    """Return what is to be reached: ``accuracy 0.95``."""
    return f"{answer.metric} {answer.design.target:g}"


def _sentence(answer: TargetAnswer) -> str:
    """Return which batch size is best by what, and the critical one; or that none gets there."""
    if not answer.is_reached:
        some = any(size.never < answer.design.seeds for size in answer.sizes)
        how = " with more than half of its seeds" if some else ""
        within = f"within {answer.design.epochs} epochs: {best_seen(answer)}"
        return f"No batch size reaches {name_target(answer)}{how} {within}."
    there = [size for size in answer.sizes if size.is_reached]
    updates = min(there, key=lambda at: at.updates.value)
    examples = min(there, key=lambda at: at.examples.value)
    parts = [
        f"the fewest updates at batch size {updates.batch_size} ({number_with_interval(updates.updates)})",
        f"the fewest examples at {examples.batch_size} ({number_with_interval(examples.examples)})",
    ]
    timed = [(at.batch_size, at.seconds) for at in there if at.seconds]
    if timed:
        soonest, took = min(timed, key=lambda pair: pair[1].value)
        parts.append(f"the least time at {soonest} ({number_with_interval(took, 's')})")
    return f"{_capital(name_target(answer))} takes {enumeration(parts)}. {critical_batch_size(answer)}"


def critical_batch_size(answer: TargetAnswer) -> str:
    """Return a sentence on it."""
    fit = answer.trade_off
    if fit.refused:
        return f"There is no critical batch size: {fit.refused}."
    found = fit.critical_batch_size
    if math.isinf(found.value):
        return "The critical batch size lies beyond those that were tried: steps fall in proportion to the size."
    if not found.value:
        return "The critical batch size lies below those that were tried: steps hardly fall with the size."
    return f"The critical batch size is {number_with_interval(found)} examples."


def best_seen(answer: TargetAnswer) -> str:
    """Return what came nearest, and where."""
    best = answer.best
    if best is None:
        return "every training diverged before its first look"
    rate = learning_rate(rounded(best.learning_rate))
    return (
        f"the best seen is {best.value:.4g}, at batch size {best.batch_size}, rate {rate}, after {best.epochs:g} epochs"
    )


def _reached(answer: TargetAnswer) -> Told:
    columns = (
        Column("batch\nsize"),
        Column("rate", rank=1, name="learning rate"),
        Column("updates", "left"),
        Column("examples", "left", rank=3),
        Column("seconds", "left", rank=1),
        Column("seconds per\nupdate", rank=4),
        Column("never"),
        Column("diverged", rank=2),
    )
    rows = tuple(_row(answer, each) for each in answer.sizes)
    return Told(f"To {name_target(answer)}: medians over seeds, 95 % intervals", columns, rows)


def _row(answer: TargetAnswer, at: ReachedAt) -> tuple[str, ...]:
    return (
        str(at.batch_size),
        learning_rate(rounded(at.learning_rate)),
        number_with_interval(at.updates),
        number_with_interval(at.examples),
        "" if at.seconds is None else number_with_interval(at.seconds, "s"),
        "" if at.seconds_per_update is None else seconds(at.seconds_per_update),
        f"{at.never} of {answer.design.seeds}",
        str(at.diverged),
    )


def _curve(answer: TargetAnswer) -> list[Told]:
    fit = answer.trade_off
    if fit.refused:
        return []
    rows: list[tuple[str, Estimate]] = [
        ("critical batch size: steps 20 % short of perfect scaling", fit.critical_batch_size),
        ("balance: twice the fewest of both", fit.balance),
        ("fewest updates, of a batch however large", fit.fewest_steps),
        ("fewest examples, of a batch however small", fit.fewest_examples),
    ]
    columns = (Column("of (S/S_min - 1)(E/E_min - 1) = 1", "left"), Column("estimate", "left"))
    return [Told("Trade-off of updates S against examples E", columns, tuple(_named(*row) for row in rows))]


def _named(name: str, found: Estimate) -> tuple[str, str]:
    return name, number_with_interval(found)


def _notes(answer: TargetAnswer) -> list[str]:
    design, fit = answer.design, answer.trade_off
    notes = [f"Not there, batch size {size}: {why}." for size, why in answer.missing.items()]
    if answer.why_no_seconds:
        notes.append(f"No seconds: {answer.why_no_seconds}.")
    if lost := _sizes(answer, lambda at: at.never, f" of {design.seeds}"):
        notes.append(f"Never within {design.epochs} epochs, and counted as later than all others: {lost}.")
    if lost := _sizes(answer, lambda at: at.diverged):
        notes.append(f"Diverged by the end: {lost}.")
    if edges := [str(at.batch_size) for at in answer.sizes if at.is_at_edge]:
        notes.append(f"Best rates at the edge of what was tried: at {enumeration(edges)}; others may do better.")
    if answer.first_look:
        sizes = enumeration([str(size) for size in answer.first_look])
        notes.append(
            f"Reached by the first look, an epoch, at {sizes}: it may have been there sooner; a harder target tells "
            "more."
        )
    if answer.few_seeds:
        notes.append(f"{answer.few_seeds}.")
    if not fit.refused:
        left = f" It is without {enumeration([str(each) for each in fit.left_out])}." if fit.left_out else ""
        notes.append(f"The trade-off takes what was done halfway between a look and the one before it.{left}")
        if not fit.balance.has_interval:
            notes.append("It has no intervals: seeds are too few, or too unlike.")
    if not answer.why_no_seconds:
        notes.append("Seconds are of steady epochs by fit, without evaluation and compilation.")
    return notes


def _sizes(answer: TargetAnswer, count: Callable[[ReachedAt], int], of: str = "") -> str:
    said = [f"{found}{of} at {at.batch_size}" for at in answer.sizes if (found := count(at))]
    return enumeration(said) if said else ""


def _capital(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}"


def rounded(rate: float) -> float:
    """Return a rate to three digits: one that follows a square root has many."""
    return float(f"{rate:.3g}")
