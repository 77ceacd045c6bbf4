"""Claims as text: the list of them, and what was found of those that were tested."""

from collections.abc import Sequence
from textwrap import fill

from batchmark.report.claims_summary import (
    conclusions,
    number_range,
    say_basis,
    say_chance,
    say_counts,
    say_how_long,
    say_stopped,
    say_where,
)
from batchmark.report.effects import effect, in_words, interval, say_levels
from batchmark.report.tables import WIDTH, Column, render_table
from batchmark.report.wrapping import wrapped
from batchmark.studies.claims.claim import Claim, Condition, Finding
from batchmark.studies.claims.study import Outcome, Outcomes

_BEFORE = "    "
_CONDITIONS = (
    Column("condition", "left"),
    Column("effect"),
    Column("interval"),
    Column("n"),
    Column("verdict", "left"),
)
_CONCLUSIONS = tuple(Column(title, "left") for title in ("network", "P says", "its source says", "measured"))
_WIDTHS = (14, 18, 20, 19)
"""Of the conclusions' columns, which hold sentences."""
_BETWEEN = 3
_NARROWEST = 12


def render_list(claims: Sequence[Claim], *, width: int = WIDTH) -> str:
    """Return each claim with its number, its sentence and its source."""
    numbers = number_range(claim.number for claim in claims)
    last = f"Claims {numbers}. To test some: batchmark claims 2 4 11; all of them: batchmark claims all."
    return "\n".join([*(_listed(claim, width) for claim in claims), "", wrapped([last], width)])


def render_claims(outcomes: Outcomes, *, width: int = WIDTH) -> str:
    """Return what was found of each claim, and what they come to together."""
    parts = [_claim(outcome, width) for outcome in outcomes.outcomes]
    return "\n\n".join([wrapped([say_where(outcomes.facts)], width), *parts, _together(outcomes, width)])


def _listed(claim: Claim, width: int) -> str:
    first = wrapped([f"{claim.sentence}"], width - len(_BEFORE)).replace("\n  ", "\n")
    said = wrapped([f"{claim.who}: {claim.source}"], width - len(_BEFORE))
    first, *rest = [line for text in (first, said) for line in text.split("\n")]
    return "\n".join([f"{claim.number:>2}  {first}", *(f"{_BEFORE}{line}" for line in rest)])


def _claim(outcome: Outcome, width: int) -> str:
    claim, finding = outcome.claim, outcome.finding
    found = f"{in_words(outcome.answer)}. {finding.sentence}" if finding else f"Not tested: {outcome.why}."
    top = [
        f"Claim {claim.number}, {claim.workload}: {claim.sentence}",
        f"  {claim.who}: {claim.source}",
        f"  Rule: {claim.rule}",
        f"  {found}",
    ]
    parts = [wrapped(top, width)]
    if finding and finding.conditions:
        parts.append(_conditions(finding.conditions, width))
    if finding and (below := _below(finding)):
        parts.append(wrapped(below, width))
    return "\n".join(parts)


def _conditions(conditions: Sequence[Condition], width: int) -> str:
    rows = [_row(each) for each in conditions]
    taken = [
        max(len(each) for each in (column.title, *(row[at] for row in rows))) for at, column in enumerate(_CONDITIONS)
    ]
    room = max(_NARROWEST, width - sum(taken[1:]) - _BETWEEN * (len(taken) - 1))
    return render_table(_CONDITIONS, [[_filled(first, room), *rest] for first, *rest in rows], width=width)


def _filled(text: str, width: int) -> str:
    """Return `text` on lines that are broken between words, and never within a number."""
    return fill(text, width, break_long_words=False, break_on_hyphens=False)


def _row(condition: Condition) -> list[str]:
    return [
        condition.what,
        effect(condition),
        interval(condition),
        str(condition.estimate.n),
        str(condition.answer or ""),
    ]


def _below(finding: Finding) -> list[str]:
    levels, basis = say_levels(finding.conditions), say_basis(finding)
    said = "; ".join([*([f"intervals of what is judged: {levels}"] if levels else []), *([basis] if basis else [])])
    return [*([f"  {said[0].upper()}{said[1:]}."] if said else []), *(f"  {note}" for note in finding.notes)]


def _together(outcomes: Outcomes, width: int) -> str:
    parts = []
    if beside := conclusions(outcomes.outcomes):
        # An empty line after each: its cells are of several.
        rows = [
            [
                f"{_filled(text, room)}\n"
                for text, room in zip(
                    (each.kind_of_network, f"{each.number}: {each.says}", each.source_says, each.measured),
                    _WIDTHS,
                    strict=True,
                )
            ]
            for each in beside
        ]
        table = render_table(_CONCLUSIONS, rows, width=width).rstrip()
        parts.append(f"P's conclusions by kind of network\n{table}")
    lines = [say_counts(outcomes), say_chance(outcomes), f"It took {say_how_long(outcomes)}.", say_stopped(outcomes)]
    parts.append(wrapped(filter(None, lines), width))
    return "\n\n".join(parts)
