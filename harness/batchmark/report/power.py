"""What planted slow-downs were found, as text."""

from collections.abc import Sequence

from batchmark.analysis.power import exact_interval
from batchmark.comparison import Verdict
from batchmark.records import Estimate
from batchmark.report.tables import WIDTH, Column, render_table
from batchmark.report.units import NOTHING, number_with_interval, percent
from batchmark.report.wrapping import wrapped
from batchmark.studies.ruler.power import STORED_THRESHOLD, Found, calm_and_noisy, evaluate
from batchmark.studies.ruler.power_over_all import (
    FoundOverAll,
    error_over_all,
    evaluate_over_all,
    sizes_called_different,
)
from batchmark.studies.ruler.power_run import Run
from batchmark.studies.ruler.power_tails import Judged, evaluate_with_tails
from batchmark.workloads.slowed import SlowEpochs

_VERDICTS = (Verdict.REGRESSED, Verdict.IMPROVED, Verdict.UNCHANGED)


def render_power(runs: Sequence[Run], found: Sequence[Found], gain: Estimate, *, tolerance: float) -> str:
    """Return for each share that was planted how often it was found, and how far off live and stored runs were."""
    title = "Planted slow-downs, and what was found of them"
    verdicts = [
        Column("\nplanted"),
        Column("\ncells"),
        Column("regressed,\nsignificant"),
        Column("improved,\nsignificant"),
        Column("\nrestarts"),
        Column(f"regressed,\nby {percent(tolerance)}"),
        Column("unchanged,\nby it"),
    ]
    errors = [
        Column("\nplanted"),
        Column("restarts\nscatter by"),
        Column("a comparison\nerrs by"),
        Column("stored\nruns err"),
        Column("of them\nregressed"),
        Column("\nimproved"),
    ]
    lines = [title, "═" * len(title), render_table(verdicts, [_verdicts(each) for each in found], width=WIDTH), ""]
    lines += [render_table(errors, [_errors(each) for each in found], width=WIDTH), ""]
    if len(runs) > 1:
        lines += [_by_noise(runs, [each.share for each in found], tolerance), ""]
    if len(runs[0].shares) > 1:
        lines += [_over_all(runs, tolerance), ""]
    if judged := evaluate_with_tails(runs, tolerance=tolerance):
        lines += [_with_tails(judged, tolerance), ""]
    epochs = [seconds for run in runs for each in run.baseline.values() for seconds in each]
    spent = [run.spent_seconds for run in runs]
    between = 1 - sum(run.in_epochs * run.spent_seconds for run in runs) / sum(spent)
    budgets = sorted({run.budget_seconds for run in runs})
    times, interval = number_with_interval(gain)
    within = f", {interval} at {percent(gain.level)} over runs" if gain.has_interval else ""
    note = (
        f"{_counted(len(runs), 'run')} of {_cells(runs)} cells; epochs of fit of {1000 * min(epochs):.0f} to "
        f"{1000 * max(epochs):.0f} ms; {' or '.join(f'{budget:g}' for budget in budgets)} s of turns a cell "
        f"({min(spent):.1f} to {max(spent):.1f} s), {percent(between)} of them between epochs. "
        f"Significance: each cell judged alone at 99 %, without a tolerance. By {percent(tolerance)}: judged alone at "
        "95 % against that tolerance. Restarts: until it was settled by significance, the median, as is what they "
        "scatter by. Errs: the root mean square of what was found less what was planted. Stored runs: the same "
        "workers, one side's in the first half of a run and the other's in the second, compared by medians with a "
        f"threshold of {percent(STORED_THRESHOLD)}; of as many restarts, "
        f"they err by {times} times what a comparison errs by{within}."
    )
    if len(runs) > 1:
        note += " The table of two columns has the calmer half, by what restarts scatter by, and the others."
    if len(runs[0].shares) > 1:
        note += (
            " Over all sizes: one verdict a run, with a common share in place of what was planted; by significance at "
            f"99 %, by {percent(tolerance)} with half of the error of a comparison at 95 %, as in batchmark upgrade."
        )
    return "\n".join([*lines, wrapped([note], WIDTH)])


def _by_noise(runs: Sequence[Run], shares: Sequence[float], tolerance: float) -> str:
    """Return a table of the calmer half of the runs and the others, a column each: what was found in each."""
    halves = calm_and_noisy(runs)
    found = [{each.share: each for each in evaluate(half, tolerance=tolerance)} for half in halves]
    different = (Verdict.REGRESSED, Verdict.IMPROVED)
    told: list[tuple[str, float, tuple[Verdict, ...]]] = [
        *((f"{percent(share)} regressed, significant", share, different[:1]) for share in shares if share),
        *([("0 % different, significant", 0.0, different)] if 0 in shares else []),
        *([(f"0 % unchanged, by {percent(tolerance)}", 0.0, (Verdict.UNCHANGED,))] if 0 in shares else []),
    ]
    columns = [Column("runs", "left"), *(Column(f"{len(half)}") for half in halves)]
    rows = [["restarts scatter by", *(f"{half[0].spread:.2%} to {half[-1].spread:.2%}" for half in halves)]]
    rows += [[what, *(_how_often(each.get(share), *verdicts) for each in found)] for what, share, verdicts in told]
    return render_table(columns, rows, width=WIDTH)


