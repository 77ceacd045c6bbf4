"""A metric that nobody needs: one file of its own, as any other has, and a line that a test adds to the table."""

from dataclasses import dataclass

from batchmark.metrics.metric import Metric, Unit
from batchmark.metrics.reading import Instrument


@dataclass
class _Bell:
    """Rings once more each time that it is asked."""

    rung: int = 0

    def __call__(self) -> float:
        self.rung += 1
        return float(self.rung**2)


_BELL = _Bell()

METRIC = Metric(
    name="rings_per_epoch",
    label="rings per epoch",
    title="rings of a bell per epoch",
    unit=Unit.COUNT,
    reading=Instrument(lambda: _BELL),
    between_runs=0.10,
)
