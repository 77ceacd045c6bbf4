"""What an epoch took in each visit of two identical sides: a recording of noise, to draw comparisons from."""

from collections.abc import Mapping
from dataclasses import dataclass

from batchmark.bounds import Positive
from batchmark.files.stored_form import Form

Turns = tuple[Mapping[int, Positive], ...]
"""Seconds per epoch, by turn and place in the turn."""


@dataclass(frozen=True)
class TracedRestart:
    """What an epoch took on both sides of a restart."""

    baseline: Turns
    candidate: Turns


@dataclass(frozen=True)
class Trace:
    """The visits of one cell."""

    cell: str
    """As in ``blobs-32-fit``."""
    facts: Mapping[str, object]
    """Where it was measured."""
    seconds_per_visit: tuple[TracedRestart, ...]
    """Of each restart of each pair of sides."""


TRACE = Form(
    Trace,
    key="batchmark_trace",
    version=1,
    # Files had none at first.
    version_without_key=1,
    name="a trace of a calibration",
    stored_by="batchmark calibrate --trace FOLDER writes one",
    again="calibrate again",
)
