"""The cells of a timing, by batch size."""

from batchmark.records import CellRecord
from batchmark.studies.laboratory.parts import Timing
from batchmark.studies.laboratory.results import MissingPartError, Results


def cells_of(results: Results, timing: Timing, loop: str = "fit", backend: str | None = None) -> dict[int, CellRecord]:
    """Return the records of a timing's own workload by a loop, by batch size, all with rounds of a training that works.

    `backend`: one of the timing's others; None: the one that trains.

    Raises MissingPartError: the timing was not obtained, or a cell of it has no such rounds.
    """
    own = (each for each in results.of_timing(timing).records if each.cell.workload == timing.workload)
    others = timing.backends if backend is None else ()
    records = {
        each.cell.batch_size: each
        for each in own
        if each.cell.loop == loop and each.cell.backend not in others and backend in {None, each.cell.backend}
    }
    for size in timing.batch_sizes:
        record = records.get(size)
        if record is None or not record.is_comparable:
            where = "" if backend is None else f" on {backend}"
            why = "it was not measured" if record is None else f"{record.status}, with {record.turns} turns"
            message = f"no time of an epoch of {timing.workload} at batch size {size} by {loop}{where}: {why}"
            raise MissingPartError(message)
    return {size: records[size] for size in timing.batch_sizes}


def turns_of(records: dict[int, CellRecord]) -> int:
    """Return the turns that all of `records` have."""
    return min(record.turns for record in records.values())
