"""The command `largest`: the largest batch size that trains."""

from collections.abc import Sequence
from itertools import product
from typing import Any

import click

from batchmark.doors import choices
from batchmark.doors.choices import Choice, Kind
from batchmark.doors.options import MEMORY_LIMIT, option, takes_workloads
from batchmark.doors.sweep_options import DEFAULTS
from batchmark.errors import BatchmarkError
from batchmark.loops import COMPILED, FIT, compilations_of, some_of
from batchmark.measurement.processors import on_processors
from batchmark.report.largest import render_largest
from batchmark.report.progress import show_progress
from batchmark.studies.sweep.descriptions import Descriptions
from batchmark.studies.sweep.largest import DEFAULT_PROBE_SECONDS, Largest, run_largest
from batchmark.workloads import expand_known
from batchmark.workloads.keras_backend import asked_backends
from batchmark.written.durations import format_seconds

_MAXIMUM = Choice("maximum", Kind.COUNT, "Try no larger batch size (default: all examples).", least=1)
_PROBE_TIMEOUT = Choice("probe-timeout", Kind.TIME, "What takes longer is a no.")


@click.command(
    epilog="Exit codes: 0 there is one; 1 not even batch size 1 trains; 2 the search did not finish, or couldn't begin."
)
@takes_workloads()
@option(MEMORY_LIMIT)
@option(_MAXIMUM)
@option(choices.LOOP, "loops", default=(FIT,), show_default=True)
@option(choices.BACKEND, "backends", show_default=DEFAULTS[choices.BACKEND])
@option(choices.THREADS)
@option(choices.REQUIRE_GPU, default=False)
@option(_PROBE_TIMEOUT, default=format_seconds(DEFAULT_PROBE_SECONDS), show_default=True)
def largest(
    workloads: tuple[str, ...],
    memory_limit: int | None,
    maximum: int | None,
    loops: tuple[str, ...],
    backends: tuple[str, ...],
    *,
    threads: int | None,
    require_gpu: bool,
    probe_timeout: float,
) -> None:
    """Find the largest batch size that trains within the memory, each probe in a fresh process.

    Of several workloads, loops and backends each is searched by itself. On a GPU the card's memory is the limit.
    """
    if not workloads:
        message = "Missing argument 'WORKLOAD...': name one, built-in or your own as package.module:attribute"
        raise click.UsageError(message)
    names = expand_known(workloads)
    ways = [(backend, loop) for backend in asked_backends(backends) for loop in _loops(loops, backend)]
    found: list[Largest] = []
    with on_processors(threads):
        for name, (backend, loop) in product(names, ways):
            how = {"needs_gpu": require_gpu, "memory_limit": memory_limit, "maximum": maximum}
            found.append(_search(name, backend, loop, probe_seconds=probe_timeout, **how))
            click.echo(render_largest(found[-1]))
            if found[-1].stopped:
                click.get_current_context().exit(2)
    click.get_current_context().exit(_exit_code(found))


def _search(name: str, backend: str, loop: str, **how: Any) -> Largest:  # noqa: ANN401  as run_largest takes it
    with show_progress() as progress:
        # Its worker has ended, and given its memory back, before the first probe.
        with Descriptions(progress=progress) as descriptions:
            descriptions.on((backend,))
            description = descriptions.of(name)
        return run_largest(description, progress=progress, loop=loop, backend=backend, **how)


def _loops(names: tuple[str, ...], backend: str) -> tuple[str, ...]:
    """Return the loops of `backend` that are searched.

    Raises BatchmarkError: an unknown one, or ``compiled``, which is one of several only where an epoch is tried.
    """
    loops = some_of(names, backend)
    if COMPILED in loops:
        named = " or ".join(compilations_of(backend))
        message = f"no epoch is timed here to choose what runs {COMPILED}; use --loop {named}"
        raise BatchmarkError(message)
    return loops


def _exit_code(found: Sequence[Largest]) -> int:
    return int(any(each.boundary.answer is None for each in found))
