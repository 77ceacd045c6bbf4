"""Epoch times of a stored sweep, in place of times that are measured for a question."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from batchmark.errors import BatchmarkError
from batchmark.files.sweep import StoredSweep
from batchmark.loops import FIT
from batchmark.records import CellRecord
from batchmark.studies.live.comparability import other_settings
from batchmark.workloads.workload import Description

_SAME = ("device", "device_count", "cores", "python", "tensorflow", "keras", "jax", "torch")
_PROCESSOR = "processor or card"
_ANEW = "leave --times out to measure them here"


@dataclass(frozen=True)
class StoredTimes:
    """The times of one workload."""

    name: str
    """The file's."""
    records: tuple[CellRecord, ...]
    """Those with rounds of a training that works."""
    facts: Mapping[str, object]
    backend: str
    """Whose trainings they are for."""

    @property
    def sizes(self) -> tuple[int, ...]:
        """The batch sizes that ``fit`` was timed at, ascending."""
        return tuple(sorted(size for size in self.cells(FIT)))

    @property
    def loops(self) -> tuple[str, ...]:
        """Other loops of the backend that trains."""
        own = [record.cell.loop for record in self.records if record.cell.backend == self.backend]
        return tuple(loop for loop in dict.fromkeys(own) if loop != FIT)

    @property
    def backends(self) -> tuple[str, ...]:
        """Others than the one that trains."""
        return tuple(dict.fromkeys(each.cell.backend for each in self.records if each.cell.backend != self.backend))

    def cells(self, loop: str, backend: str | None = None) -> dict[int, CellRecord]:
        """Return what was timed by a loop, by batch size; `backend`: None is the one that trains."""
        where = backend or self.backend
        own = (each for each in self.records if each.cell.loop == loop and each.cell.backend == where)
        return {each.cell.batch_size: each for each in own}


def times_in(sweep: StoredSweep, name: str, workload: Description, backend: str) -> StoredTimes:
    """Return the times of a workload in a sweep that is stored as `name`.

    Raises BatchmarkError: it has none by ``fit`` at the workload's reference, or of another version of it.
    """
    own = [each for each in sweep.records if each.cell.workload == workload.name and each.is_comparable]
    if not own:
        known = (
            ", ".join(dict.fromkeys(each.cell.workload for each in sweep.records if each.is_comparable)) or "nothing"
        )
        message = f"{name} has no epochs of {workload.name}, but of {known}; {_ANEW}"
        raise BatchmarkError(message)
    if any((each.examples, each.workload_version) != (workload.examples, workload.version) for each in own):
        message = f"{name} is of another version of {workload.name}, or of other data; {_ANEW}"
        raise BatchmarkError(message)
    found = StoredTimes(name, tuple(own), sweep.facts or {}, backend)
    if workload.reference_batch_size not in found.sizes:
        message = (
            f"{name} has no epochs of {workload.name} by fit at batch size {workload.reference_batch_size}, the "
            f"reference; {_ANEW}"
        )
        raise BatchmarkError(message)
    return found


def require_same_place(times: StoredTimes, facts: Mapping[str, object]) -> None:
    """Refuse times of another machine or other packages than the trainings have. Raises BatchmarkError."""
    there, here = ({**side, _PROCESSOR: _device(side)} for side in (times.facts, facts))
    others = [fact for fact in (*_SAME, _PROCESSOR) if None not in {there.get(fact), here.get(fact)}]
    differing = [
        f"{fact.replace('_', ' ')} ({there[fact]} and here {here[fact]})"
        for fact in (*(each for each in others if there[each] != here[each]), *other_settings(there, here))
    ]
    if differing:
        message = f"{times.name} was measured with another {', another '.join(differing)}; {_ANEW}"
        raise BatchmarkError(message)


def _device(facts: Mapping[str, object]) -> str | None:
    """Return what trains: of a CPU its processor, which a sweep's file and a worker tell in another place each."""
    told = facts.get("device_name") or facts.get("processor")
    return " ".join(str(told).split()) if told else None


def nearest(sizes: Sequence[int], wanted: Sequence[int]) -> tuple[int, ...]:
    """Return those of `sizes` that are nearest to what is `wanted`, by their ratio, each once, ascending."""
    found = {min(sizes, key=lambda size: (max(size / each, each / size), size)) for each in wanted}
    return tuple(sorted(found))
