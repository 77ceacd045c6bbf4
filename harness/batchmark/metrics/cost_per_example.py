"""Seconds that an example costs whatever the batch size: the second parameter of the fitted cost curve."""

from batchmark.metrics.metric import ByRelease, Metric, Scope, Unit
from batchmark.metrics.reading import OfCostCurve, Parameter

METRIC = Metric(
    name="cost_per_example",
    label="cost per example",
    title="cost per example, of the fitted cost curve",
    unit=Unit.SECONDS,
    reading=OfCostCurve(Parameter.COST),
    scope=Scope.LOOP,
    # It is made of the seconds of epochs, and they differ by as much.
    between_runs=0.10,
    by_release=ByRelease.JUDGED,
    column="cost an\nexample, ×",
)
