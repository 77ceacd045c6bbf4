"""Seconds that a step costs whatever its batch size: the first parameter of the fitted cost curve."""

from batchmark.metrics.metric import ByRelease, Metric, Scope, Unit
from batchmark.metrics.reading import OfCostCurve, Parameter

METRIC = Metric(
    name="overhead_per_step",
    label="overhead per step",
    title="fixed overhead per step, of the fitted cost curve",
    unit=Unit.SECONDS,
    reading=OfCostCurve(Parameter.OVERHEAD),
    scope=Scope.LOOP,
    # It is made of the seconds of epochs, and they differ by as much.
    between_runs=0.10,
    by_release=ByRelease.JUDGED,
    column="overhead\na step, ×",
)
