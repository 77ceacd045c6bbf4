"""The pytest plugin: options in, one sweep measured for all selected cells, its rounds played to pytest-benchmark.

A test that asks for the fixture `batchmark_sweep` becomes one benchmark per cell, with the parameters
`batchmark_workload`, `batchmark_batch_size` and `batchmark_loop`; one that asks for `batchmark_quality_study` becomes
one test per workload and batch size.

A guest in other suites: options begin with ``--batchmark-``, fixtures and parameters with ``batchmark_``, and until one
of them is met nothing is done, read or imported.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn

import pytest

from batchmark.doors.choices import Kind
from batchmark.doors.pytest.renamed import (
    QUALITY_STUDY,
    SWEEP,
    pytest_exception_interact,
    pytest_load_initial_conftests,
)
from batchmark.doors.sweep_options import OPTIONS
from batchmark.errors import BatchmarkError

# pytest imports this module in every run of its environment: what takes long to import is imported where it is used.
if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Sequence

    from batchmark.doors.pytest.asked import Asked
    from batchmark.doors.pytest.journal import JournalDoor
    from batchmark.doors.pytest.playback import Playback
    from batchmark.doors.pytest.quality import QualityDoor
    from batchmark.records import Cell

__all__ = ["pytest_exception_interact", "pytest_load_initial_conftests"]

_ASKED = pytest.StashKey["Asked"]()
_PLAYBACK = pytest.StashKey["Playback"]()
_JOURNAL = pytest.StashKey["JournalDoor"]()
_COMPARED = pytest.StashKey[list[dict[str, Any]]]()
_QUALITY = pytest.StashKey["QualityDoor"]()
_DESELECTED = pytest.StashKey[list[pytest.Item]]()

_CELL = ("batchmark_workload", "batchmark_batch_size", "batchmark_loop")
_PAIR = _CELL[:2]

_SIDE_BY_SIDE = "cells measured side by side slow each other down; leave out -n"
_NOT_A_BENCHMARK = "--benchmark-only leaves the accuracy tests out"
_NO_PYTEST_BENCHMARK = (
    "pytest-benchmark is not loaded, which keeps and shows what is measured; leave out -p no:benchmark, or load it by "
    "-p benchmark"
)


@dataclass(frozen=True)
class _Refused:
    """Stands in a test's parameters for what it can't have; says why."""

    reason: str


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare what a user can choose; nothing given is None, or no name."""
    group = parser.getgroup("batchmark", "Batchmark: the grid, and how much of it is measured")
    for option in OPTIONS:
        # What is given is read where it is first needed, in the words of every other command line.
        how: dict[str, Any] = {"dest": option.dest, "default": None}
        if option.choice.kind is Kind.YES_OR_NO:
            group.addoption(*option.pytest_names, action="store_true", help=option.help, **how)
            group.addoption(*option.pytest_names_of_no, action="store_false", help="do not", **how)
            continue
        action = "append" if option.choice.many else "store"
        metavar = option.choice.metavar
        group.addoption(*option.pytest_names, action=action, metavar=metavar, help=option.help, **how)


def pytest_configure(config: pytest.Config) -> None:
    """Refuse what was asked for on the command line and can't be measured, before anything is collected."""
    given = {option.name for option in OPTIONS if getattr(config.option, option.dest) not in (None, [])}
    if not given or _is_xdist_worker():
        return
    asked = _asked(config)
    try:
        asked.plan()
        if given & {"workload", "batch-sizes", "loop", "backend"}:
            asked.cells()
    except BatchmarkError as error:
        asked.descriptions.close()
        _exit(asked, error)


