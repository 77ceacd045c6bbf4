"""Claims as pages of Markdown: one where all that was found fits into it, else one that leads to a page a claim."""

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from batchmark.report.claims_summary import (
    Beside,
    conclusions,
    in_brief,
    measured,
    number_range,
    say_basis,
    say_chance,
    say_counts,
    say_how_long,
    say_stopped,
    say_where,
)
from batchmark.report.effects import effect, in_words, interval, say_levels
from batchmark.report.markdown import bullets, escaped, table, table_of_markdown
from batchmark.studies.claims.claim import Condition, Finding
from batchmark.studies.claims.study import Outcome, Outcomes

MOST_WORDS = 1_500
"""Of a page: what is read in one sitting."""
_CONDITIONS = ("condition", "effect", "interval", "n", "verdict")

Pictures = Mapping[int, Sequence[tuple[str, Path]]]
"""By claim, each picture's title and file."""


def render_claims_as_markdown(outcomes: Outcomes, path: Path, pictures: Pictures) -> dict[Path, str]:
    """Return the pages by their paths: `path`, and in a folder of its name a page a claim, where one is not enough.

    Pictures are linked from where a page stands. No page has more than `MOST_WORDS` words: where a claim has conditions
    or notes beyond that, the last of them are left out, and said to be.
    """
    whole = _page(outcomes, [_section(each, path.parent, pictures, 2) for each in outcomes.outcomes])
    if _words(whole) <= MOST_WORDS:
        return {path: whole}
    folder = path.parent / path.stem
    links = {each.claim.number: f"{path.stem}/{each.claim.number}.md" for each in outcomes.outcomes}
    pages = {folder / f"{each.claim.number}.md": _own_page(each, path, folder, pictures) for each in outcomes.outcomes}
    # The conclusions lead to claims that are told above: they are the first to be told in brief.
    leading = [
        _page(outcomes, [_overview(outcomes.outcomes, links, above)], below)
        for above, below in ((measured, measured), (measured, in_brief), (in_brief, in_brief))
    ]
    return {path: next((page for page in leading if _words(page) <= MOST_WORDS), leading[-1]), **pages}


def _page(outcomes: Outcomes, sections: Sequence[str], tell: Callable[[Outcome], str] = measured) -> str:
    asked = [each.claim.number for each in outcomes.outcomes]
    stopped, where = say_stopped(outcomes), escaped(say_where(outcomes.facts))
    parts = [
        "# Claims on batch size, tested",
        f"Claims {number_range(asked)}, by `batchmark claims NUMBER...`. On {where}. It took {say_how_long(outcomes)}.",
        f"**{escaped(stopped)}**" if stopped else "",
        say_counts(outcomes),
        say_chance(outcomes),
        *sections,
        _conclusions(conclusions(outcomes.outcomes, tell)),
    ]
    return "\n\n".join(filter(None, parts)) + "\n"


def _overview(outcomes: Sequence[Outcome], links: Mapping[int, str], tell: Callable[[Outcome], str]) -> str:
    rows = [
        [
            f"[{each.claim.number}]({links[each.claim.number]})",
            f"{escaped(each.claim.sentence)} ({escaped(each.claim.workload)})",
            escaped(tell(each)),
        ]
        for each in outcomes
    ]
    said = "Each number leads to its claim's page: the source, the rule, all that was measured, and pictures."
    return f"{said}\n\n{table_of_markdown(('claim', 'what it says', 'what was measured'), rows)}"


def _conclusions(beside: Sequence[Beside]) -> str:
    if not beside:
        return ""
    rows = [
        [each.kind_of_network, each.says, each.source_says, f"claim {each.number}, {each.measured}"] for each in beside
    ]
    return (
        f"## P's conclusions, by kind of network\n\n{table(('network', 'P says', 'its source says', 'measured'), rows)}"
    )


def _own_page(outcome: Outcome, path: Path, folder: Path, pictures: Pictures) -> str:
    section = _section(outcome, folder, pictures, 1)
    return f"{section}\n\nWhere it was measured, and the other claims: [{path.name}](../{path.name}).\n"


def _section(outcome: Outcome, folder: Path, pictures: Pictures, depth: int) -> str:
    """Return all there is to say of a claim, in as many words as a page holds."""
    conditions = outcome.finding.conditions if outcome.finding else ()
    notes = outcome.finding.notes if outcome.finding else ()
    # Words of the line that leads back from a page of its own.
    most = MOST_WORDS - 50
    while True:
        text = _told(outcome, (conditions, notes), folder, pictures, depth)
        if _words(text) <= most or not (conditions or notes):
            return text
        conditions, notes = (conditions[:-1], notes) if conditions else (conditions, notes[:-1])


def _told(
    outcome: Outcome,
    shown: tuple[Sequence[Condition], Sequence[str]],
    folder: Path,
    pictures: Pictures,
    depth: int,
) -> str:
    claim, finding = outcome.claim, outcome.finding
    basis, command = say_basis(finding) if finding else "", f"batchmark claims {claim.number}"
    verdict = f"**{in_words(outcome.answer)}**" + (f" ({basis})" if basis else "")
    parts = [
        f"{'#' * depth} {claim.number}. {escaped(claim.sentence)}",
        f"{escaped(claim.who)}: {escaped(claim.source)}. Measured on {escaped(claim.workload)}, by `{command}`.",
        f"{verdict}. {escaped(finding.sentence if finding else _sentence(outcome.why))}",
        f"Rule: {escaped(claim.rule)}",
    ]
    if finding:
        parts += [*_conditions(finding, *shown), *_links(claim.number, folder, pictures)]
    return "\n\n".join(parts)


def _conditions(finding: Finding, conditions: Sequence[Condition], notes: Sequence[str]) -> list[str]:
    parts = []
    if conditions:
        rows = [
            [each.what, effect(each), interval(each), str(each.estimate.n), str(each.answer or "")]
            for each in conditions
        ]
        levels = say_levels(conditions)
        parts += [table(_CONDITIONS, rows), *([f"Intervals of what is judged: {levels}."] if levels else [])]
    if notes:
        parts.append(bullets(notes))
    left_out = len(finding.conditions) - len(conditions), len(finding.notes) - len(notes)
    named = [f"{count} {what}" for count, what in zip(left_out, ("conditions", "notes"), strict=True) if count]
    return [*parts, f"Left out for length, and in the file of `--json`: {', '.join(named)}."] if named else parts


def _links(number: int, folder: Path, pictures: Pictures) -> list[str]:
    return [
        f"![{escaped(title)}]({Path(os.path.relpath(file, folder)).as_posix().replace(' ', '%20')})"
        for title, file in pictures.get(number, ())
    ]


def _sentence(why: str) -> str:
    return f"{why[:1].upper()}{why[1:]}."


def _words(text: str) -> int:
    return len(text.split())
