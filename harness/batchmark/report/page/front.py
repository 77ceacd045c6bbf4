"""What a page says first: the verdict, the next action, and what is missing or to be known before it is believed."""

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import PurePath

from batchmark.comparison import Comparison, Verdict, overall_verdict
from batchmark.files.claims import StoredClaims
from batchmark.files.results import Results
from batchmark.files.sweep import StoredSweep
from batchmark.report import compared_cells as words
from batchmark.report.page.answers import Answered, after_answers, is_asked_about, newest_of, said_first, title_of
from batchmark.report.page.comparisons import found_in
from batchmark.report.page.fastest import fastest_of, say_fastest
from batchmark.report.page.parts import Front, Line
from batchmark.studies.sweep.summary import GroupSummary

_MOST_LINES = 12
_MOST_PROBLEMS = 20
_PINNED = re.compile(r"[\w.\[\],-]+==[\w.+!-]+")

Compared = Sequence[tuple[str, str, Comparison]]
"""Anchor, file and comparison of each."""
Swept = Sequence[tuple[str, str, StoredSweep, Sequence[GroupSummary]]]
"""Anchor, machine, sweep and summaries of one workload, of each."""


def front_of(
    compared: Compared, swept: Swept, results: Results, notes: Sequence[str], answered: Answered = ()
) -> Front:
    """Return what is said first of comparisons, answers and sweeps; `notes` are what is to be known of them."""
    verdicts = [comparison.verdict for _, _, comparison in compared]
    questions, answered = len(answered), newest_of(answered)
    lines = [
        Line(f"{PurePath(name).name}: {found_in(comparison)}", anchor, str(comparison.verdict))
        for anchor, name, comparison in sorted(compared, key=lambda each: words.VERDICTS.index(each[2].verdict))
    ]
    answers = [line for each in swept for line in _answer(*each)]
    return Front(
        verdict=str(overall_verdict(verdicts)) if verdicts else "",
        title=str(overall_verdict(verdicts)).capitalize() if verdicts else title_of(answered) or _fastest(swept),
        headline=_headline(verdicts, len(compared), swept, _also(results, questions)),
        lines=[*_few(lines), *_few(said_first(answered)), *_few(answers)],
        actions=[
            *_few(_after_comparisons(compared)),
            *_few(after_answers(answered)),
            *_few(_after_sweeps(swept, answered)),
        ],
        problems=[*_problems(results), *notes],
    )


def _fastest(swept: Swept) -> str:
    """Return which batch size is the fastest, where one workload alone was swept."""
    best = fastest_of(swept[0][3]) if len(swept) == 1 else None
    if best is None:
        return "What was measured"
    return f"Batch size {best.fastest} with {best.loop} is the fastest for {swept[0][3][0].workload}"


def _headline(verdicts: Sequence[Verdict], comparisons: int, swept: Swept, also: Sequence[str]) -> str:
    parts = []
    if verdicts:
        counts = ", ".join(f"{verdicts.count(each)} {each}" for each in words.VERDICTS if each in verdicts)
        parts.append(f"{_number(comparisons, 'comparison')}: {counts}")
    parts += also
    if swept:
        cells = sum(len(summary.rows) for *_, summaries in swept for summary in summaries)
        parts.append(f"{_number(len({id(sweep) for _, _, sweep, _ in swept}), 'sweep')} of {_number(cells, 'cell')}")
    return "; ".join(parts)


def _also(results: Results, answers: int) -> list[str]:
    """Return how many questions were answered, and how many claims tested."""
    claims = sum(len(each.content.claims) for each in results.read if isinstance(each.content, StoredClaims))
    told = [f"{_number(answers, 'question')} answered"] if answers else []
    return told + ([f"{_number(claims, 'claim')} tested"] if claims else [])


def _after_comparisons(compared: Compared) -> list[Line]:
    found: list[Line] = []
    for anchor, name, comparison in compared:
        file = PurePath(name).name
        if comparison.stopped:
            found.append(Line(f"Compare {file} again, which did not finish ({comparison.stopped})", anchor))
        if any(cell.counts and cell.verdict is Verdict.REGRESSED for cell in comparison.cells):
            found.append(
                Line(f"Read why {file} regressed", anchor)
                if comparison.profiles
                else Line(f"Learn why {file} regressed: compare again with", anchor, command="--explain")
            )
            found += [Line("Learn which release made it so:", anchor, command=each) for each in _bisect(comparison)]
        found += [Line(f"To settle {file}: {each}", anchor) for each in words.what_would_settle(comparison.cells)[:2]]
    return found


