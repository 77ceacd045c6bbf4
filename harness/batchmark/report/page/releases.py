"""A line of releases as a part of a page: what changed, what an epoch takes by release, each against the one before."""

from collections.abc import Sequence
from statistics import median

from batchmark.metrics import table
from batchmark.metrics.metric import ByRelease
from batchmark.report.page.figures import figure_of
from batchmark.report.page.parts import Figure, Head, Part, Row, Table, Tags, Text
from batchmark.report.page.tables import table_of
from batchmark.report.pictures.by_release import ReleasePoint, draw_by_release
from batchmark.report.releases import changes, notes_of, nothing_to_compare, settled, title_of
from batchmark.report.units import in_unit, number_with_interval
from batchmark.studies.releases.history import Effect, LineHistory
from batchmark.studies.releases.of_files import MachineReleases
from batchmark.timeline.history import Key

_DECIMALS = 3
_HEADS = (
    *(Head(name, is_number=False) for name in ("verdict", "workload", "loop", "what")),
    *(Head(name) for name in ("before", "now", "ratio", "interval")),
)


def releases_part(found: MachineReleases, *, anchor: str) -> Part:
    """Return what a page says of a line of releases on a machine."""
    history = found.history
    measured = found.releases
    title = title_of(history)
    tables = [_newest(history), table_of(f"{title}: each over the one before it", changes(history), is_folded=True)]
    suites = _suites(found)
    return Part(
        anchor=anchor,
        title=f"{title}, on {found.machine}",
        about=f"{found.where} · {len(measured)} releases, {measured[0].title} to {measured[-1].title}",
        lead=[*_say_newest(history), *settled(history)] if history.steps else [f"{nothing_to_compare(history)}."],
        figures=[_figure(found, suite) for suite in suites],
        tables=tables if history.steps else [],
        texts=[Text("What it rests on", notes_of(history))] if history.steps else [],
        tags=Tags(workload=suites, machine=(found.machine,)),
    )


def _say_newest(history: LineHistory) -> list[str]:
    """Return how the newest release was judged against the one before it."""
    newest = history.steps[-1]
    verdicts = [effect.verdict for effect in newest.effects if effect.is_headline]
    counts = ", ".join(f"{verdicts.count(verdict)} {verdict}" for verdict in dict.fromkeys(verdicts))
    return [f"{newest.release.title} against {newest.previous.title}, over all batch sizes: {counts}."]


def _newest(history: LineHistory) -> Table:
    """Return every effect of the newest release over the one before it."""
    if not history.steps:
        return Table("", _HEADS, [])
    newest = history.steps[-1]
    caption = f"{newest.release.title} ({newest.release.released}) over {newest.previous.title}"
    return Table(caption, _HEADS, [_row(effect) for effect in newest.effects], is_folded=True)


def _row(effect: Effect) -> Row:
    unit = table.named(effect.metric).unit
    sides = (in_unit(effect.baseline, unit), in_unit(effect.candidate, unit))
    ratio = number_with_interval(effect.ratio, decimals=_DECIMALS)
    cells = (str(effect.verdict), effect.suite, effect.loop, effect.what, *sides, *ratio)
    return Row(cells, tags=Tags(workload=(effect.suite,), loop=(effect.loop,)), verdict=str(effect.verdict))


def _suites(found: MachineReleases) -> tuple[str, ...]:
    return tuple(sorted({key.suite for each in found.releases for key in _keys(found, each.commit)}))


def _keys(found: MachineReleases, commit: str) -> list[Key]:
    """Return the series of what leads a history, a loop and a batch size each."""
    leading = {metric.name for metric in table.METRICS if metric.by_release is ByRelease.LEADS}
    return [key for key in found.measured[commit].sessions if key.metric in leading]


def _figure(found: MachineReleases, suite: str) -> Figure:
    points = _points(found, suite)
    where = f"{found.machine} · {title_of(found.history)}"
    name = f"{suite}-{found.machine}-{found.history.branch}-by-release"
    return figure_of(draw_by_release(points, suite, where), name, {"seconds": "seconds_per_epoch"})


def _points(found: MachineReleases, suite: str) -> list[ReleasePoint]:
    """Return a point for each release, loop and one of a few batch sizes."""
    points = []
    keys = {key for each in found.releases for key in _keys(found, each.commit) if key.suite == suite}
    sizes = _few(sorted({int(key.parameters[1]) for key in keys}))
    by_size = sorted((key for key in keys if key.parameters[1] in sizes), key=lambda key: int(key.parameters[1]))
    # fit first, as everywhere.
    kept = sorted(by_size, key=lambda key: str(key.parameters[0]), reverse=True)
    for release in found.releases:
        measured = found.measured[release.commit]
        for key in kept:
            if samples := measured.samples(key):
                loop, size = key.parameters
                sessions = measured.count(suite)
                point = ReleasePoint(str(loop), int(size), release.tag, release.released, median(samples), sessions)
                points.append(point)
    return points


def _few(sizes: Sequence[int]) -> list[int]:
    """Return the smallest, the one in the middle and the largest."""
    return sorted({sizes[0], sizes[len(sizes) // 2], sizes[-1]})
