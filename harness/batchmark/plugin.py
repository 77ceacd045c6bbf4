"""The pytest plugin: options in, one sweep measured for all selected cells, its rounds played to pytest-benchmark.

A test that asks for the fixture `sweep` becomes one benchmark per cell, with the parameters `workload`,
`batch_size` and `loop`; one that asks for `quality_study` becomes one test per workload and batch size.
"""

from __future__ import annotations

import os
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, NoReturn

import pytest

from batchmark.errors import BatchmarkError
from batchmark.loops import LOOPS
from batchmark.measurement.plan import Plan
from batchmark.playback import Playback, PlaybackClock
from batchmark.records import Cell
from batchmark.report.environment import render_differences, render_environment
from batchmark.stored import FACTS_KEY, REST_KEY, rest_of_sweep
from batchmark.studies.descriptions import Descriptions
from batchmark.studies.grid import DEFAULT_WORKLOADS, looks, quality_pairs, sweep_cells
from batchmark.studies.sweep import run_sweep
from batchmark.workloads import Description, built_in_workloads

# pytest imports this module in every run of its environment: what takes a second to import (scipy, rich) is
# imported where it is used.
if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from batchmark.journal_door import JournalDoor
    from batchmark.progress import Progress
    from batchmark.quality_door import QualityDoor

_PLAYBACK = pytest.StashKey[Playback]()
_JOURNAL = pytest.StashKey["JournalDoor"]()
_CLOCK = pytest.StashKey[PlaybackClock]()
_DESCRIPTIONS = pytest.StashKey[Descriptions]()
_REFUSED = pytest.StashKey[tuple[BatchmarkError, ...]]()
_COMPARED = pytest.StashKey[list[dict[str, Any]]]()
_QUALITY = pytest.StashKey["QualityDoor"]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare what a user can choose."""
    group = parser.getgroup("batchmark", "Batchmark: the grid, and how much of it is measured")
    group.addoption(
        "--batch-sizes",
        metavar="GRID",
        help="batch sizes: integers, `full`, `16..1024` (powers of two), `16..1024*` (with their neighbours), "
        "`50..500+50` (arithmetic), separated by commas (default: the workload's own grid)",
    )
    group.addoption(
        "--workload",
        action="append",
        default=[],
        metavar="NAME",
        help=f"workload, may be repeated: {', '.join(built_in_workloads())}, `all` for these, or one of your own as "
        "package.module:attribute (default: blobs)",
    )
    group.addoption(
        "--loop",
        action="append",
        default=[],
        metavar="NAME",
        help=f"loop, may be repeated: {', '.join(LOOPS)}, `all` for each (default: the workload's own)",
    )
    group.addoption(
        "--turns",
        type=int,
        default=Plan.turns,
        help="times each cell is visited, in random order (default: %(default)s)",
    )
    group.addoption(
        "--budget",
        type=float,
        metavar="SECONDS",
        help=f"take no further turn of a workload after this long, first epochs apart, but at least "
        f"{Plan.minimum_turns} (default: the workload's own, 90 where it has none)",
    )
    group.addoption(
        "--first-epoch-limit",
        type=float,
        default=Plan.first_epoch_limit_seconds,
        metavar="SECONDS",
        help="give up a batch size and loop whose compilation and first epochs take longer (default: %(default)s)",
    )
    group.addoption(
        "--memory",
        action="store_true",
        help="measure each cell's peak memory too, each in a fresh process (some 10 s each)",
    )
    group.addoption("--sweep-seed", type=int, default=Plan.seed, help="seed of weights, data order and turn order")
    group.addoption(
        "--learning-rate",
        choices=["paper", "same"],
        default="paper",
        help="paper: with the workload's exceptions by batch size; same: one rate for all (default: %(default)s)",
    )
    group.addoption(
        "--seeds",
        type=int,
        default=20,
        help="accuracy tests: trainings per batch size to begin with (default: %(default)s)",
    )
    group.addoption(
        "--max-seeds", type=int, default=80, help="accuracy tests: draw no more seeds than this (default: %(default)s)"
    )


def pytest_configure(config: pytest.Config) -> None:
    """Refuse what can't be measured before anything is collected."""
    config.stash[_CLOCK] = PlaybackClock()
    config.stash[_COMPARED] = []
    config.stash[_REFUSED] = ()
    config.stash[_DESCRIPTIONS] = Descriptions(progress=_progress(config))
    option = config.option
    try:
        _plan(config)
        if option.batch_sizes is not None or option.workload or option.loop:
            sweep_cells(_workloads(config), option.batch_sizes, option.loop)
        if not 2 <= option.seeds <= option.max_seeds:  # noqa: PLR2004  an interval takes two values
            message = f"--seeds {option.seeds} and --max-seeds {option.max_seeds}: use 2 <= --seeds <= --max-seeds"
            raise BatchmarkError(message)  # noqa: TRY301  caught like the others
    except BatchmarkError as error:
        config.stash[_DESCRIPTIONS].close()
        _exit(error)


