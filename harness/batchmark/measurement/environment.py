"""What the operating system tells of the machine: things that change a measurement and no framework knows."""

import os
from pathlib import Path

from batchmark.measurement.processors import processor_quota, usable_cores

_GOVERNOR = Path("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor")


def host_facts() -> dict[str, object]:
    """Return cores this process may use, their quota, the load at the time of the call, and the frequency governor.

    A value is None where the system doesn't tell, and where there is no quota.
    """
    return {
        "cores": usable_cores(),
        "cores_quota": processor_quota(),
        "load_at_start": _load(),
        "governor": _read(_GOVERNOR),
    }


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
