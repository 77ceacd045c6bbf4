"""Quality verdicts as text: one table for the summary, one paragraph for a failure."""

import math
from collections.abc import Sequence
from statistics import mean

from batchmark.analysis.equivalence import Verdict
from batchmark.records import Estimate
from batchmark.report.proof import say_proof
from batchmark.report.tables import WIDTH, Column, names_left_out, render_table, say_left_out
from batchmark.report.units import learning_rate, may_be_stuck
from batchmark.report.wrapping import wrapped
from batchmark.studies.quality.study import QualityResult
from batchmark.workloads.quality import quality_of


def render_quality(results: Sequence[QualityResult], *, width: int = WIDTH, wide: bool = False) -> str:
    """Return a table of every judged batch size, with the columns that fit, or all of them if `wide`."""
    columns = [
        Column("\nworkload", "left", may_fold=True),
        Column("batch\nsize"),
        Column("\nseeds", rank=4),
        Column("\nquality", rank=2),
        Column("\nreference", rank=3),
        Column("\ndifference [interval]"),
        Column("own\ntest set", rank=5),
        Column("\nmargin", rank=1),
        Column("\nverdict", "left"),
    ]
    rows = [
        [
            result.workload.name,
            str(result.batch_size),
            str(result.fresh.estimate.n),
            f"{mean(result.quality):.4f}",
            f"{mean(result.reference_quality):.4f}",
            _interval(result.fresh.estimate),
            f"{mean(result.validation_difference):+.4f}",
            f"±{result.workload.quality_margin:g}",
            str(result.fresh.verdict),
        ]
        for result in results
    ]
    note = (
        "Difference: batch size minus reference, paired by seed, on the large fresh test set; the interval is "
        "simultaneous over all rows and looks (two one-sided tests at 5 %). Equivalent: within the margin even if as "
        "many seeds are stuck as may be unseen."
        + (" Own test set: the same difference on the workload's own, finite test set." if wide else "")
    )
    how = [line for result in results for line in say_how(result)]
    how += [f"{result.workload.name}, {result.fresh.estimate.n} seeds: {say_unseen(result)}." for result in results]
    left_out = [] if wide else say_left_out(names_left_out(columns, rows, width=width))
    told = wrapped([note, *dict.fromkeys(how), *left_out], width)
    return f"{render_table(columns, rows, width=width, wide=wide)}\n{told}"


def say_unseen(result: QualityResult) -> str:
    """Return what share of seeds may be stuck though none of those trained was, and what that could cost."""
    return may_be_stuck(result.fresh.unseen_share, result.fresh.unseen_share * result.fresh.cost)


def say_how(result: QualityResult) -> list[str]:
    """Return how the seeds were trained, and what was proven of that."""
    lines = []
    for trainings in result.trainings:
        name = f"{result.workload.name}, {trainings.method}"
        lines.append(f"{name}." if trainings.proof is None else say_proof(f"{name}:", trainings.proof))
    return list(dict.fromkeys(lines))


def explain(result: QualityResult) -> str:
    """Return why a batch size passed or failed, with the numbers."""
    workload, fresh = result.workload, result.fresh
    verdicts = {
        Verdict.EQUIVALENT: "trains as well as",
        Verdict.DIFFERENT: "does not train as well as" if fresh.estimate.value < 0 else "trains differently from",
        Verdict.STRADDLES: "needs more seeds to be told from",
        Verdict.INCONCLUSIVE: "is inconclusive against",
    }
    validation = mean(result.validation_difference)
    sizes = f"batch size {result.batch_size} {verdicts[fresh.verdict]} the reference {workload.reference_batch_size}"
    qualities = f"{mean(result.quality):.4f} against {mean(result.reference_quality):.4f}"
    rates = (
        f"learning rate {learning_rate(result.learning_rate)} "
        f"(reference {learning_rate(result.reference_learning_rate)})"
    )
    lines = [
        f"{workload.name}: {sizes} (verdict: {fresh.verdict})",
        f"  {quality_of(workload).name} on fresh data: {qualities}",
        f"  difference {_interval(fresh.estimate)}, margin ±{workload.quality_margin:g}",
        f"  on the workload's own test set the difference is {validation:+.4f}",
        f"  {say_unseen(result)}",
        f"  {fresh.estimate.n} paired seeds, {workload.epochs} epochs, {rates}",
    ]
    lines += [f"  {line}" for line in say_how(result)]
    if fresh.reason:
        lines.append(f"  {fresh.reason}")
    if fresh.verdict is Verdict.INCONCLUSIVE:
        lines.append(_what_settles(result))
    return "\n".join(lines)


def _what_settles(result: QualityResult) -> str:
    if math.isinf(result.fresh.cost):
        return "  nothing passes before it is known what a stuck seed costs"
    needed = "" if result.needed is None else f": a pass takes about {result.needed:,} seeds"
    return (
        "  the interval, with what stuck seeds could cost, straddles the margin after the last look; "
        f"raise --batchmark-max-seeds to settle it{needed}"
    )


def _interval(estimate: Estimate) -> str:
    if estimate.low is None or estimate.high is None:
        return f"{estimate.value:+.4f} [no interval]"
    return f"{estimate.value:+.4f} [{estimate.low:+.4f}, {estimate.high:+.4f}]"