def pytest_unconfigure(config: pytest.Config) -> None:
    """End the workers that described workloads and were not needed, and the journal."""
    if door := _journal(config):
        door.close()
    if descriptions := config.stash.get(_DESCRIPTIONS, None):
        descriptions.close()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give a declaration its cells."""
    option = metafunc.config.option
    if "sweep" in metafunc.fixturenames:
        cells = sweep_cells(_workloads(metafunc.config), option.batch_sizes, option.loop)
        timer = pytest.mark.benchmark(timer=metafunc.config.stash[_CLOCK])
        metafunc.parametrize(
            ("workload", "batch_size", "loop"),
            [pytest.param(cell.workload, cell.batch_size, cell.loop, marks=timer, id=str(cell)) for cell in cells],
        )
    elif "quality_study" in metafunc.fixturenames:
        try:
            pairs = quality_pairs(_workloads(metafunc.config), option.batch_sizes)
        except BatchmarkError as error:
            _exit(error)
        metafunc.parametrize(("workload", "batch_size"), pairs, ids=[f"{name}-{size}" for name, size in pairs])


@pytest.fixture(scope="session")
def sweep(request: pytest.FixtureRequest) -> Playback:
    """Measure every selected cell, interleaved, and return the player of their rounds."""
    from batchmark.journal_door import JournalDoor  # noqa: PLC0415
    from batchmark.report.progress import show_progress  # noqa: PLC0415

    config = request.config
    if os.environ.get("PYTEST_XDIST_WORKER"):
        pytest.skip("cells measured side by side slow each other down; leave out -n")
    cells = list(dict.fromkeys(_cell(item) for item in _items_with("sweep", request.session)))
    descriptions = config.stash[_DESCRIPTIONS]
    workloads = {name: descriptions.of(name) for name in {cell.workload for cell in cells}}
    with _uncaptured(config), show_progress() as progress:
        try:
            plan = _plan(config)
            door = config.stash[_JOURNAL] = JournalDoor(config, plan, workloads)
            door.say_where(progress)
            result = door.keep(
                lambda journal: run_sweep(
                    cells,
                    plan,
                    workloads,
                    progress=progress,
                    memory=config.option.memory,
                    worker_for=descriptions.worker_for,
                    journal=journal,
                )
            )
        except BatchmarkError as error:
            _exit(error)
    playback = config.stash[_PLAYBACK] = Playback(result, config.stash[_CLOCK])
    return playback


@pytest.fixture(scope="session")
def quality_study(request: pytest.FixtureRequest) -> Iterator[QualityDoor]:
    """Return the judge of a batch size's quality against the workload's reference."""
    from batchmark.quality_door import QualityDoor  # noqa: PLC0415

    config = request.config
    option = config.option
    door = QualityDoor(
        descriptions=config.stash[_DESCRIPTIONS],
        looks=looks(option.seeds, option.max_seeds),
        family=len(_items_with("quality_study", request.session)),
        same_learning_rate=option.learning_rate == "same",
        uncaptured=lambda: _uncaptured(config),
    )
    config.stash[_QUALITY] = door
    with door:
        yield door


@pytest.hookimpl(optionalhook=True)
def pytest_benchmark_update_machine_info(config: pytest.Config, machine_info: dict[str, Any]) -> None:
    """Add what changes a training's speed to what pytest-benchmark records."""
    if playback := config.stash.get(_PLAYBACK, None):
        facts = playback.result.facts
        cpu = machine_info.get("cpu", {}).get("brand_raw")
        machine_info[FACTS_KEY] = {**facts, "device_name": facts.get("device_name") or cpu}


