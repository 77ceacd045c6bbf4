"""How many processors this process can keep busy."""

import os
from pathlib import Path

from batchmark.measurement.control_groups import ControlGroup, groups_with


def usable_cores(root: Path = Path("/")) -> float | None:
    """Return how many processors this process may use: those it may run on, or its quota where that is less.

    A quota of time need not be whole: 1.5 is one processor and half of another. None where the system doesn't tell.
    """
    allowed, quota = _allowed(), processor_quota(root)
    if allowed is None or quota is None:
        return allowed
    return min(allowed, quota)


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
