"""What the operating system tells of the machine: things that change a measurement and no framework knows."""

import os
from pathlib import Path

_GOVERNOR = Path("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor")


def host_facts() -> dict[str, object]:
    """Return cores this process may use, the load at the time of the call, and the frequency governor.

    A value is None where the system doesn't tell.
    """
    return {
        "cores": _cores(),
        "load_at_start": _load(),
        "governor": _read(_GOVERNOR),
    }


def _cores() -> int | None:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count()


def _load() -> list[float] | None:
    try:
        return [round(value, 2) for value in os.getloadavg()]
    except (AttributeError, OSError):
        return None


def _read(path: Path) -> str | None:
    try:
        return path.read_text(encoding="ascii").strip() or None
    except OSError:
        return None