@pytest.hookimpl(optionalhook=True)
def pytest_benchmark_update_json(config: pytest.Config, output_json: dict[str, Any]) -> None:
    """Add the cells that have no benchmark, so that nothing of the sweep is lost."""
    if playback := config.stash.get(_PLAYBACK, None):
        result = playback.result
        config.stash[_JOURNAL].stored()
        output_json[REST_KEY] = rest_of_sweep(result.records, output_json["benchmarks"], result.stopped)


@pytest.hookimpl(tryfirst=True, optionalhook=True)
def pytest_benchmark_compare_machine_info(config: pytest.Config, compared_benchmark: dict[str, Any]) -> None:
    """Keep our part of a compared file's machine for the summary.

    At this time nothing is measured yet: pytest-benchmark would find our part missing on this side and
    warn each time.
    """
    facts = compared_benchmark["machine_info"].pop(FACTS_KEY, None)
    if facts is not None:
        config.stash[_COMPARED].append(facts)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Exit 2 after Ctrl-C or SIGTERM in mid-sweep, 1 after a worker's death or a time-out.

    Exit 2 too where a workload was refused, or what was measured could not be stored; it is shown all the same.
    """
    if session.config.stash.get(_REFUSED, ()):
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
    width = min(max(terminalreporter._tw.fullwidth, 112), 140)  # noqa: SLF001  pytest offers no other way
    if playback := config.stash.get(_PLAYBACK, None):
        from batchmark.report.sweep import render_sweep  # noqa: PLC0415
        from batchmark.studies.summary import summarise  # noqa: PLC0415

        result, door = playback.result, config.stash[_JOURNAL]
        terminalreporter.section("batchmark")
        terminalreporter.write_line(render_environment(result.facts))
        for compared in config.stash[_COMPARED]:
            terminalreporter.write_line(render_differences(compared, result.facts))
        terminalreporter.write_line(render_sweep(summarise(result.records), width=width))
        for error in config.stash[_REFUSED]:
            terminalreporter.write_line(f"Not measured: {error}")
        if result.stopped:
            where = "above and stored" if door.is_stored else "above"
            terminalreporter.write_line(f"Not finished: {result.stopped}. What was measured is {where}.")
        for line in door.end_of_report():
            terminalreporter.write_line(line)
    if (quality := config.stash.get(_QUALITY, None)) and quality.has_results:
        terminalreporter.section("batchmark: quality")
        terminalreporter.write_line(quality.summary(width=width))
    if journal := _journal(config):
        terminalreporter.flush()
        journal.told()


def _plan(config: pytest.Config) -> Plan:
    option = config.option
    # Not there with -p no:benchmark.
    disabled = getattr(option, "benchmark_disable", False) and not getattr(option, "benchmark_enable", False)
    return Plan(
        turns=1 if disabled else option.turns,
        budget_seconds=option.budget,
        first_epoch_limit_seconds=option.first_epoch_limit,
        seed=option.sweep_seed,
        same_learning_rate=option.learning_rate == "same",
    )


def _workloads(config: pytest.Config) -> tuple[Description, ...]:
    """Return what is known of the workloads that can be used; the others are told at the end."""
    names = tuple(config.option.workload) or DEFAULT_WORKLOADS
    usable, config.stash[_REFUSED] = config.stash[_DESCRIPTIONS].of_all(names)
    return usable


def _journal(config: pytest.Config) -> JournalDoor | None:
    return config.stash.get(_JOURNAL, None)


def _progress(config: pytest.Config) -> Progress:
    """Return a progress that is not there before pytest's terminal is."""

    def tell(*, phase: str, done: float, of: float, detail: str) -> None:
        from batchmark.report.progress import show_progress  # noqa: PLC0415

        with _uncaptured(config), show_progress() as progress:
            progress(phase=phase, done=done, of=of, detail=detail)

    return tell


def _items_with(fixture: str, session: pytest.Session) -> list[pytest.Item]:
    return [item for item in session.items if fixture in getattr(item, "fixturenames", ())]


def _cell(item: pytest.Item) -> Cell:
    params = item.callspec.params  # type: ignore[attr-defined]  # pytest's Function items have it
    return Cell(params["workload"], params["batch_size"], params["loop"])


def _uncaptured(config: pytest.Config) -> Any:  # noqa: ANN401  pytest's capture manager is private
    """Return a context in which progress reaches the terminal."""
    capture = config.pluginmanager.getplugin("capturemanager")
    return capture.global_and_fixture_disabled() if capture else ExitStack()


def _exit(error: BatchmarkError) -> NoReturn:
    pytest.exit(f"batchmark: {error}", returncode=2)
