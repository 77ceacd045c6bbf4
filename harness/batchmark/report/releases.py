"""Release by release, as text for a terminal and as Markdown."""

import math
from collections.abc import Sequence
from itertools import groupby

from batchmark.analysis.verdict import passes_needed
from batchmark.comparison import Verdict
from batchmark.metrics import table
from batchmark.report.markdown import table_of_markdown
from batchmark.report.tables import WIDTH, Column, names_left_out, render_table, say_left_out
from batchmark.report.units import NOTHING, enumeration, in_unit, number_with_interval, percent, size_in_bytes
from batchmark.report.wrapping import wrapped
from batchmark.studies.releases.history import (
    ALL_SIZES,
    Effect,
    LineHistory,
    MemoryChange,
    Step,
    SuiteNoise,
)
from batchmark.studies.releases.quality import QualityChange

_WIDE = 112
_Table = tuple[Sequence[Column], Sequence[Sequence[str]]]
_DECIMALS = 3
_QUALITY_DECIMALS = 4
_TITLES = {"main": "TensorFlow, release by release", "keras": "Keras, release by release, TensorFlow held"}


def title_of(history: LineHistory) -> str:
    """Return what a line of releases is called."""
    return _TITLES.get(history.branch, history.branch)


def render_history(history: LineHistory, *, width: int = WIDTH, wide: bool = False) -> str:
    """Return a line of releases: what changed, a row for each release, workload and loop, and what they rest on.

    At most `width` characters wide, its tables with the columns that fit; with all their columns if `wide`.
    """
    width = max(width, _WIDE) if wide else width
    title = title_of(history)
    top = [title, "═" * len(title)]
    if not history.steps:
        return "\n".join([*top, wrapped([nothing_to_compare(history), *_left_out(history)], width)])
    tables = [changes(history)]
    if any(step.memory or step.quality for step in history.steps):
        tables.append(_the_rest(history))
    printed = [render_table(*table, width=width, wide=wide) for table in tables]
    left_out = [] if wide else [name for table in tables for name in names_left_out(*table, width=width)]
    notes = wrapped([*notes_of(history), *say_left_out(left_out)], width)
    return "\n\n".join(["\n".join([*top, wrapped(settled(history), width)]), *printed, notes])


def render_history_as_markdown(history: LineHistory) -> str:
    """Return the same as Markdown, with every batch size."""
    title = title_of(history)
    parts = [f"## {title}"]
    if not history.steps:
        return "\n\n".join([*parts, nothing_to_compare(history), *_left_out(history)]) + "\n"
    header = ("release", "workload", "loop", "what", "before", "now", "ratio", "interval", "verdict")
    for step in history.steps:
        rows = [
            (
                effect.suite,
                effect.loop,
                effect.what,
                *_sides(effect),
                *_ratio(effect),
                f"**{effect.verdict}**" if effect.verdict in (Verdict.REGRESSED, Verdict.IMPROVED) else effect.verdict,
            )
            for effect in step.effects
        ]
        parts.append(f"### {step.release.title} ({step.release.released}), against {step.previous.title}")
        parts += [f"- {caveat}" for caveat in step.caveats]
        parts.append(table_of_markdown(header[1:], rows))
        parts += _rest_as_markdown(step)
    parts.append("\n".join(f"- {' '.join(note.split())}" for note in notes_of(history)))
    return "\n\n".join(parts) + "\n"


def _rest_as_markdown(step: Step) -> list[str]:
    memory = [
        (
            each.suite,
            each.loop,
            f"peak memory at batch size {each.batch_size}",
            size_in_bytes(each.baseline_bytes),
            size_in_bytes(each.candidate_bytes),
            _times(each),
        )
        for each in step.memory
    ]
    quality = [
        (each.suite, f"1 - quality at batch size {each.batch_size}", *_quality_cells(each)) for each in step.quality
    ]
    reported = [
        (each.suite, each.loop, f"{each.what}, {ALL_SIZES}", *_sides(each), *_ratio(each)) for each in step.reported
    ]
    found = []
    if reported:
        header = ("workload", "loop", "reported, not judged", "before", "now", "ratio", "interval")
        found.append(table_of_markdown(header, reported))
    if memory:
        found.append(table_of_markdown(("workload", "loop", "what", "before", "now", "ratio"), memory))
    if quality:
        found.append(table_of_markdown(("workload", "what", "before", "now", "difference"), quality))
    return found


