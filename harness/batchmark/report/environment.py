"""Where a sweep was measured, in a line."""

from collections.abc import Mapping

from batchmark.backends import PROPER_NAMES
from batchmark.measurement.hardware import GPUS
from batchmark.metrics.table import SHORTEST_VISIT
from batchmark.studies.sweep.on_backends import BY_BACKEND

# Differs every time, and says little by itself.
_NOT_COMPARED = frozenset({"load_at_start", "device_name", "devices_visible", GPUS, SHORTEST_VISIT})


def render_environment(facts: Mapping[str, object]) -> str:
    """Return versions, device, cores and threads, and the load when measuring began."""
    parts = [
        *_backends(facts),
        f"Keras {facts.get('keras')}",
        f"numpy {facts.get('numpy')}",
        _device(facts),
    ]
    if facts.get("flags"):
        flags = facts["flags"]
        parts.append(
            ", ".join(f"{name}={value}" for name, value in flags.items()) if isinstance(flags, Mapping) else ""
        )
    if isinstance(load := facts.get("load_at_start"), list) and load:
        parts.append(f"load {load[0]} at start")
    if governor := facts.get("governor"):
        parts.append(f"governor {governor}")
    return " · ".join(parts)


def render_differences(compared: Mapping[str, object], facts: Mapping[str, object]) -> str:
    """Return what differs between a compared file's environment and this one."""
    names = sorted((compared.keys() | facts.keys()) - _NOT_COMPARED)
    differing = [
        f"{name} {compared.get(name)} -> {facts.get(name)}" for name in names if compared.get(name) != facts.get(name)
    ]
    if not differing:
        return "The compared file was measured in an environment like this one; only interleaving rules out drift."
    return f"The compared file's environment differs: {'; '.join(differing)}"


def _backends(facts: Mapping[str, object]) -> list[str]:
    """Return the release of each backend, as in ``TensorFlow 2.21.0``."""
    several = facts.get(BY_BACKEND)
    each = several.values() if isinstance(several, Mapping) else [facts]
    told = [
        f"{proper} {own[name]}"
        for own in each
        if isinstance(own, Mapping)
        for name, proper in PROPER_NAMES.items()
        if name in own
    ]
    return told or [f"TensorFlow {facts.get('tensorflow')}"]


def _device(facts: Mapping[str, object]) -> str:
    name, count = facts.get("device_name"), facts.get("device_count")
    if facts.get("device") == "GPU":
        there = facts.get("devices_visible", count)
        used = f"{count} × {name}" if count != 1 else str(name)
        return used if there == count else f"{used} (of {there} that it sees)"
    threads = facts.get("intra_op_threads") or "automatic"
    cores, quota = facts.get("cores"), facts.get("cores_quota")
    limited = " (a control group's quota)" if quota is not None and quota == cores else ""
    return f"CPU, {cores} cores{limited}, {threads} threads"
