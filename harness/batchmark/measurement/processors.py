"""How many processors this process can keep busy."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from batchmark.errors import BatchmarkError, UnsupportedPlatformError
from batchmark.measurement.control_groups import ControlGroup, groups_with


def usable_cores(root: Path = Path("/")) -> float | None:
    """Return how many processors this process may use: those it may run on, or its quota where that is less.

    A quota of time need not be whole: 1.5 is one processor and half of another. None where the system doesn't tell.
    """
    allowed, quota = _allowed(), processor_quota(root)
    if allowed is None or quota is None:
        return allowed
    return min(allowed, quota)


_OPENMP = "OMP_NUM_THREADS"
_TOPOLOGY = "/sys/devices/system/cpu/cpu{}/topology/thread_siblings_list"


@contextmanager
def on_processors(count: int | None) -> Iterator[None]:
    """Keep this process, and all that it starts meanwhile, to `count` of its processors; None: to those it has.

    TensorFlow and JAX take a thread for each processor that a process may run on, and JAX has no other setting; PyTorch
    takes as many as OMP_NUM_THREADS says. Of processors that share a core the first of each is taken first.

    Raises BatchmarkError: there are not so many. UnsupportedPlatformError: this system has no such setting.
    """
    if count is None:
        yield
        return
    if not hasattr(os, "sched_setaffinity"):
        message = f"--threads {count}: this system can't keep a process to some of its processors; leave it out"
        raise UnsupportedPlatformError(message)
    allowed = os.sched_getaffinity(0)
    if not 1 <= count <= len(allowed):
        message = f"--threads {count}: this process may run on {len(allowed)}; use 1 to {len(allowed)}"
        raise BatchmarkError(message)
    before = os.environ.get(_OPENMP)
    os.sched_setaffinity(0, sorted(allowed, key=_among_siblings)[:count])
    os.environ[_OPENMP] = str(count)
    try:
        yield
    finally:
        os.sched_setaffinity(0, allowed)
        os.environ.pop(_OPENMP)
        if before is not None:
            os.environ[_OPENMP] = before


def _among_siblings(processor: int) -> tuple[int, int]:
    """Return which of its core's processors one is, from 0, and its number."""
    try:
        siblings = Path(_TOPOLOGY.format(processor)).read_text(encoding="ascii")
    except OSError:
        return 0, processor
    ranges = re.findall(r"(\d+)(?:-(\d+))?", siblings)
    of_core = {each for first, last in ranges for each in range(int(first), int(last or first) + 1)}
    return sum(each < processor for each in of_core), processor


def processor_quota(root: Path = Path("/")) -> float | None:
    """Return the processors' worth of time that this process's control groups allow; None: as much as there is.

    Reads the control groups of both versions, from this process's up to the root, of which the narrowest counts;
    `root` is where the system's files are.
    """
    quotas = [quota for group in groups_with("cpu", root) if (quota := _quota(group)) is not None]
    narrowest = min(quotas, default=None)
    # As whole as it is, so that a container of two processors has as many as a machine of two.
    return int(narrowest) if narrowest is not None and narrowest.is_integer() else narrowest


def _allowed() -> int | None:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count()


def _quota(group: ControlGroup) -> float | None:
    if group.version == 1:
        found = [group.text(name).strip() for name in ("cpu.cfs_quota_us", "cpu.cfs_period_us")]
    else:
        found = group.text("cpu.max").split()
    # The first version says -1 where there is no limit.
    if len(found) != 2 or not all(each.isdecimal() and int(each) for each in found):  # noqa: PLR2004  quota and period
        return None
    return round(int(found[0]) / int(found[1]), 2)