def _sides(effect: Effect) -> tuple[str, str]:
    unit = table.named(effect.metric).unit
    return in_unit(effect.baseline, unit), in_unit(effect.candidate, unit)


def _times(change: MemoryChange) -> str:
    return f"{change.candidate_bytes / change.baseline_bytes:.2f}"


def _quality_cells(change: QualityChange) -> tuple[str, str, str]:
    now, before, difference = _quality(change)
    return before, now, difference


def nothing_to_compare(history: LineHistory) -> str:
    """Return what is said where fewer than two releases were measured."""
    measured = [each.tag for each in history.releases if history.sessions.get(each.commit)]
    what = f"only {measured[0]} was measured" if measured else "nothing was measured"
    return f"{what}: there is nothing to compare; batchmark releases run measures what is missing"


def changes(history: LineHistory) -> _Table:
    """Return a row for each release, workload and loop: its epoch over that of the release before it."""
    beside = [metric for metric in table.METRICS if metric.column]
    columns = [
        Column("\nrelease", "left"),
        Column("\nworkload", "left", may_fold=True),
        Column("\nloop", "left", may_fold=True),
        Column("epoch, all\nsizes, ×"),
        Column("\ninterval"),
        *(Column(each.column or "", rank=rank, name=each.label) for rank, each in enumerate(beside, start=1)),
        Column("\nverdict", "left"),
    ]
    rows: list[Sequence[str]] = []
    for step in history.steps:
        name = step.release.tag
        for (suite, loop), group in groupby(step.effects, key=lambda effect: (effect.suite, effect.loop)):
            by_what = {effect.what: effect for effect in group}
            headline = by_what.get(ALL_SIZES)
            ratio, interval = _ratio(headline) if headline else (NOTHING, NOTHING)
            others = [_ratio(by_what[metric.label])[0] if metric.label in by_what else NOTHING for metric in beside]
            rows.append((name, suite, loop, ratio, interval, *others, headline.verdict if headline else NOTHING))
            name = ""
    return columns, rows


def _the_rest(history: LineHistory) -> _Table:
    """Return memory, at the batch sizes and loops it was measured for, and quality."""
    columns = [
        Column("release", "left"),
        Column("workload", "left", may_fold=True),
        Column("peak memory, ×", "left", may_fold=True),
        Column("1 - quality", rank=1),
        Column("before", rank=2, name="1 - quality before"),
        Column("difference [interval]"),
    ]
    rows: list[Sequence[str]] = []
    for step in history.steps:
        name = step.release.tag
        for suite in sorted({each.suite for each in step.memory} | {each.suite for each in step.quality}):
            memory = _memory([each for each in step.memory if each.suite == suite])
            quality = next((each for each in step.quality if each.suite == suite), None)
            rows.append((name, suite, memory, *_quality(quality)))
            name = ""
    return columns, rows


def _memory(changes: Sequence[MemoryChange]) -> str:
    """Return each loop's ratio at its largest batch size."""
    largest = {change.loop: change for change in sorted(changes, key=lambda change: change.batch_size)}
    return ", ".join(f"{loop} {_times(change)}" for loop, change in largest.items()) or NOTHING


def _quality(change: QualityChange | None) -> tuple[str, str, str]:
    if change is None:
        return NOTHING, NOTHING, NOTHING
    difference, interval = number_with_interval(change.difference, decimals=_QUALITY_DECIMALS)
    return f"{change.candidate:.4f}", f"{change.baseline:.4f}", f"{difference} {interval}"


def _ratio(effect: Effect) -> tuple[str, str]:
    return number_with_interval(effect.ratio, decimals=_DECIMALS)


def settled(history: LineHistory) -> list[str]:
    """Name every release that changed something, and where."""
    lines = []
    for verdict in (Verdict.REGRESSED, Verdict.IMPROVED):
        for step in history.steps:
            found = step.effects_of(verdict)
            if found:
                lines.append(
                    f"{verdict.capitalize()} in {step.release.title} (against {step.previous.title}): {_where(found)}."
                )
    return lines or ["No release is shown to have changed anything by more than the tolerance."]


