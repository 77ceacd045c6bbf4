"""What a night found out: as lines for its log, and as the text of the issue that people read in the morning.

The issue's first line is what `batchmark.studies.nights.issue` knows it by.
"""

from collections.abc import Sequence

from batchmark.comparison import ComparedCell, Comparison, Verdict
from batchmark.report import compared_cells as words
from batchmark.report.environment import render_environment
from batchmark.report.markdown import MOST_CHARACTERS, bullets, escaped, folded, table
from batchmark.report.tables import WIDTH
from batchmark.report.units import NOTHING
from batchmark.report.wrapping import wrapped
from batchmark.studies.nights.confirmation import Confirmation, Rechecked
from batchmark.studies.nights.issue import CONFIRMED, QUIET

_MOST_ROWS = 60
_HEADER = (
    *("workload", "metric", "loop", "batch size", "tolerance"),
    *("×", "interval", "× again", "interval again", "verdict again"),
)


def render_night(first: Comparison, confirmation: Confirmation | None) -> str:
    """Return what was found in a few lines."""
    if confirmation is None:
        lines = [f"{words.headline(first).capitalize()}."]
        lines += [f"To settle what is inconclusive: {each}." for each in words.what_would_settle(first.cells)]
        return wrapped(lines, WIDTH)
    lines = [f"{_headline(confirmation)}."]
    lines += [f"confirmed: {each.first.name}, {_twice(each)}" for each in confirmation.confirmed]
    lines += [f"not confirmed: {each.first.name}, {_twice(each)}" for each in confirmation.unconfirmed]
    lines += [f"in the second run alone: {cell.name}, {words.sentence(cell)}" for cell in confirmation.only_in_second]
    return wrapped(lines, WIDTH)


def render_night_as_markdown(first: Comparison, confirmation: Confirmation | None, *, run: str | None = None) -> str:
    """Return the issue's text, or, where nothing is confirmed, that of a comment; `run` is the night's address."""
    whole = _rendered(first, confirmation, run, most=_MOST_ROWS)
    return whole if len(whole) <= MOST_CHARACTERS else _rendered(first, confirmation, run, most=5)


def _rendered(first: Comparison, confirmation: Confirmation | None, run: str | None, *, most: int) -> str:
    latest = confirmation.second if confirmation else first
    differing = words.differences(first.environment)
    parts = [
        CONFIRMED if confirmation and confirmation.confirmed else QUIET,
        f"### Batchmark: {_headline(confirmation) if confirmation else words.headline(first)}",
        f"They differ in {escaped(', '.join(differing))}." if differing else "Their environments are alike.",
    ]
    parts += [f"From {run}"] if run else []
    if latest.stopped:
        parts.append(f"**The last run did not finish**: {escaped(latest.stopped)}.")
    if confirmation:
        parts += _tables(confirmation, most)
    elif settling := words.what_would_settle(first.cells):
        parts += ["To settle what is inconclusive:", bullets(settling[:most])]
    rest = _rest(latest, most)
    rest += ["Confirmed: regressed in both of two runs, each in processes of its own."] if confirmation else []
    return "\n\n".join([*parts, folded("Environments, method and caveats", bullets(rest))]) + "\n"


def _tables(confirmation: Confirmation, most: int) -> list[str]:
    parts = []
    if confirmed := confirmation.confirmed:
        parts += [_table(confirmed, most), *_and_more(confirmed, most)]
    if unconfirmed := confirmation.unconfirmed:
        content = "\n\n".join([_table(unconfirmed, most), *_and_more(unconfirmed, most)])
        parts.append(folded(f"{len(unconfirmed)} regressed in the first run alone", content))
    if others := confirmation.only_in_second:
        lines = [f"{cell.name}: {words.sentence(cell)}" for cell in others[:most]]
        content = "\n\n".join([bullets(lines), *_and_more(others, most)])
        parts.append(folded(f"{len(others)} regressed in the second run alone", content))
    return parts


def _table(rechecked: Sequence[Rechecked], most: int) -> str:
    rows = []
    for each in rechecked[:most]:
        workload, loop, size = words.place(each.first)
        again = words.effect(each.second) if each.second else (NOTHING, NOTHING)
        verdict = str(each.second.verdict) if each.second else "not measured"
        found = (*words.effect(each.first), *again, verdict)
        rows.append((workload, str(each.first.metric), loop, size, words.tolerance(each.first), *found))
    return table(_HEADER, rows)


def _and_more(cells: Sequence[Rechecked] | Sequence[ComparedCell], most: int) -> list[str]:
    return [f"and {len(cells) - most} more; the JSON files hold them."] if len(cells) > most else []


def _rest(comparison: Comparison, most: int) -> list[str]:
    environment = comparison.environment
    lines = [
        f"Baseline: {render_environment(environment.baseline)}",
        f"Candidate: {render_environment(environment.candidate)}",
        words.basis(comparison),
    ]
    caveats = [f"Caveat: {each}." for each in comparison.warnings]
    return [*lines, *caveats[:most], *(f"Warning, {each}" for each in words.warnings(comparison.cells)[:most])]


def _headline(confirmation: Confirmation) -> str:
    confirmed, others = len(confirmation.confirmed), len(confirmation.unconfirmed)
    if confirmed:
        return f"{_counted(confirmed)} confirmed by a second run" + (f", {others} not" if others else "")
    unknown = sum(each.second is None for each in confirmation.unconfirmed)
    rest = f", which did not measure {unknown} of them" if unknown else ""
    return f"{_counted(others)} in the first run, none confirmed by the second{rest}"


def _counted(number: int) -> str:
    return f"{number} regression{'' if number == 1 else 's'}"


def _twice(each: Rechecked) -> str:
    if each.second is None:
        return f"{words.sentence(each.first)}; then not measured"
    again = Verdict.REGRESSED if each.is_confirmed else each.second.verdict
    return f"{words.sentence(each.first)}; then {again}: {' '.join(words.effect(each.second))}"
