from dataclasses import replace

import pytest

from batchmark.records import Status
from batchmark.studies.claims.timed_cells import cells_of, turns_of
from batchmark.studies.laboratory.parts import Timing
from batchmark.studies.laboratory.results import MissingPartError
from claim_results_made import made, timed

_TIMING = Timing("blobs", (1, 32), ("fit", "compiled"), turns=5)


def test_each_loop_has_its_cells_by_batch_size() -> None:
    results = made([_TIMING], lambda _: timed(_TIMING, lambda cell: 0.1 if cell.loop == "fit" else 0.2))

    compiled = cells_of(results, _TIMING, "compiled")

    assert list(compiled) == [1, 32]
    assert [record.seconds_per_epoch for record in compiled.values()] == pytest.approx([0.2, 0.2])
    assert turns_of(compiled) == 5


def test_a_cell_without_rounds_is_a_missing_part_that_says_why() -> None:
    found = timed(_TIMING, lambda _: 0.1)
    first, *others = found.records
    failed = replace(found, records=(replace(first, seconds_per_round=(), status=Status.FAILED), *others))

    with pytest.raises(MissingPartError, match="batch size 1 by fit: failed, with 0 turns"):
        cells_of(made([_TIMING], lambda _: failed), _TIMING)


def test_a_cell_that_is_not_there_is_missing_too() -> None:
    found = timed(_TIMING, lambda _: 0.1)
    without = replace(found, records=found.records[1:])

    with pytest.raises(MissingPartError, match="it was not measured"):
        cells_of(made([_TIMING], lambda _: without), _TIMING)
