"""Why is it slower? Epochs of both sides taken apart, where one regressed or it was asked for."""

from collections.abc import Mapping, Sequence
from contextlib import ExitStack

from batchmark.comparison import ComparedCell, ProfiledCell, Verdict
from batchmark.measurement.protocol import requests
from batchmark.metrics import table
from batchmark.metrics.seconds_per_epoch import METRIC as SECONDS_PER_EPOCH
from batchmark.progress import Progress
from batchmark.records import Cell
from batchmark.studies.live.plan import SIDES
from batchmark.studies.live.sides import StartWorker


def cells_to_explain(cells: Sequence[ComparedCell], *, asked: bool) -> list[ComparedCell]:
    """Return of each loop the cell whose epochs grew most: of loops that regressed, or of all if it was `asked` for.

    By their epochs' time, or by work that is counted. One cell is enough: what costs time at one batch size does at the
    others.
    """
    timed = [cell for cell in cells if cell.metric == SECONDS_PER_EPOCH.name and cell.effect is not None]
    counted = [cell for cell in cells if table.named(cell.metric).is_counted and cell.counts]
    regressed_loops = {(cell.workload, cell.loop) for cell in (*timed, *counted) if cell.verdict is Verdict.REGRESSED}
    found: dict[tuple[str, str | None], ComparedCell] = {}
    for cell in timed:
        place = (cell.workload, cell.loop)
        if cell.batch_size is None or not (asked or place in regressed_loops):
            continue
        if place not in found or (cell.effect or 0.0) > (found[place].effect or 0.0):
            found[place] = cell
    return list(found.values())


def profile_sides(
    cell: ComparedCell,
    loops: Mapping[str, Mapping[Cell, str]],
    sides: Mapping[str, StartWorker],
    *,
    progress: Progress,
    seed: int,
) -> ProfiledCell:
    """Return a cell of both sides, taken apart one after the other: nothing runs beside what is sampled.

    `loops` has by side what runs a cell there. Raises BatchmarkError: a side can't.
    """
    assert cell.batch_size is not None and cell.loop is not None  # noqa: S101, PT018  `cells_to_explain` takes no others
    wanted = Cell(cell.workload, cell.batch_size, cell.loop)
    found = {}
    for done, side in enumerate(SIDES):
        progress(phase="explanation", done=done, of=len(SIDES), detail=f"{side}, {wanted}")
        with ExitStack() as stack:
            worker = stack.enter_context(sides[side]())
            worker.ask(requests.Open(wanted, loops[side][wanted], seed, same_learning_rate=False))
            found[side] = worker.ask(requests.ProfileEpochs(wanted))
    # One that is inconclusive and may not be 1 is slower, by how much isn't settled.
    is_known = cell.counts and (cell.verdict is not Verdict.INCONCLUSIVE or cell.is_open)
    verdict = cell.verdict if is_known else None
    baseline, candidate = (found[side] for side in SIDES)
    return ProfiledCell(cell.workload, cell.batch_size, cell.loop, baseline, candidate, verdict)
