"""What stored runs of a machine were measured to differ by: the record, and where it is kept."""

import platform
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from platformdirs import user_data_path

from batchmark.bounds import Number, Positive, Size
from batchmark.files.machine import others
from batchmark.files.stored_form import Form
from batchmark.metrics import table

_FEWEST = 2


@dataclass(frozen=True)
class StoredNoise:
    """What two stored runs of the same thing differ by on a machine."""

    spreads: Mapping[str, Positive]
    """By metric, the standard deviation of the logarithm of two runs' ratio."""
    runs: Size
    """Stored sweeps that it was measured by."""
    workloads: tuple[str, ...]
    """That these sweeps have in common."""
    facts: Mapping[str, object]
    """Device, cores, versions of the first sweep."""
    measured: Number = field(default_factory=time.time)
    """When, in seconds since 1970."""

    def unlike(self, facts: Mapping[str, object], workloads: frozenset[str]) -> str | None:
        """Say why it tells nothing of sweeps with these `facts` and `workloads`; None: it does."""
        if other := others(self.facts, facts):
            return f"it is of another {' and '.join(other)}"
        strange = sorted(workloads - set(self.workloads))
        return f"it has no sweep of {', '.join(strange)}" if strange else None


def _flaw(noise: StoredNoise) -> str | None:
    unknown = [name for name in noise.spreads if name not in table.between_runs()]
    if unknown:
        return f"it has a noise of {unknown[0]}, which is no metric that two runs tell it of"
    return f"runs is {noise.runs}; expected {_FEWEST} or more" if noise.runs < _FEWEST else None


STORED_NOISE = Form(
    StoredNoise,
    key="batchmark_stored_noise",
    version=1,
    name="the noise of stored sweeps",
    stored_by="batchmark calibrate --stored A.json B.json writes it",
    again="calibrate again",
    flaw=_flaw,
)


def default_path() -> Path:
    """Return where this machine's noise of stored sweeps is kept."""
    return user_data_path("batchmark") / "stored-noise" / f"{platform.node() or 'this-machine'}.json"


def write_stored_noise(noise: StoredNoise, path: Path) -> None:
    """Keep `noise` in place of what was there.

    Raises StoredFileError: it can't be written.
    """
    STORED_NOISE.keep(path, noise)
