"""A comparison as GitHub-flavoured Markdown: short enough for a pull request's comment, the rest folded away."""

from collections.abc import Sequence

from batchmark.comparison import ComparedCell, Comparison, Verdict
from batchmark.report import compared_cells as words
from batchmark.report.counters import what_it_is_made_of
from batchmark.report.environment import render_environment
from batchmark.report.explanation import render_explanation
from batchmark.report.markdown import MOST_CHARACTERS, bullets, code_block, escaped, folded, table_of_markdown

_MOST_ROWS_ON_TOP = 20


def render_comparison_as_markdown(comparison: Comparison) -> str:
    """Return the verdict and what regressed, then every cell, the environments and the caveats, folded.

    It begins with `batchmark.report.compared_cells.MARKER`. Where the whole would be longer than GitHub takes, the
    table of every cell is left out, and said to be.
    """
    whole = _rendered(comparison, with_cells=True)
    return whole if len(whole) <= MOST_CHARACTERS else _rendered(comparison, with_cells=False)


def _rendered(comparison: Comparison, *, with_cells: bool) -> str:
    verdict, _, counts = words.headline(comparison).partition(": ")
    differing = words.differences(comparison.environment)
    top = [
        words.MARKER,
        f"### Batchmark: {verdict}",
        f"{words.title(comparison)}: {counts}.",
        *((bullets(leading),) if (leading := words.over_all_sizes(comparison.cells)) else ()),
        f"They differ in {escaped(', '.join(differing))}." if differing else "Their environments are alike.",
    ]
    if comparison.stopped:
        top.append(f"**Not finished**: {escaped(comparison.stopped)}.")
    regressed = words.counted(comparison.cells, Verdict.REGRESSED)
    if regressed:
        rest = len(regressed) - _MOST_ROWS_ON_TOP
        top.append(_table(regressed[:_MOST_ROWS_ON_TOP]))
        top += [f"and {rest} more."] if rest > 0 else []
    if settling := words.what_would_settle(comparison.cells):
        top.append("To settle what is inconclusive:")
        top.append(bullets(settling))
    judged = [cell for cell in comparison.cells if cell.counts]
    reported = words.by_place(cell for cell in comparison.cells if not cell.counts)
    if not with_cells:
        top.append("The table of every cell is too long for a comment; the JSON holds it.")
    else:
        top += [folded(f"All {len(judged)} judged", _table(words.counted(judged)))] if judged else []
        top += [folded(f"{len(reported)} reported, not judged", _table(reported))] if reported else []
    if why := "\n\n".join(render_explanation(each) for each in comparison.profiles):
        top.append(folded("Where an epoch's time goes", code_block(why)))
    return "\n\n".join([*top, folded("Environments, method and caveats", _rest(comparison))]) + "\n"


def _rest(comparison: Comparison) -> str:
    environment = comparison.environment
    lines = [
        f"Baseline: {render_environment(environment.baseline)}",
        f"Candidate: {render_environment(environment.candidate)}",
        *(f"Slow epochs, {each}." for each in words.tails(comparison.cells)),
        *what_it_is_made_of(comparison.cells),
        words.basis(comparison),
        *(f"Unseen, {each}." for each in words.unseen_seeds(comparison.cells)),
        *(f"Caveat: {each}." for each in comparison.warnings),
        *(f"Warning, {each}" for each in words.warnings(comparison.cells)),
    ]
    return bullets(lines)


def _table(cells: Sequence[ComparedCell]) -> str:
    header = (
        *("verdict", "workload", "metric", "loop", "batch size"),
        *("baseline", "candidate", "×", "interval", "tolerance"),
    )
    rows = []
    for cell in cells:
        sides = [words.value(cell, number) for number in (cell.baseline, cell.candidate)]
        verdict = f"**{cell.verdict}**" if cell.verdict is Verdict.REGRESSED else str(cell.verdict)
        workload, loop, size = map(escaped, words.place(cell))
        found = (str(cell.metric), loop, size, *sides, *words.effect(cell), words.tolerance(cell))
        rows.append([verdict if cell.counts else "", workload, *found])
    return table_of_markdown(header, rows)
