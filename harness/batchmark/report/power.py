"""What planted slow-downs were found, as text."""

from collections.abc import Sequence
from textwrap import fill

from batchmark.comparison import Verdict
from batchmark.report.tables import Column, render_table
from batchmark.report.units import percent
from batchmark.studies.power_study import Found, Run

_WIDTH = 112


def render_power(runs: Sequence[Run], found: Sequence[Found], *, tolerance: float) -> str:
    """Return for each share that was planted how often it was found, live and by stored runs."""
    title = "Planted slow-downs, and what was found of them"
    columns = [
        Column("planted"),
        Column("cells"),
        Column("regressed,\nsignificance"),
        Column("improved,\nsignificance"),
        Column("restarts"),
        Column(f"regressed,\nby {percent(tolerance)}"),
        Column("unchanged,\nby it"),
        Column("a restart\nscatters by"),
        Column("stored runs\nscatter by"),
    ]
    rows = [
        (
            percent(each.share),
            str(each.cells),
            str(each.significant[Verdict.REGRESSED]),
            str(each.significant[Verdict.IMPROVED]),
            f"{each.restarts:g}",
            str(each.beyond_tolerance[Verdict.REGRESSED]),
            str(each.beyond_tolerance[Verdict.UNCHANGED]),
            percent(each.spread),
            percent(each.stored_spread),
        )
        for each in found
    ]
    lines = [title, "═" * len(title), render_table(columns, rows, width=_WIDTH), ""]
    epochs = [seconds for run in runs for seconds in run.seconds.values()]
    budgets = sorted({run.budget_seconds for run in runs})
    note = (
        f"{len(runs)} runs of {len(runs[0].shares)} cells; epochs of fit of {1000 * min(epochs):.0f} to "
        f"{1000 * max(epochs):.0f} ms; at most {' or '.join(f'{budget:g}' for budget in budgets)} s of turns a cell. "
        f"Significance: each cell judged alone at 99 %, without a tolerance. By {percent(tolerance)}: judged alone at "
        "95 % against that tolerance. Restarts: until it was settled by significance, the median. Stored runs: the "
        "same sides one after the other, a process each, compared by their medians."
    )
    return "\n".join([*lines, fill(note, _WIDTH, subsequent_indent="  ")])