def pytest_unconfigure(config: pytest.Config) -> None:
    """End the workers that described workloads and were not needed, and the journal."""
    if door := _journal(config):
        door.close()
    if asked := config.stash.get(_ASKED, None):
        asked.close()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give a declaration its cells."""
    if SWEEP in metafunc.fixturenames:
        _require(_CELL, SWEEP, metafunc)
        metafunc.parametrize(_CELL, _cells(metafunc.config))
    elif QUALITY_STUDY in metafunc.fixturenames:
        _require(_PAIR, QUALITY_STUDY, metafunc)
        metafunc.parametrize(_PAIR, _pairs(metafunc.config, is_benchmark="benchmark" in metafunc.fixturenames))


def pytest_deselected(items: Sequence[pytest.Item]) -> None:
    """Remember which of our tests are left out."""
    if ours := [item for item in items if _has(item, SWEEP) or _has(item, QUALITY_STUDY)]:
        ours[0].config.stash.setdefault(_DESELECTED, []).extend(ours)


def pytest_collection_finish(session: pytest.Session) -> None:
    """End the run where what was asked for can't be measured, or where an accuracy test's refusal is all there is."""
    asked = session.config.stash.get(_ASKED, None)
    if not asked or _is_xdist_worker():
        return
    refused = [item for item in session.items if _refusal_of(item)]
    if asked.fault and (not session.items or any(_has(item, SWEEP) for item in refused)):
        _exit(asked, asked.fault)
    skips = getattr(session.config.option, "benchmark_skip", False)
    rest = [item for item in session.items if item not in refused and not (skips and _has(item, SWEEP))]
    if asked.nothing_judged and refused and not rest:
        _exit(asked, asked.nothing_judged)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Fail in a line what has no cell."""
    if refused := _refusal_of(item):
        pytest.fail(refused.reason, pytrace=False)


@pytest.fixture(scope="session")
def batchmark_sweep(request: pytest.FixtureRequest) -> Playback:
    """Measure every selected cell, interleaved, and return the player of their rounds."""
    from batchmark.doors.pytest.journal import JournalDoor  # noqa: PLC0415
    from batchmark.doors.pytest.playback import Playback  # noqa: PLC0415
    from batchmark.doors.pytest.terminal import uncaptured  # noqa: PLC0415
    from batchmark.report.progress import show_progress  # noqa: PLC0415
    from batchmark.studies.sweep.run import run_sweep  # noqa: PLC0415

    config = request.config
    asked = _asked(config)
    selected = {_cell(item) for item in _items_with(SWEEP, request.session)}
    # In the grid's order, whatever that of the tests: the order of turns is drawn from it, by a seed of its own.
    cells = [cell for cell in asked.cells() if cell in selected]
    workloads = {name: asked.descriptions.of(name) for name in {cell.workload for cell in cells}}
    with uncaptured(config), show_progress() as progress:
        try:
            plan = asked.plan()
            door = config.stash[_JOURNAL] = JournalDoor(config, plan, workloads)
            door.say_where(progress)
            result = door.keep(
                lambda journal: run_sweep(
                    cells,
                    plan,
                    workloads,
                    progress=progress,
                    memory=asked.settings.memory,
                    needs_gpu=asked.settings.require_gpu,
                    worker_for=asked.descriptions.worker_for,
                    journal=journal,
                )
            )
        except BatchmarkError as error:
            _exit(asked, error)
    playback = config.stash[_PLAYBACK] = Playback(result, asked.clock, asked_loops=asked.settings.loop)
    return playback


@pytest.fixture(scope="session")
def batchmark_quality_study(request: pytest.FixtureRequest) -> Iterator[QualityDoor]:
    """Return the judge of a batch size's quality against the workload's reference."""
    from batchmark.doors.pytest.quality import QualityDoor  # noqa: PLC0415
    from batchmark.doors.pytest.terminal import uncaptured  # noqa: PLC0415
    from batchmark.studies.sweep.grid import looks  # noqa: PLC0415

    config = request.config
    asked = _asked(config)
    door = QualityDoor(
        descriptions=asked.descriptions,
        looks=looks(asked.settings.seeds, asked.settings.max_seeds),
        family=len(_items_with(QUALITY_STUDY, request.session)),
        same_learning_rate=asked.settings.same_learning_rate,
        backend=asked.backend_of_quality,
        needs_gpu=asked.settings.require_gpu,
        uncaptured=lambda: uncaptured(config),
    )
    config.stash[_QUALITY] = door
    with door:
        yield door


@pytest.hookimpl(optionalhook=True)
def pytest_benchmark_update_machine_info(config: pytest.Config, machine_info: dict[str, Any]) -> None:
    """Add what changes a training's speed to what pytest-benchmark records."""
    if playback := config.stash.get(_PLAYBACK, None):
        from batchmark.files.sweep import FACTS_KEY, processor_in  # noqa: PLC0415

        facts = playback.result.facts
        machine_info[FACTS_KEY] = {**facts, "device_name": facts.get("device_name") or processor_in(machine_info)}


