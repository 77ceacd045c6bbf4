"""Results as a page: what is of the same machine and workload together, the newest first."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import TypeVar

from batchmark.comparison import Comparison
from batchmark.files.calibration import Calibration
from batchmark.files.claims import StoredClaims
from batchmark.files.results import Content, Result, Results
from batchmark.files.sweep import StoredSweep
from batchmark.report.compared_cells import VERDICTS
from batchmark.report.page.comparisons import comparison_part
from batchmark.report.page.front import filters_of, front_of
from batchmark.report.page.machines import Machine, machine_of, machine_of_sweep, name_machines
from batchmark.report.page.others import calibration_part, claims_part
from batchmark.report.page.parts import Page, Part, Tags
from batchmark.report.page.sweeps import sweep_parts
from batchmark.report.pictures.unchecked import unchecked
from batchmark.studies.sweep.summary import summarise

Kind = TypeVar("Kind")


def page_of(results: Results) -> Page:
    """Return everything that was read as a page."""
    with unchecked():
        return _page_of(results)


def _page_of(results: Results) -> Page:
    machines = {result.name: _machine(result.content) for result in results.read}
    names, notes = name_machines(machines.values())
    called = {name: names[machine] for name, machine in machines.items()}
    comparisons = _of(results, Comparison)
    comparisons.sort(key=lambda each: VERDICTS.index(each[1].verdict))
    compared = [(f"comparison-{at}", result, content) for at, (result, content) in enumerate(comparisons, start=1)]
    sweeps = sorted(_of(results, StoredSweep), key=lambda each: each[1].datetime, reverse=True)
    parts: list[Part] = []
    swept = []
    for at, (result, sweep) in enumerate(sweeps, start=1):
        summaries = summarise(sweep.records)
        machine = called[result.name]
        own = sweep_parts(sweep, summaries, result.name, anchor=f"sweep-{at}", machine=machine)
        parts += own
        for part in own:
            of_part = [summary for summary in summaries if (summary.workload,) == part.tags.workload]
            swept.append((part, (part.anchor, machine, sweep, of_part)))
    newest = _newest(parts)
    whole = Page(
        front=front_of(
            [(anchor, result.name, content) for anchor, result, content in compared],
            [each for part, each in swept if part.anchor in newest],
            results,
            notes,
        ),
        comparisons=[
            comparison_part(content, result.name, anchor=anchor, machine=called[result.name])
            for anchor, result, content in compared
        ],
        sweeps=[replace(part, is_open=part.anchor in newest) for part in parts],
        others=_others(results, called),
        files=[result.name for result in results.read],
    )
    return replace(whole, filters=filters_of(map(asdict, _tags(whole))))


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
        case StoredClaims():
            return machine_of(content.environment)


def _newest(parts: Sequence[Part]) -> set[str]:
    """Return the anchors of those that no newer one of the same workload and machine stands before."""
    first: dict[Tags, str] = {}
    for part in parts:
        first.setdefault(part.tags, part.anchor)
    return set(first.values())


def _tags(page: Page) -> list[Tags]:
    tables = [table for part in page.parts for table in part.tables]
    return [
        *(part.tags for part in page.parts),
        *(table.tags for table in tables),
        *(row.tags for table in tables for row in table.rows),
    ]
