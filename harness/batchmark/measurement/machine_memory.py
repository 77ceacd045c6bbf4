"""How much memory this machine, or the container around this process, has to give."""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

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
    text = _text(root / "proc/meminfo")
    found = {name: int(kib) * _KIBI for name, kib in re.findall(r"^(\w+):\s+(\d+) kB$", text, re.MULTILINE)}
    if "MemTotal" in found:
        return MachineMemory(found["MemTotal"], found.get("MemAvailable", found["MemTotal"]))
    total = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return MachineMemory(total, total)


def _groups(root: Path) -> Iterator[MachineMemory]:
    for line in _text(root / "proc/self/cgroup").splitlines():
        number, controllers, path = line.split(":", 2)
        if number == "0":
            yield from _limits(root / "sys/fs/cgroup", path, "memory.max", "memory.current", "inactive_file")
        elif "memory" in controllers.split(","):
            names = ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file")
            yield from _limits(root / "sys/fs/cgroup/memory", path, *names)


def _limits(mount: Path, path: str, limit_name: str, usage_name: str, reclaimable: str) -> Iterator[MachineMemory]:
    """Yield the limits of the group at `path` and of those around it."""
    # Inside a container the path may be the host's, which isn't there: then the mount is the container's own group.
    parts = Path(path.lstrip("/")).parts
    for length in range(len(parts), -1, -1):
        folder = mount.joinpath(*parts[:length])
        limit, usage = (_number(_text(folder / name)) for name in (limit_name, usage_name))
        if limit is not None and usage is not None:
            found = re.search(rf"^{reclaimable} (\d+)$", _text(folder / "memory.stat"), re.MULTILINE)
            yield MachineMemory(limit, limit - usage + (int(found[1]) if found else 0))


def _number(text: str) -> int | None:
    return int(text) if text.strip().isdecimal() else None


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii", errors="replace")
    except OSError:
        return ""