@pytest.hookimpl(optionalhook=True)
def pytest_benchmark_update_json(config: pytest.Config, output_json: dict[str, Any]) -> None:
    """Add the cells that have no benchmark, so that nothing of the sweep is lost."""
    if playback := config.stash.get(_PLAYBACK, None):
        from batchmark.files.sweep import REST_KEY, rest_of_sweep  # noqa: PLC0415

        result = playback.result
        config.stash[_JOURNAL].stored()
        output_json[REST_KEY] = rest_of_sweep(result.records, output_json["benchmarks"], result.stopped)


@pytest.hookimpl(tryfirst=True, optionalhook=True)
def pytest_benchmark_compare_machine_info(config: pytest.Config, compared_benchmark: dict[str, Any]) -> None:
    """Keep our part of a compared file's machine for the summary.

    At this time nothing is measured yet: pytest-benchmark would find our part missing on this side and
    warn each time.
    """
    from batchmark.files.sweep import FACTS_KEY  # noqa: PLC0415

    facts = compared_benchmark["machine_info"].pop(FACTS_KEY, None)
    if facts is not None:
        config.stash.setdefault(_COMPARED, []).append(facts)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Exit 2 after Ctrl-C or SIGTERM in mid-sweep, 1 after a worker's death or a time-out.

    Exit 2 too where a workload was refused, or what was measured could not be stored; it is shown all the same.
    """
    asked = session.config.stash.get(_ASKED, None)
    if asked and (asked.refused or asked.unjudged):
        session.exitstatus = pytest.ExitCode.INTERRUPTED
    playback = session.config.stash.get(_PLAYBACK, None)
    if playback and playback.result.stopped:
        interrupted = playback.result.interrupted
        session.exitstatus = pytest.ExitCode.INTERRUPTED if interrupted else pytest.ExitCode.TESTS_FAILED
    if (door := _journal(session.config)) and door.failures:
        session.exitstatus = pytest.ExitCode.INTERRUPTED


@pytest.hookimpl(wrapper=True)
def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> Generator[None, None, None]:
    """Print the summary after pytest-benchmark's table, and also where --benchmark-compare-fail raises."""
    try:
        yield
    finally:
        _print_summary(terminalreporter, config)


def _print_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    asked = config.stash.get(_ASKED, None)
    if asked and (playback := config.stash.get(_PLAYBACK, None)):
        from batchmark.report.environment import render_differences, render_environment  # noqa: PLC0415
        from batchmark.report.sweep import render_sweep  # noqa: PLC0415
        from batchmark.studies.sweep.summary import summarise  # noqa: PLC0415

        result, door = playback.result, config.stash[_JOURNAL]
        terminalreporter.section("batchmark")
        where = [render_environment(result.facts)]
        where += [render_differences(compared, result.facts) for compared in config.stash.get(_COMPARED, ())]
        wide = asked.settings.wide
        terminalreporter.write_line(_said(asked, render_sweep(summarise(result.records), where=where, wide=wide)))
        for error in asked.refused:
            terminalreporter.write_line(f"Not measured: {asked.said(str(error))}")
        if result.stopped:
            there = "above and stored" if door.is_stored else "above"
            terminalreporter.write_line(f"Not finished: {result.stopped}. What was measured is {there}.")
        for line in door.end_of_report():
            terminalreporter.write_line(line)
    if asked and (quality := config.stash.get(_QUALITY, None)) and quality.has_results:
        terminalreporter.section("batchmark: quality")
        terminalreporter.write_line(_said(asked, quality.summary(wide=asked.settings.wide)))
        for error in asked.unjudged:
            terminalreporter.write_line(f"Not judged: {asked.said(str(error))}")
    for line in _lines_on_nothing(terminalreporter, config):
        terminalreporter.write_line(line)
    if journal := _journal(config):
        terminalreporter.flush()
        journal.told()


def _said(asked: Asked, report: str) -> str:
    """Return a report with options as pytest has them: their names are longer there."""
    from batchmark.report.tables import WIDTH  # noqa: PLC0415
    from batchmark.report.wrapping import wrapped_again  # noqa: PLC0415

    text = asked.said(report)
    return text if asked.settings.wide else wrapped_again(text, WIDTH)


