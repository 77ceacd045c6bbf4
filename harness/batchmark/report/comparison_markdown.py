"""A comparison as GitHub-flavoured Markdown: short enough for a pull request's comment, the rest folded away."""

import re
from collections.abc import Iterable, Sequence

from batchmark.comparison import ComparedCell, Comparison, Verdict
from batchmark.report import compared_cells as words
from batchmark.report.environment import render_environment

# GitHub refuses comments of more than 65,536 characters.
_MOST_CHARACTERS = 65_000
_MOST_ROWS_ON_TOP = 20
# What Markdown or HTML would take for its own. Not the underscore, which means nothing within a word.
_SPECIAL = re.compile(r"[\\`*\[\]<>|#~&]")


def render_comparison_as_markdown(comparison: Comparison) -> str:
    """Return the verdict and what regressed, then every cell, the environments and the caveats, folded.

    It begins with `batchmark.report.compared_cells.MARKER`. Where the whole would be longer than GitHub takes, the
    table of every cell is left out, and said to be.
    """
    whole = _rendered(comparison, with_cells=True)
    return whole if len(whole) <= _MOST_CHARACTERS else _rendered(comparison, with_cells=False)


def _rendered(comparison: Comparison, *, with_cells: bool) -> str:
    verdict, _, counts = words.headline(comparison).partition(": ")
    differing = words.differences(comparison.environment)
    top = [
        words.MARKER,
        f"### Batchmark: {verdict}",
        f"{words.title(comparison)}: {counts}.",
        f"They differ in {_escaped(', '.join(differing))}." if differing else "Their environments are alike.",
    ]
    if comparison.stopped:
        top.append(f"**Not finished**: {_escaped(comparison.stopped)}.")
    regressed = words.counted(comparison.cells, Verdict.REGRESSED)
    if regressed:
        rest = len(regressed) - _MOST_ROWS_ON_TOP
        top.append(_table(regressed[:_MOST_ROWS_ON_TOP]))
        top += [f"and {rest} more."] if rest > 0 else []
    if settling := words.what_would_settle(comparison.cells):
        top.append("To settle what is inconclusive:")
        top.append(_list(settling))
    judged = [cell for cell in comparison.cells if cell.counts]
    reported = words.by_place(cell for cell in comparison.cells if not cell.counts)
    if not with_cells:
        top.append("The table of every cell is too long for a comment; the JSON holds it.")
    else:
        top += [_folded(f"All {len(judged)} judged", _table(words.counted(judged)))] if judged else []
        top += [_folded(f"{len(reported)} reported, not judged", _table(reported))] if reported else []
    return "\n\n".join([*top, _folded("Environments, method and caveats", _rest(comparison))]) + "\n"


def _rest(comparison: Comparison) -> str:
    environment = comparison.environment
    lines = [
        f"Baseline: {render_environment(environment.baseline)}",
        f"Candidate: {render_environment(environment.candidate)}",
        words.basis(comparison),
        *(f"Caveat: {each}." for each in comparison.warnings),
        *(f"Warning, {each}" for each in words.warnings(comparison.cells)),
    ]
    return _list(lines)


def _table(cells: Sequence[ComparedCell]) -> str:
    header = (
        *("verdict", "workload", "metric", "loop", "batch size"),
        *("baseline", "candidate", "×", "interval", "tolerance"),
    )
    lines = [f"| {' | '.join(header)} |", f"|{' --- |' * len(header)}"]
    for cell in cells:
        sides = [words.value(cell, number) for number in (cell.baseline, cell.candidate)]
        verdict = f"**{cell.verdict}**" if cell.verdict is Verdict.REGRESSED else str(cell.verdict)
        workload, loop, size = map(_escaped, words.place(cell))
        found = (str(cell.metric), loop, size, *sides, *words.effect(cell), words.tolerance(cell))
        lines.append(f"| {' | '.join([verdict if cell.counts else '', workload, *found])} |")
    return "\n".join(lines)


def _list(lines: Iterable[str]) -> str:
    return "\n".join(f"- {_escaped(line)}" for line in lines)


def _folded(summary: str, content: str) -> str:
    # Without the empty lines GitHub takes the content for HTML.
    return f"<details><summary>{summary}</summary>\n\n{content}\n\n</details>"


def _escaped(text: str) -> str:
    """Return `text` as one line that stands in Markdown as it is."""
    return _SPECIAL.sub(lambda match: f"&#{ord(match[0])};", " ".join(text.split()))
