"""Results as a page: what is of the same machine and workload together, the newest first."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import TypeVar

from batchmark.comparison import Comparison
from batchmark.files.answers import StoredAnswer
from batchmark.files.calibration import Calibration
from batchmark.files.claims import StoredClaims
from batchmark.files.results import Result, Results
from batchmark.files.sweep import StoredSweep
from batchmark.report.compared_cells import VERDICTS
from batchmark.report.page.answers import answer_part, in_order
from batchmark.report.page.comparisons import MOST_PARTS, comparison_part, rest_part
from batchmark.report.page.front import Compared, filters_of, front_of
from batchmark.report.page.history import history_part
from batchmark.report.page.machines import say_alike
from batchmark.report.page.others import calibration_part, claims_part
from batchmark.report.page.parts import Page, Part, Tags
from batchmark.report.page.releases import releases_part
from batchmark.report.page.sweeps import sweep_part
from batchmark.report.pictures.unchecked import unchecked
from batchmark.studies.releases.of_files import MachineReleases
from batchmark.studies.stored.history import histories
from batchmark.studies.stored.machines import machines_of
from batchmark.studies.stored.shown import shown
from batchmark.studies.sweep.summary import GroupSummary, summarise

Kind = TypeVar("Kind")
_REST = "more-comparisons"


def page_of(results: Results, releases: Sequence[MachineReleases] = ()) -> Page:
    """Return everything that was read as a page; `releases` are what its files of asv's hold."""
    with unchecked():
        return _page_of(results, releases)


def _page_of(results: Results, releases: Sequence[MachineReleases]) -> Page:
    machines = machines_of(results)
    called = machines.called
    comparisons = sorted(_of(results, Comparison), key=lambda each: VERDICTS.index(each[1].verdict))
    compared = [
        (f"comparison-{at}" if at <= MOST_PARTS else _REST, result.name, content)
        for at, (result, content) in enumerate(comparisons, start=1)
    ]
    swept = _swept(results, called)
    answers = in_order([(result.name, content) for result, content in _of(results, StoredAnswer)])
    answered = [(f"answer-{at}", called[name], name, answer) for at, (name, answer) in enumerate(answers, start=1)]
    newest = [(each.part.anchor, called[each.name], each.sweep, each.summaries) for each in swept if each.part.is_open]
    notes = [*say_alike(machines.alike), *_say_not_shown(len(results.sweeps) - len({each.name for each in swept}))]
    whole = Page(
        front=front_of(compared, newest, results, notes, answered),
        comparisons=_compared(compared, called),
        answers=[
            answer_part(answer, name, anchor=anchor, machine=machine) for anchor, machine, name, answer in answered
        ],
        history=[*_releases(releases), *_history(results, called, swept)],
        sweeps=[each.part for each in swept],
        others=_others(results, called),
        files=[*(result.name for result in results.read), *_in_brief(results), *map(str, results.releases)],
    )
    return replace(whole, filters=filters_of(map(asdict, _tags(whole))))


def _compared(compared: Compared, called: Mapping[str, str]) -> list[Part]:
    """Return a part for each comparison, and one for all those of many that have none."""
    own = [
        comparison_part(content, name, anchor=anchor, machine=called[name])
        for anchor, name, content in compared[:MOST_PARTS]
    ]
    rest = [(name, called[name], content) for _, name, content in compared[MOST_PARTS:]]
    return [*own, *([rest_part(rest, anchor=_REST)] if rest else [])]


@dataclass(frozen=True)
class _Swept:
    """A workload of a sweep, and its part of the page."""

    part: Part
    name: str
    sweep: StoredSweep
    summaries: Sequence[GroupSummary]


def _swept(results: Results, called: Mapping[str, str]) -> list[_Swept]:
    """Return each workload of a sweep that is shown, the newest first: of a workload and machine that one is open."""
    found: list[_Swept] = []
    whole = {result.name: sweep for result, sweep in _of(results, StoredSweep)}
    parts = [each for each in shown(results.sweeps, called) if each.name in whole]
    places = {name: at for at, name in enumerate(dict.fromkeys(each.name for each in parts), start=1)}
    for name, at in places.items():
        sweep, machine = whole[name], called[name]
        summaries = summarise(sweep.records)
        for number, each in enumerate((each for each in parts if each.name == name), start=1):
            own = [summary for summary in summaries if summary.workload == each.workload]
            part = sweep_part(
                sweep, own, name, anchor=f"sweep-{at}-{number}", machine=machine, is_pictured=each.is_pictured
            )
            found.append(_Swept(replace(part, is_open=each.is_newest), name, sweep, own))
    return found


def _releases(releases: Sequence[MachineReleases]) -> list[Part]:
    return [releases_part(each, anchor=f"releases-{at}") for at, each in enumerate(releases, start=1)]


def _history(results: Results, called: Mapping[str, str], swept: Sequence[_Swept]) -> list[Part]:
    """Return the history of each workload and machine that has one."""
    parts = Counter(
        (workload, called[each.name])
        for each in swept
        for workload in dict.fromkeys(own.workload for own in each.summaries)
    )
    found = histories(results.sweeps, called)
    return [
        history_part(each, anchor=f"history-{at}", parts=parts[each.workload, each.machine])
        for at, each in enumerate(found, start=1)
    ]


def _say_not_shown(number: int) -> list[str]:
    if not number:
        return []
    whose = "1 older sweep has no part of its" if number == 1 else f"{number:,} older sweeps have no part of their"
    newer = "own, as there are newer ones of the same workload and machine"
    return [f"{whose} {newer}: the history has them; name a file alone to see all of it."]


def _in_brief(results: Results) -> list[str]:
    """Return the files of sweeps that were not read in full."""
    whole = {result.name for result in results.read}
    return [each.name for each in results.sweeps if each.name not in whole]


def _others(results: Results, called: Mapping[str, str]) -> list[Part]:
    parts = [
        calibration_part(content, result.name, anchor=f"noise-{at}", machine=called[result.name])
        for at, (result, content) in enumerate(_of(results, Calibration), start=1)
    ]
    return parts + [
        claims_part(content, result.name, anchor=f"claims-{at}", machine=called[result.name])
        for at, (result, content) in enumerate(_of(results, StoredClaims), start=1)
    ]


def _of(results: Results, kind: type[Kind]) -> list[tuple[Result, Kind]]:
    return [(result, result.content) for result in results.read if isinstance(result.content, kind)]


def _tags(page: Page) -> list[Tags]:
    tables = [table for part in page.parts for table in part.tables]
    return [
        *(part.tags for part in page.parts),
        *(table.tags for table in tables),
        *(row.tags for table in tables for row in table.rows),
    ]