def _lines_on_nothing(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> Iterator[str]:
    """Yield a line where nothing is measured because nothing is left to, or because tests run side by side."""
    if deselected := config.stash.get(_DESELECTED, None):
        from batchmark.doors.pytest.deselected import line_on_deselected  # noqa: PLC0415

        session = deselected[0].session
        if not session.items:
            yield line_on_deselected(deselected, config)
    skipped = terminalreporter.stats.get("skipped", ())
    if number := sum(_SIDE_BY_SIDE in str(report.longrepr) for report in skipped):
        yield f"Not measured: {number} of Batchmark's benchmarks: {_SIDE_BY_SIDE}."


def _cells(config: pytest.Config) -> list[Any]:
    """Return the parameters of a benchmark: those of each cell, or why there is none."""
    if _is_xdist_worker():
        return [_no(_CELL, _SIDE_BY_SIDE, pytest.mark.skip(_SIDE_BY_SIDE))]
    # The name under which it registers itself, however it was loaded.
    if not config.pluginmanager.hasplugin("pytest-benchmark"):
        return [_no(_CELL, _NO_PYTEST_BENCHMARK)]
    asked = _asked(config)
    try:
        cells = asked.cells()
    except BatchmarkError as error:
        asked.fault = error
        return [_no(_CELL, asked.said(str(error)))]
    timer = pytest.mark.benchmark(timer=asked.clock)
    return [pytest.param(cell.workload, cell.batch_size, cell.way, marks=timer, id=str(cell)) for cell in cells]


def _pairs(config: pytest.Config, *, is_benchmark: bool) -> list[Any]:
    """Return the parameters of an accuracy test: those of each workload and batch size, or why there is none."""
    if getattr(config.option, "benchmark_only", False) and not is_benchmark:
        return [_no(_PAIR, _NOT_A_BENCHMARK, pytest.mark.skip(_NOT_A_BENCHMARK))]
    asked = _asked(config)
    try:
        return [pytest.param(name, size, id=f"{name}-{size}") for name, size in asked.pairs()]
    except BatchmarkError as error:
        asked.nothing_judged = error
        return [_no(_PAIR, asked.said(str(error)))]


def _no(names: tuple[str, ...], reason: str, *marks: pytest.MarkDecorator) -> Any:  # noqa: ANN401  pytest's ParameterSet
    return pytest.param(_Refused(reason), *(None for _ in names[1:]), marks=marks, id="none")


def _refusal_of(item: pytest.Item) -> _Refused | None:
    if not (_has(item, SWEEP) or _has(item, QUALITY_STUDY)):
        return None
    found = item.callspec.params.get(_CELL[0])  # type: ignore[attr-defined]  # pytest's Function items have it
    return found if isinstance(found, _Refused) else None


def _require(names: tuple[str, ...], fixture: str, metafunc: pytest.Metafunc) -> None:
    """Refuse a test that can't be told which cell it is."""
    if missing := [name for name in names if name not in metafunc.fixturenames]:
        message = f"{metafunc.function.__name__} asks for {fixture}; it has to take {', '.join(missing)} too"
        raise pytest.Collector.CollectError(message)


def _asked(config: pytest.Config) -> Asked:
    """Return what this run asks of us, from the first time on that it does."""
    if not (asked := config.stash.get(_ASKED, None)):
        from batchmark.doors.pytest.asked import Asked  # noqa: PLC0415
        from batchmark.doors.pytest.terminal import progress_of  # noqa: PLC0415

        asked = config.stash[_ASKED] = Asked(config, progress=progress_of(config))
    return asked


def _journal(config: pytest.Config) -> JournalDoor | None:
    return config.stash.get(_JOURNAL, None)


def _has(item: pytest.Item, fixture: str) -> bool:
    return fixture in getattr(item, "fixturenames", ())


def _items_with(fixture: str, session: pytest.Session) -> list[pytest.Item]:
    return [item for item in session.items if _has(item, fixture)]


def _cell(item: pytest.Item) -> Cell:
    from batchmark.records import Cell  # noqa: PLC0415

    return Cell.by_way(*(item.callspec.params[name] for name in _CELL))  # type: ignore[attr-defined]  # as above


def _is_xdist_worker() -> bool:
    return bool(os.environ.get("PYTEST_XDIST_WORKER"))


def _exit(asked: Asked, error: BatchmarkError) -> NoReturn:
    pytest.exit(f"batchmark: {asked.said(str(error))}", returncode=2)
