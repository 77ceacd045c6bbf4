"""How much memory this machine, or the container around this process, has to give."""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from batchmark.measurement.control_groups import ControlGroup, groups_with, text_of

_KIBI = 1024


@dataclass(frozen=True)
class MachineMemory:
    """In bytes."""

    total: int
    available: int
    """What can be had without swapping; no more than `total`."""


def machine_memory(root: Path = Path("/")) -> MachineMemory:
    """Return the machine's memory, or its control group's where that is less; `root` is where the system's files are.

    Reads ``/proc/meminfo`` and the control groups of both versions, from this process's up to the root. A system
    without them only tells its total.
    """
    whole = _machine(root)
    groups = list(_groups(root))
    return MachineMemory(
        total=min([whole.total, *(group.total for group in groups)]),
        available=max(0, min([whole.available, *(group.available for group in groups)])),
    )


def _machine(root: Path) -> MachineMemory:
    text = text_of(root / "proc/meminfo")
    found = {name: int(kib) * _KIBI for name, kib in re.findall(r"^(\w+):\s+(\d+) kB$", text, re.MULTILINE)}
    if "MemTotal" in found:
        return MachineMemory(found["MemTotal"], found.get("MemAvailable", found["MemTotal"]))
    total = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return MachineMemory(total, total)


def _groups(root: Path) -> Iterator[MachineMemory]:
    for group in groups_with("memory", root):
        limit_name, usage_name, reclaimable = _NAMES[group.version]
        limit, usage = (_number(group.text(name)) for name in (limit_name, usage_name))
        if limit is not None and usage is not None:
            yield MachineMemory(limit, limit - usage + _reclaimable(group, reclaimable))


_NAMES = {
    1: ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"),
    2: ("memory.max", "memory.current", "inactive_file"),
}


def _reclaimable(group: ControlGroup, name: str) -> int:
    found = re.search(rf"^{name} (\d+)$", group.text("memory.stat"), re.MULTILINE)
    return int(found[1]) if found else 0


def _number(text: str) -> int | None:
    return int(text) if text.strip().isdecimal() else None
