"""What a night was measured on: the host, and each GPU with its driver and clocks as `nvidia-smi` tells them."""

import csv
import platform
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from batchmark.errors import BatchmarkError
from batchmark.measurement.environment import host_facts
from batchmark.measurement.machine_memory import machine_memory

QUERIED = (
    "index",
    "name",
    "driver_version",
    "vbios_version",
    "memory.total",
    "compute_mode",
    "persistence_mode",
    "pstate",
    "temperature.gpu",
    "power.draw",
    "power.limit",
    "clocks.sm",
    "clocks.mem",
    "clocks.max.sm",
    "clocks.max.mem",
)
"""What is asked of each GPU: fields that drivers have known for many years. An unknown one fails the whole query."""

GPU = "GPU"
GPUS = "gpus"
"""A device, as every backend's facts call it."""

_PATIENCE_SECONDS = 60.0
_PROCESSORS = Path("/proc/cpuinfo")


@dataclass(frozen=True)
class Hardware:
    """A machine at one moment."""

    recorded: str
    """When, in UTC, as ISO 8601 has it."""
    host: Mapping[str, object]
    gpus: tuple[Mapping[str, str], ...]
    """For each GPU the fields of `QUERIED`, with their units, in the driver's own words."""
    full_text: str | None = None
    """All of ``nvidia-smi -q``; None where it told nothing."""
    problem: str | None = None
    """Why no GPU is listed, or None."""


def read_hardware() -> Hardware:
    """Return what can be known without a GPU library; a machine without a GPU is no error, but a `problem`."""
    host = {
        "node": platform.node(),
        "system": platform.platform(),
        "machine": platform.machine(),
        "processor": _processor(),
        "memory_bytes": machine_memory().total,
        "python": sys.version.split()[0],
        **host_facts(),
    }
    recorded = datetime.now(UTC).isoformat(timespec="seconds")
    try:
        full_text = _nvidia_smi("-q")
        gpus = _gpus(_nvidia_smi(f"--query-gpu={','.join(QUERIED)}", "--format=csv,noheader"))
    except _NothingToldError as error:
        return Hardware(recorded, host, (), None, str(error))
    return Hardware(recorded, host, gpus, full_text, None if gpus else "nvidia-smi lists no GPU")


def machine_facts() -> dict[str, object]:
    """Return the processor and the memory in bytes, as far as they are known: what no framework tells of a machine."""
    known = {"processor": _processor(), "memory_bytes": machine_memory().total}
    return {name: value for name, value in known.items() if value is not None}


class _NothingToldError(Exception):
    pass


def gpu_facts(facts: Mapping[str, object]) -> dict[str, object]:
    """Return what is recorded of the GPUs beside `facts` of what trains on one: driver, clocks, power limit and more.

    Nothing where it trains on something else, or where nvidia-smi doesn't tell.
    """
    gpus = read_hardware().gpus if facts.get("device") == GPU else ()
    return {GPUS: [dict(gpu) for gpu in gpus]} if gpus else {}


def require_gpu(facts: Mapping[str, object], who: str) -> None:
    """Refuse `facts` of what trains, which is called `who`, that say it trains on anything but a GPU.

    Raises BatchmarkError.
    """
    if facts.get("device") != GPU:
        message = f"{who} trains on {facts.get('device')}, and a GPU is required; is its build one for GPUs?"
        raise BatchmarkError(message)


def _nvidia_smi(*arguments: str) -> str:
    try:
        done = subprocess.run(  # noqa: S603  the driver's own program, with arguments of ours
            ["nvidia-smi", *arguments],  # noqa: S607  wherever the driver put it
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            timeout=_PATIENCE_SECONDS,
        )
    except OSError as error:
        missing = isinstance(error, FileNotFoundError)
        message = "nvidia-smi is not installed" if missing else f"nvidia-smi can't be started: {error.strerror}"
        raise _NothingToldError(message) from None
    except subprocess.TimeoutExpired:
        message = f"nvidia-smi did not answer within {_PATIENCE_SECONDS:g} s"
        raise _NothingToldError(message) from None
    if done.returncode:
        said = " ".join((done.stderr or done.stdout).split()) or "it said nothing"
        message = f"nvidia-smi ended with exit code {done.returncode}: {said}"
        raise _NothingToldError(message)
    return done.stdout


def _gpus(table: str) -> tuple[Mapping[str, str], ...]:
    rows = [row for row in csv.reader(table.splitlines(), skipinitialspace=True) if row]
    return tuple(_named(row) for row in rows)


def _named(row: Sequence[str]) -> Mapping[str, str]:
    if len(row) != len(QUERIED):
        message = f"nvidia-smi was asked for {len(QUERIED)} fields and answered {','.join(row)!a}"
        raise _NothingToldError(message)
    return {name: value.strip() for name, value in zip(QUERIED, row, strict=True)}


def _processor() -> str | None:
    """Return the first processor's name; None where the system doesn't tell."""
    try:
        found = re.search(r"^model name\s*:\s*(.+)$", _PROCESSORS.read_text(encoding="utf-8"), re.MULTILINE)
    except OSError:
        return platform.processor() or None
    return found[1] if found else platform.processor() or None