def _over_all(runs: Sequence[Run], tolerance: float) -> str:
    """Return what one verdict over all batch sizes of a run finds, and whether sizes are told apart."""
    columns = [
        Column("over all\nsizes", "left"),
        Column("regressed,\nsignificant"),
        Column("improved,\nsignificant"),
        Column(f"regressed,\nby {percent(tolerance)}"),
        Column("unchanged,\nby it"),
    ]
    found = [(each.share, _counts(each)) for each in evaluate_over_all(runs, tolerance=tolerance)]
    rows = [[percent(share), *(f"{count} of {len(runs)}" for count in counts)] for share, counts in found]
    bounds = {count: exact_interval(count, len(runs)) for _, counts in found for count in counts}
    exact = [f"{count} is {100 * low:.0f} to {100 * high:.0f} %" for count, (low, high) in sorted(bounds.items())]
    planted, alike = sizes_called_different(runs)
    told = (
        f"Sizes differ among themselves in {planted} of {len(runs)} runs with what was planted, and in {alike} without."
    )
    within = f"Of {len(runs)}, exactly and at 95 %, {', '.join(exact)}."
    errs = f"What is found over all sizes errs by {error_over_all(runs):.2%}."
    return f"{render_table(columns, rows, width=WIDTH)}\n{wrapped([told, errs, within], WIDTH)}"


def _with_tails(judged: Sequence[Judged], tolerance: float) -> str:
    """Return a table of what a comparison says in which slow epochs count, with exact intervals."""
    columns = [
        Column("slow epochs counted,\nplanted", "left"),
        Column("\nof"),
        *(Column(f"\n{verdict}") for verdict in _VERDICTS),
    ]
    rows = [
        [_planted(each), str(each.count), *(_with_exact(each.verdicts[verdict], each.count) for verdict in _VERDICTS)]
        for each in judged
    ]
    within = (
        f"Judged as batchmark upgrade would at 95 % against {percent(tolerance)}: a cell alone, all sizes beside one. "
        "In brackets exact intervals at 95 %, in percent."
    )
    return f"{render_table(columns, rows, width=WIDTH)}\n{wrapped([within], WIDTH)}"


def _counted(count: int, of_what: str) -> str:
    return f"{count} {of_what}{'' if count == 1 else 's'}"


def _cells(runs: Sequence[Run]) -> str:
    return " or ".join(str(count) for count in sorted({len(run.shares) for run in runs}))


def _planted(judged: Judged) -> str:
    if isinstance(judged.planted, SlowEpochs):
        return f"a cell, 1 in {judged.planted.one_in} times {judged.planted.times:g}"
    return f"{'all sizes' if judged.is_over_all else 'a cell'}, {percent(judged.planted)}"


def _with_exact(count: int, of: int) -> str:
    low, high = exact_interval(count, of)
    return f"{count} [{100 * low:.0f}, {100 * high:.0f}]"


def _counts(found: FoundOverAll) -> tuple[int, ...]:
    return (
        found.significant[Verdict.REGRESSED],
        found.significant[Verdict.IMPROVED],
        found.beyond_tolerance[Verdict.REGRESSED],
        found.beyond_tolerance[Verdict.UNCHANGED],
    )


def _how_often(found: Found | None, *verdicts: Verdict) -> str:
    """Return in how many cells it came to one of these; without a tolerance no cell is unchanged."""
    if found is None:
        return NOTHING
    counted = found.beyond_tolerance if Verdict.UNCHANGED in verdicts else found.significant
    return f"{sum(counted[verdict] for verdict in verdicts)} of {found.cells}"


def _verdicts(found: Found) -> tuple[str, ...]:
    return (
        percent(found.share),
        str(found.cells),
        str(found.significant[Verdict.REGRESSED]),
        str(found.significant[Verdict.IMPROVED]),
        f"{found.restarts:g}",
        str(found.beyond_tolerance[Verdict.REGRESSED]),
        str(found.beyond_tolerance[Verdict.UNCHANGED]),
    )


def _errors(found: Found) -> tuple[str, ...]:
    return (
        percent(found.share),
        f"{found.spread:.2%}",
        f"{found.error:.2%}",
        f"{found.stored_error:.2%}",
        f"{found.stored_regressed} of {found.stored}",
        f"{found.stored_improved} of {found.stored}",
    )