def _where(effects: Sequence[Effect]) -> str:
    parts = []
    for (suite, loop), group in groupby(effects, key=lambda effect: (effect.suite, effect.loop)):
        named = [f"{effect.what} {' '.join(_ratio(effect))}" for effect in group if effect.batch_size is None]
        parts.append(f"{suite} {loop}: {enumeration([*named, *_sizes(suite, loop, effects)])}")
    return "; ".join(parts)


def _sizes(suite: str, loop: str, effects: Sequence[Effect]) -> list[str]:
    cells = [each for each in effects if (each.suite, each.loop) == (suite, loop) and each.batch_size is not None]
    if not cells:
        return []
    ratios = [each.ratio.value for each in cells]
    spread = f"{min(ratios):.2f}" if len(cells) == 1 else f"{min(ratios):.2f} to {max(ratios):.2f}"
    return [f"batch size{'s' if len(cells) > 1 else ''} {', '.join(str(each.batch_size) for each in cells)} ({spread})"]


def notes_of(history: LineHistory) -> list[str]:
    """Return what the comparison rests on, its caveats, and what is missing."""
    tolerance = percent(history.tolerance)
    verdicts = (
        "×: over the release before; below 1 it got faster. Regressed and improved: the whole interval lies beyond "
        f"±{tolerance}. Unchanged: the whole interval lies within. The intervals of a release hold together at 95 %."
    )
    rest = (
        "Peak memory: at the largest batch size, of one process each, so without an interval. 1 - quality: after the "
        "workload's epochs at its reference batch size; above 0 the difference is a worse training."
    )
    notes = [
        verdicts,
        *([rest] if any(step.memory or step.quality for step in history.steps) else []),
        _sessions(history),
        *map(_noise, history.noise),
    ]
    if hint := _what_it_takes(history):
        notes.append(hint)
    missing = [each.tag for each in history.releases if not history.sessions.get(each.commit)]
    if missing:
        failed = [each.tag for each in history.releases if each.tag in missing and history.failed.get(each.commit)]
        notes.append(
            f"Not measured: {', '.join(missing)}." + (f" Tried without success: {', '.join(failed)}." if failed else "")
        )
    notes += _left_out(history)
    for step in history.steps:
        notes += [f"Caveat, {step.release.tag} against {step.previous.tag}: {caveat}." for caveat in step.caveats]
    return notes


def _left_out(history: LineHistory) -> list[str]:
    if not history.left_out:
        return []
    note = f"Left out, because the samples can't be divided among sessions: {'; '.join(history.left_out)}. "
    return [note + "Delete the release's file in the results, and it is measured again."]


def _sessions(history: LineHistory) -> str:
    counts = sorted(set(history.sessions.values()))
    each = f"{counts[0]}" if len(counts) == 1 else f"{counts[0]} to {counts[-1]}"
    return (
        f"{each} session{'' if counts == [1] else 's'} a release, each in a process of its own, one a pass. Within a "
        "pass releases take turns, cell by cell in random order: what a turn has in common is taken out, and what is "
        "left between sessions, the processes' own, is the noise that the intervals are made of."
    )


def _noise(found: SuiteNoise) -> str:
    scatter = f"sessions scatter by {percent(found.session)}" if math.isfinite(found.session) else "one session each"
    if not found.machine:
        return f"{found.suite}: {scatter}; the machine's own speed was not measured."
    kinds = enumeration([f"{kind} {percent(deviation)}" for kind, deviation in found.machine.items()])
    return (
        f"{found.suite}: {scatter} beside what their turns have in common; from turn to turn the machine's own speed "
        f"scattered by {kinds}, which taking turns cancels."
    )


def _what_it_takes(history: LineHistory) -> str | None:
    open_ones = [
        passes_needed(effect.ratio, tolerance=history.tolerance)
        for step in history.steps
        for effect in step.effects_of(Verdict.INCONCLUSIVE)
        if effect.what == ALL_SIZES
    ]
    if not open_ones:
        return None
    known = sorted(each for each in open_ones if each is not None)
    if not known:
        return f"{len(open_ones)} sums are inconclusive; batchmark releases run --passes 3 gives them an interval."
    return (
        f"{len(open_ones)} sums over batch sizes are inconclusive; about {known[len(known) // 2]} passes would settle "
        "half of them (batchmark releases run --passes N adds what is missing)."
    )
