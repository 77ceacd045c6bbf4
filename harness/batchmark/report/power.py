"""What planted slow-downs were found, as text."""

from collections.abc import Sequence
from textwrap import fill

from batchmark.comparison import Verdict
from batchmark.records import Estimate
from batchmark.report.tables import Column, render_table
from batchmark.report.units import NOTHING, number_with_interval, percent
from batchmark.studies.ruler.power import STORED_THRESHOLD, Found, Run, calm_and_noisy, evaluate

_WIDTH = 112


def render_power(runs: Sequence[Run], found: Sequence[Found], gain: Estimate, *, tolerance: float) -> str:
    """Return for each share that was planted how often it was found, and how far off live and stored runs were."""
    title = "Planted slow-downs, and what was found of them"
    verdicts = [
        Column("planted"),
        Column("cells"),
        Column("regressed,\nsignificance"),
        Column("improved,\nsignificance"),
        Column("restarts"),
        Column(f"regressed,\nby {percent(tolerance)}"),
        Column("unchanged,\nby it"),
    ]
    errors = [
        Column("planted"),
        Column("restarts\nscatter by"),
        Column("a comparison\nerrs by"),
        Column("stored runs\nerr by"),
        Column("stored runs:\nregressed"),
        Column("improved"),
    ]
    lines = [title, "═" * len(title), render_table(verdicts, [_verdicts(each) for each in found], width=_WIDTH), ""]
    lines += [render_table(errors, [_errors(each) for each in found], width=_WIDTH), ""]
    if len(runs) > 1:
        lines += [_by_noise(runs, [each.share for each in found], tolerance), ""]
    epochs = [seconds for run in runs for each in run.baseline.values() for seconds in each]
    spent = [run.spent_seconds for run in runs]
    between = 1 - sum(run.in_epochs * run.spent_seconds for run in runs) / sum(spent)
    budgets = sorted({run.budget_seconds for run in runs})
    times, interval = number_with_interval(gain)
    note = (
        f"{len(runs)} runs of {len(runs[0].shares)} cells; epochs of fit of {1000 * min(epochs):.0f} to "
        f"{1000 * max(epochs):.0f} ms; {' or '.join(f'{budget:g}' for budget in budgets)} s of turns a cell "
        f"({min(spent):.1f} to {max(spent):.1f} s), {percent(between)} of them between epochs. "
        f"Significance: each cell judged alone at 99 %, without a tolerance. By {percent(tolerance)}: judged alone at "
        "95 % against that tolerance. Restarts: until it was settled by significance, the median, as is what they "
        "scatter by. Errs: the root mean square of what was found less what was planted. Stored runs: the same "
        "workers, one side's in the first half of a run and the other's in the second, compared by medians with a "
        f"threshold of {percent(STORED_THRESHOLD)}; of as many restarts, "
        f"they err by {times} times what a comparison errs by, {interval} at {percent(gain.level)} over runs."
        f"{' The last table parts the runs by what their restarts scatter by.' if len(runs) > 1 else ''}"
    )
    return "\n".join([*lines, fill(note, _WIDTH, subsequent_indent="  ")])


def _by_noise(runs: Sequence[Run], shares: Sequence[float], tolerance: float) -> str:
    """Return a table of the calmer half of the runs and the others: what was found in each."""
    planted = [share for share in shares if share]
    columns = [
        Column("\nruns"),
        Column("restarts\nscatter by"),
        *(Column(f"{percent(share)} regressed,\nsignificance") for share in planted),
        *(
            [Column("0 % different,\nsignificance"), Column(f"0 % unchanged,\nby {percent(tolerance)}")]
            if 0 in shares
            else []
        ),
    ]
    rows = []
    for half in calm_and_noisy(runs):
        found = {each.share: each for each in evaluate(half, tolerance=tolerance)}
        row = [f"{len(half)}", f"{half[0].spread:.2%} to {half[-1].spread:.2%}"]
        row += [_how_often(found.get(share), Verdict.REGRESSED) for share in planted]
        if 0 in shares:
            row.append(_how_often(found.get(0.0), Verdict.REGRESSED, Verdict.IMPROVED))
            row.append(_how_often(found.get(0.0), Verdict.UNCHANGED))
        rows.append(row)
    return render_table(columns, rows, width=_WIDTH)


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
