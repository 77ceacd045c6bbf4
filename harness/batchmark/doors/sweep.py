"""The command `sweep`: pytest's arguments out, and its exit code back."""

from pathlib import Path

import click
import pytest

import batchmark
from batchmark.doors import choices
from batchmark.doors.choices import Choice
from batchmark.doors.options import JSON, Decorator, option, takes_workloads
from batchmark.doors.sweep_options import DEFAULTS, PREFIX
from batchmark.doors.sweep_settings import read_sweep_table
from batchmark.files.project_file import find_file
from batchmark.written.durations import format_seconds


def _option(choice: Choice, variable: str | None = None) -> Decorator:
    # What isn't given is pyproject.toml's to say, and then the workload's.
    return option(choice, variable, default=None, show_default=DEFAULTS[choice] or False)


@click.command()
@takes_workloads("workload in [tool.batchmark.sweep]")
@_option(choices.BATCH_SIZES)
@_option(choices.LOOP, "loops")
@_option(choices.BACKEND, "backends")
@_option(choices.THREADS)
@_option(choices.REQUIRE_GPU)
@_option(choices.TURNS)
@_option(choices.BUDGET)
@_option(choices.FIRST_EPOCH_LIMIT)
@_option(choices.SEED)
@_option(choices.MEMORY)
@_option(choices.WIDE)
@option(JSON, "json_file")
def sweep(
    workloads: tuple[str, ...],
    loops: tuple[str, ...],
    backends: tuple[str, ...],
    json_file: Path | None,
    *,
    batch_sizes: str | None,
    threads: int | None,
    require_gpu: bool | None,
    turns: int | None,
    budget: float | None,
    first_epoch_limit: float | None,
    seed: int | None,
    memory: bool | None,
    wide: bool | None,
) -> None:
    """Measure every batch size of workloads: how fast, with intervals.

    The same as pytest --benchmark-only with these options, each with --batchmark- before its name, from any folder.
    What is not given is as [tool.batchmark.sweep] of the nearest pyproject.toml has it.
    """
    _require_workload(workloads)
    limit = None if first_epoch_limit is None else format_seconds(first_epoch_limit)
    given: list[tuple[Choice, object]] = [
        *((choices.WORKLOAD, name) for name in workloads),
        *((choices.LOOP, name) for name in loops),
        *((choices.BACKEND, name) for name in backends),
        (choices.BATCH_SIZES, batch_sizes),
        (choices.THREADS, threads),
        (choices.TURNS, turns),
        (choices.BUDGET, None if budget is None else format_seconds(budget)),
        (choices.FIRST_EPOCH_LIMIT, limit),
        (choices.SEED, seed),
    ]
    arguments = [f"{PREFIX}{choice.name}={value}" for choice, value in given if value is not None]
    for choice, is_wanted in (
        (choices.REQUIRE_GPU, require_gpu),
        (choices.MEMORY, memory),
        (choices.WIDE, wide),
    ):
        arguments += [] if is_wanted is None else [f"{PREFIX}{'' if is_wanted else 'no-'}{choice.name}"]
    if json_file:
        arguments.append(f"--benchmark-json={json_file}")
    click.get_current_context().exit(_run(arguments))


def _run(arguments: list[str]) -> int:
    # pytest-benchmark's own table says less than the summary that follows it.
    quiet = ["-q", "--no-header", "--benchmark-quiet", "-p", "no:cacheprovider"]
    # Where plugins don't load by themselves too; by these names none is loaded twice where they do.
    plugins = ["-p", "batchmark", "-p", "benchmark"]
    declared = Path(batchmark.__file__).parent / "declared"
    where = [f"-c={declared / 'pytest.ini'}", "--rootdir=.", str(declared / "test_epoch.py")]
    return int(pytest.main(["--benchmark-only", *plugins, *quiet, *where, *arguments]))


def _require_workload(workloads: tuple[str, ...]) -> None:
    """Refuse a sweep of nothing in particular, unless the project says what it is of."""
    if workloads:
        return
    file = find_file(Path())
    if not file or "workload" not in read_sweep_table(file):
        message = "Missing argument 'WORKLOAD...': name one, here or as workload in [tool.batchmark.sweep]"
        raise click.UsageError(message)