def _bisect(comparison: Comparison) -> list[str]:
    """Return what to type where both sides were asked for by exact releases, and one of them differs."""
    environment = comparison.environment
    baseline, candidate = (
        str(side.get("requirements") or "").split() for side in (environment.baseline, environment.candidate)
    )
    good = [each for each in baseline if each not in candidate]
    bad = [each for each in candidate if each not in baseline]
    if len(good) != 1 or len(bad) != 1 or not all(_PINNED.fullmatch(each) for each in (*good, *bad)):
        return []
    if good[0].partition("==")[0] != bad[0].partition("==")[0]:
        return []
    rest = [each for each in baseline if each in candidate and re.fullmatch(r"[\w.\[\],=<>!~+-]+", each)]
    return [f'batchmark bisect --good "{good[0]}" --bad "{bad[0]}"' + "".join(f' --with "{each}"' for each in rest)]


def _answer(anchor: str, machine: str, _: StoredSweep, summaries: Sequence[GroupSummary]) -> list[Line]:
    """Return which batch size and loop of a workload are the fastest, in a line."""
    return [Line(f"{summaries[0].workload} on {machine}: {say_fastest(summaries)}", anchor)]


def _after_sweeps(swept: Swept, answered: Answered) -> list[Line]:
    found = []
    for anchor, machine, sweep, summaries in swept:
        workload = summaries[0].workload
        best = fastest_of(summaries)
        if sweep.stopped:
            found.append(Line(f"Measure {workload} on {machine} again, which did not finish: {sweep.stopped}", anchor))
        elif best is None:
            found.append(Line(f"See why nothing of {workload} on {machine} can be compared", anchor))
        elif not best.turns_are_enough:
            found.append(Line(f"Measure more turns of {workload} on {machine}:", anchor, command="--turns"))
        elif not is_asked_about(answered, workload):
            what = f"Before you train {workload} with batch size {best.fastest}, see whether it trains as well:"
            found.append(Line(what, anchor, command=f"batchmark choose {workload}"))
    # Of two machines with the same answer, once; and a question is put to a workload once, by its newest sweep.
    return list({_what_for(line): line for line in reversed(found)}.values())[::-1]


def _what_for(line: Line) -> str:
    return line.command if line.command.startswith("batchmark ") else f"{line.text} {line.command}"


def _few(lines: Sequence[Line]) -> list[Line]:
    """Return the first of many lines, and that there are more."""
    rest = len(lines) - _MOST_LINES
    return [*lines[:_MOST_LINES], *([Line(f"and {rest} more, below", lines[_MOST_LINES].anchor)] if rest > 0 else [])]


def _problems(results: Results) -> list[str]:
    found = []
    if results.skipped:
        number = _number(len(results.skipped), "file")
        found.append(f"{number} can't be read, and {'is' if len(results.skipped) == 1 else 'are'} not on this page:")
        found += _first([f"{each.name}: {each.why}" for each in results.skipped])
    found += _first([f"{each.name} is {each.why}: taken once" for each in results.twice])
    if results.left_out:
        names = [f"{each.name} ({each.why})" for each in results.left_out]
        found.append(f"{_number(len(names), 'file')} left out: {_some(names)}")
    return found


def _first(lines: Sequence[str]) -> list[str]:
    rest = len(lines) - _MOST_PROBLEMS
    return [*lines[:_MOST_PROBLEMS], *([f"and {rest:,} more, which stderr has by name"] if rest > 0 else [])]


def _some(names: Sequence[str]) -> str:
    rest = len(names) - _MOST_LINES
    return ", ".join(names[:_MOST_LINES]) + (f" and {rest} more" if rest > 0 else "")


def _number(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def filters_of(tags: Iterable[Mapping[str, Sequence[str]]]) -> dict[str, list[str]]:
    """Return the values of each kind of tag, where there are several to choose from."""
    values: dict[str, dict[str, None]] = {}
    for each in tags:
        for kind, own in each.items():
            values.setdefault(kind, {}).update(dict.fromkeys(own))
    return {kind: list(own) for kind, own in values.items() if len(own) > 1}
