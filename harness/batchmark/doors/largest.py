"""The command `largest`: the largest batch size that trains."""

from collections.abc import Sequence

import click

from batchmark.doors import choices
from batchmark.doors.choices import Choice, Kind
from batchmark.doors.options import option, takes_workloads
from batchmark.errors import BatchmarkError
from batchmark.loops import COMPILED, COMPILED_GRAPH, COMPILED_XLA, FIT, expand
from batchmark.report.largest import render_largest
from batchmark.report.progress import show_progress
from batchmark.studies.sweep.descriptions import Descriptions
from batchmark.studies.sweep.largest import DEFAULT_PROBE_SECONDS, Largest, run_largest
from batchmark.workloads import expand_known
from batchmark.written.durations import format_seconds

_MEMORY_LIMIT = Choice("memory-limit", Kind.SIZE, "On a CPU, as in 8GiB (default: 90 % of what is available).")
_MAXIMUM = Choice("maximum", Kind.COUNT, "Try no larger batch size (default: all examples).", least=1)
_PROBE_TIMEOUT = Choice("probe-timeout", Kind.TIME, "What takes longer is a no.")


@click.command(
    epilog="Exit codes: 0 there is one; 1 not even batch size 1 trains; 2 the search did not finish, or couldn't begin."
)
@takes_workloads()
@option(_MEMORY_LIMIT)
@option(_MAXIMUM)
@option(choices.LOOP, "loops", default=(FIT,), show_default=True)
@option(_PROBE_TIMEOUT, default=format_seconds(DEFAULT_PROBE_SECONDS), show_default=True)
def largest(
    workloads: tuple[str, ...],
    memory_limit: int | None,
    maximum: int | None,
    loops: tuple[str, ...],
    probe_timeout: float,
) -> None:
    """Find the largest batch size that trains within the memory, each probe in a fresh process.

    Of several workloads and loops each is searched by itself. On a GPU the card's memory is the limit.
    """
    if not workloads:
        message = "Missing argument 'WORKLOAD...': name one, built-in or your own as package.module:attribute"
        raise click.UsageError(message)
    names, chosen = expand_known(workloads), _loops(loops)
    found = []
    for name in names:
        for loop in chosen:
            found.append(_search(name, loop, memory_limit, maximum, probe_timeout))
            click.echo(render_largest(found[-1]))
            if found[-1].stopped:
                click.get_current_context().exit(2)
    click.get_current_context().exit(_exit_code(found))


def _search(name: str, loop: str, memory_limit: int | None, maximum: int | None, probe_seconds: float) -> Largest:
    with show_progress() as progress:
        # Its worker has ended, and given its memory back, before the first probe.
        with Descriptions(progress=progress) as descriptions:
            description = descriptions.of(name)
        return run_largest(
            description,
            progress=progress,
            loop=loop,
            memory_limit=memory_limit,
            maximum=maximum,
            probe_seconds=probe_seconds,
        )


def _loops(names: tuple[str, ...]) -> tuple[str, ...]:
    """Return the loops that are searched.

    Raises BatchmarkError: an unknown one, or ``compiled``, which is one of two only where an epoch is tried.
    """
    loops = expand(names)
    if COMPILED in loops:
        message = (
            f"no epoch is timed here to choose what runs {COMPILED}; use --loop {COMPILED_GRAPH} or {COMPILED_XLA}"
        )
        raise BatchmarkError(message)
    return loops


def _exit_code(found: Sequence[Largest]) -> int:
    return int(any(each.boundary.answer is None for each in found))
