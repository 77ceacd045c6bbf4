"""The metrics, a line each, in the order in which they are told."""

from collections.abc import Mapping
from importlib import import_module

from batchmark.errors import UnknownNameError
from batchmark.metrics.metric import Metric
from batchmark.metrics.reading import Instrument, Meter

_MODULES = (
    "seconds_per_epoch",
    "overhead_per_step",
    "cost_per_example",
    "first_epoch_seconds",
    "peak_bytes",
    "quality",
    "processor_seconds_per_epoch",
    "page_faults_per_epoch",
    "joules_per_epoch",
    "context_switches_per_epoch",
    "calls_per_epoch",
    "operations_per_step",
    "allocated_bytes_per_step",
    "retracings_per_epoch",
    "instructions_per_step",
    "fusions_per_step",
    "flops_per_step",
    "program_bytes_per_step",
)

SHORTEST_VISIT = "shortest_visit_seconds"
"""The fact that an accelerator's meters tell something of so many seconds of rounds together, and of no less."""

# By name, so that a metric is one line here, and is called as its file.
METRICS: tuple[Metric, ...] = tuple(import_module(f"batchmark.metrics.{name}").METRIC for name in _MODULES)
"""Ask for it as ``table.METRICS`` when it is needed, and keep no copy."""


def names() -> tuple[str, ...]:
    """Return the name of each metric."""
    return tuple(metric.name for metric in METRICS)


def named(name: str) -> Metric:
    """Return the metric of this name.

    Raises UnknownNameError: there is none; the known ones are named.
    """
    for metric in METRICS:
        if metric.name == name:
            return metric
    message = f"unknown metric {ascii(name)[:60]}; the metrics are {', '.join(names())}"
    raise UnknownNameError(message)


def default_tolerances() -> dict[str, float | None]:
    """Return the change that would matter, by name; quality isn't named: its margin is the workload's own."""
    return {metric.name: metric.tolerance for metric in METRICS if not metric.is_after_training}


def between_runs() -> dict[str, float]:
    """Return what two stored runs of the same thing are taken to differ by, by name of what can be compared by it."""
    return {metric.name: metric.between_runs for metric in METRICS if metric.between_runs is not None}


def meters(*, on_accelerator: bool = False) -> Mapping[str, Meter]:
    """Return what is read at each boundary between two epochs, by the metric's name, as far as there are meters.

    Those of an accelerator are there where it is what trains.
    """
    found = {
        metric.name: metric.reading.find()
        for metric in METRICS
        if isinstance(metric.reading, Instrument) and (on_accelerator or not metric.reading.of_accelerator)
    }
    return {name: meter for name, meter in found.items() if meter is not None}


def windows() -> Mapping[str, float]:
    """Return how many seconds of rounds a meter tells something of at the least, by the metric's name; 0 for one."""
    return {metric.name: metric.reading.window_seconds for metric in METRICS if isinstance(metric.reading, Instrument)}
