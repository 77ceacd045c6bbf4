"""The history of a workload on a machine as a part of a page: its course, its newest run, its largest step."""

from collections.abc import Mapping, Sequence

from batchmark.report.page.figures import figure_of
from batchmark.report.page.parts import Head, Part, Row, Table, Tags
from batchmark.report.pictures.over_time import draw_over_time
from batchmark.report.units import NOTHING, percent, seconds
from batchmark.studies.stored.history import History, Line, Newest, Point, StepOfHistory

_FAR = 3.0
"""Robust standard deviations: what is farther from the runs before is more than runs usually differ by."""
_COLUMNS = {
    "low": "relative_least",
    "high": "relative_most",
    "relative": "relative_to_median",
    "sizes": "batch_sizes",
    "stored": "stored_utc",
}


def history_part(history: History, *, anchor: str, parts: int) -> Part:
    """Return what a page says of a history, of whose sweeps `parts` have a part of their own."""
    where = f"{history.machine} · {history.sweeps:,} sweeps"
    several = len(history.lines) > 1
    lines = [" ".join(_said(line, several=several)) for line in history.lines]
    lines += [_say_too_few(way, left_out) for way, left_out in history.too_few.items()]
    hidden = history.sweeps - parts
    one = f"The newest {parts} have parts below" if parts > 1 else "The newest has a part below"
    shown = [f"{one}; to see all of another, name its file alone: batchmark report FILE."] if hidden else []
    times = [point.when for line in history.lines for point in line.points]
    span = [f"{min(times):%Y-%m-%d} to {max(times):%Y-%m-%d}"] if times else []
    ways = [*(line.way for line in history.lines), *history.too_few]
    backends = tuple(dict.fromkeys(map(_backend, ways)))
    return Part(
        anchor=anchor,
        title=f"{history.workload} on {history.machine}, over time",
        about=" · ".join([f"{history.sweeps:,} sweeps", *span, f"the newest: {history.newest}"]),
        lead=[*lines, *shown],
        figures=[figure_of(draw_over_time(history, where), f"{history.workload}-{history.machine}-over-time", _COLUMNS)]
        if history.lines
        else [],
        tables=[_table(history)] if history.lines else [],
        tags=Tags(
            workload=(history.workload,),
            loop=tuple(dict.fromkeys(way.partition("@")[0] for way in ways)),
            backend=backends,
            machine=(history.machine,),
        ),
    )


def _said(line: Line, *, several: bool) -> list[str]:
    """Return the newest run against those before it, the largest lasting step, and what was left out."""
    name = f"{line.way}: the" if several else "The"
    run = "newest run"
    if not line.is_in_newest:
        run = f"last run, of {line.points[-1].when:%Y-%m-%d}, whose loop newer sweeps lack,"
    told = _say_newest(line.newest) if line.newest else "has fewer than five before it with its versions."
    return [f"{name} {run} {told}", *([_say_step(line.step)] if line.step else []), *_say_left_out(line.left_out)]


def _say_too_few(way: str, left_out: Mapping[str, int]) -> str:
    return " ".join([f"{way}: fewer than three runs are like the newest.", *_say_left_out(left_out)])


def _say_left_out(left_out: Mapping[str, int]) -> list[str]:
    counted = ", ".join(f"{number:,} {why}" for why, number in left_out.items())
    return [f"Left out of its sweeps: {counted}."] if counted else []


def _say_newest(newest: Newest) -> str:
    is_far = abs(newest.change) > _FAR * newest.usual
    against = f"{_takes(newest.change)} than the median of the {newest.runs} before it with its versions"
    much = "this is more" if is_far else "this is no more"
    return f"{against}; runs usually differ from that by {percent(newest.usual)}, and {much}."


def _say_step(step: StepOfHistory) -> str:
    before, after = step.versions
    why = f", with {after} after {before}" if before != after else ""
    return f"The largest lasting step: from {step.when:%Y-%m-%d} an epoch {_takes(step.change)} than before{why}."


def _takes(change: float) -> str:
    return f"takes {percent(abs(change))} {'longer' if change > 0 else 'less'}"


def _backend(way: str) -> str:
    return way.partition("@")[2] or "tensorflow"


def _table(history: History) -> Table:
    """Return a line for each time, the newest first, with a column for each loop."""
    ways = [line.way for line in history.lines]
    heads = [
        Head("stored", is_number=False),
        *(Head(f"{way}, ÷ median") for way in ways),
        *([Head("runs")] if history.is_thinned else []),
        Head("versions", is_number=False),
        Head("last file" if history.is_thinned else "file", is_number=False),
    ]
    times: dict[tuple[str, str], dict[str, Point]] = {}
    for line in history.lines:
        for point in line.points:
            times.setdefault((point.when.isoformat(), point.name), {})[line.way] = point
    rows = [_row(times[time], ways, is_thinned=history.is_thinned) for time in sorted(times, reverse=True)]
    note = "; ".join(
        f"{line.way}: the median of {line.runs:,} runs is {seconds(_middle(line))} an epoch, the geometric mean over "
        f"batch sizes {', '.join(map(str, line.sizes))}"
        for line in history.lines
    )
    caption = "Every run" if not history.is_thinned else "Runs, some days together: median, least to most"
    return Table(caption, heads, rows, notes=[f"{note}."], is_folded=True)


def _row(own: dict[str, Point], ways: Sequence[str], *, is_thinned: bool) -> Row:
    last = next(iter(own.values()))
    return Row(
        (
            f"{last.when:%Y-%m-%d %H:%M}",
            *(_relative(own[way]) if way in own else NOTHING for way in ways),
            *([str(max(point.runs for point in own.values()))] if is_thinned else []),
            last.versions,
            last.name,
        )
    )


def _relative(point: Point) -> str:
    return f"{point.relative:.3f}" + (f" ({point.low:.3f} to {point.high:.3f})" if point.runs > 1 else "")


def _middle(line: Line) -> float:
    """Return the median that points are relative to."""
    return line.points[0].seconds / line.points[0].relative
