"""What a night was measured on, as text for its log."""

from batchmark.measurement.hardware import Hardware
from batchmark.report.units import NOTHING, size_in_bytes


def render_hardware(hardware: Hardware) -> str:
    """Return a few lines: the host, then each GPU with its driver and clocks, or why there is none."""
    host = hardware.host
    memory = host.get("memory_bytes")
    size = size_in_bytes(float(memory)) if isinstance(memory, int) else NOTHING
    processor = f"{host.get('processor') or 'unknown processor'}, {host.get('cores')} cores"
    state = f"governor {host.get('governor') or NOTHING} · load {_load(host.get('load_at_start'))}"
    lines = [
        f"Recorded {hardware.recorded}",
        f"Host: {host.get('node')} · {host.get('system')}",
        f"{processor} · {size} · {state}",
    ]
    lines += [
        f"GPU {gpu['index']}: {gpu['name']} · driver {gpu['driver_version']} · {gpu['memory.total']} · "
        f"SM clock {gpu['clocks.sm']} of at most {gpu['clocks.max.sm']}, memory clock {gpu['clocks.mem']} of at most "
        f"{gpu['clocks.max.mem']} · {gpu['pstate']} · persistence mode {gpu['persistence_mode']} · "
        f"power {gpu['power.draw']} of at most {gpu['power.limit']} · {gpu['temperature.gpu']} °C"
        for gpu in hardware.gpus
    ]
    return "\n".join([*lines, f"No GPU: {hardware.problem}."] if hardware.problem else lines)


def _load(load: object) -> str:
    return str(load[0]) if isinstance(load, list) and load else NOTHING
