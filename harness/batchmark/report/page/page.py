"""Results as a page: what is of the same machine and workload together, the newest first."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import TypeVar

from batchmark.comparison import Comparison
from batchmark.files.answers import StoredAnswer
from batchmark.files.calibration import Calibration
from batchmark.files.claims import StoredClaims
from batchmark.files.results import Content, Result, Results
from batchmark.files.sweep import StoredSweep
from batchmark.report.compared_cells import VERDICTS
from batchmark.report.page.answers import answer_part, in_order
from batchmark.report.page.comparisons import comparison_part
from batchmark.report.page.front import filters_of, front_of
from batchmark.report.page.machines import Machine, machine_of, machine_of_sweep, name_machines
from batchmark.report.page.others import calibration_part, claims_part
from batchmark.report.page.parts import Page, Part, Tags
from batchmark.report.page.sweeps import sweep_part
from batchmark.report.pictures.unchecked import unchecked
from batchmark.studies.sweep.summary import GroupSummary, summarise

Kind = TypeVar("Kind")

MOST_PICTURED = 40
"""Where sweeps have more parts, those that are older than another of the same have no pictures: a page stays small."""


def page_of(results: Results) -> Page:
    """Return everything that was read as a page."""
    with unchecked():
        return _page_of(results)


def _page_of(results: Results) -> Page:
    machines = {result.name: _machine(result.content) for result in results.read}
    names, notes = name_machines(machines.values())
    called = {name: names[machine] for name, machine in machines.items()}
    comparisons = sorted(_of(results, Comparison), key=lambda each: VERDICTS.index(each[1].verdict))
    compared = [(f"comparison-{at}", result.name, content) for at, (result, content) in enumerate(comparisons, start=1)]
    swept = _swept(results, called)
    answers = in_order([(result.name, content) for result, content in _of(results, StoredAnswer)])
    answered = [(f"answer-{at}", called[name], name, answer) for at, (name, answer) in enumerate(answers, start=1)]
    newest = [(each.part.anchor, called[each.name], each.sweep, each.summaries) for each in swept if each.part.is_open]
    whole = Page(
        front=front_of(compared, newest, results, notes, answered),
        comparisons=[
            comparison_part(content, name, anchor=anchor, machine=called[name]) for anchor, name, content in compared
        ],
        answers=[
            answer_part(answer, name, anchor=anchor, machine=machine) for anchor, machine, name, answer in answered
        ],
        sweeps=[each.part for each in swept],
        others=_others(results, called),
        files=[result.name for result in results.read],
    )
    return replace(whole, filters=filters_of(map(asdict, _tags(whole))))


@dataclass(frozen=True)
class _Swept:
    """A workload of a sweep, and its part of the page."""

    part: Part
    name: str
    sweep: StoredSweep
    summaries: Sequence[GroupSummary]


def _swept(results: Results, called: Mapping[str, str]) -> list[_Swept]:
    """Return every workload of every sweep, the newest sweep first: the first of a workload and machine is open."""
    found: list[_Swept] = []
    seen: set[tuple[str, str]] = set()
    sweeps = sorted(_of(results, StoredSweep), key=lambda each: each[1].datetime, reverse=True)
    parts = sum(len({record.cell.workload for record in sweep.records}) for _, sweep in sweeps)
    for at, (result, sweep) in enumerate(sweeps, start=1):
        machine = called[result.name]
        summaries = summarise(sweep.records)
        for number, workload in enumerate(dict.fromkeys(each.workload for each in summaries), start=1):
            own = [summary for summary in summaries if summary.workload == workload]
            is_newest = (workload, machine) not in seen
            seen.add((workload, machine))
            part = sweep_part(
                sweep,
                own,
                result.name,
                anchor=f"sweep-{at}-{number}",
                machine=machine,
                is_pictured=is_newest or parts <= MOST_PICTURED,
            )
            found.append(_Swept(replace(part, is_open=is_newest), result.name, sweep, own))
    return found


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


def _machine(content: Content) -> Machine:
    match content:
        case StoredSweep():
            return machine_of_sweep(content)
        case Comparison():
            return machine_of(content.environment.candidate)
        case Calibration():
            return machine_of(content.facts)
        case StoredClaims() | StoredAnswer():
            return machine_of(content.environment)


def _tags(page: Page) -> list[Tags]:
    tables = [table for part in page.parts for table in part.tables]
    return [
        *(part.tags for part in page.parts),
        *(table.tags for table in tables),
        *(row.tags for table in tables for row in table.rows),
    ]
