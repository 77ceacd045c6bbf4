"""From a user's words to cells."""

from dataclasses import replace

import pytest

from batchmark.errors import BatchSizeError, UnknownNameError, WorkloadError
from batchmark.records import Cell
from batchmark.studies.sweep.descriptions import Descriptions
from batchmark.studies.sweep.grid import looks, quality_pairs, sweep_cells
from batchmark.workloads import Description

_BLOBS = Descriptions().of("blobs")


def test_the_default_grid_is_the_papers_sizes_neighbours_and_round_sizes_in_both_loops() -> None:
    cells = sweep_cells([_BLOBS])
    sizes = {cell.batch_size for cell in cells}
    papers = {1, 2, 4, 8, 16, 32, 64, 128, 256, 500}
    neighbours = {31, 33, 63, 65, 127, 129, 255, 257}
    assert sizes == papers | neighbours | {50, 100, 200}
    assert len(cells) == 2 * len(sizes)
    assert {cell.loop for cell in cells} == {"fit", "compiled"}


def test_a_grid_is_every_size_in_every_loop_and_names_given_twice_count_once() -> None:
    cells = sweep_cells([_BLOBS], "full,31..33+1", ["compiled:xla", "fit", "fit"])
    assert cells == tuple(Cell("blobs", size, loop) for loop in ("compiled:xla", "fit") for size in (31, 32, 33, 500))


def test_the_reference_is_not_compared_with_itself() -> None:
    assert quality_pairs([_BLOBS], "16..64") == ((("blobs", 16), ("blobs", 64)), ())


def test_the_reference_alone_leaves_nothing_to_compare() -> None:
    with pytest.raises(BatchSizeError, match=r"'32' names only the reference of 'blobs', .* another by --batch-sizes"):
        quality_pairs([_BLOBS], "32")


def test_workloads_that_can_be_judged_are_and_why_the_others_are_not_is_told() -> None:
    without = Description(name="mine:w", examples=100)
    other = replace(_BLOBS, name="mine:v", reference_batch_size=16)
    pairs, refused = quality_pairs([without, _BLOBS, other], "16")
    assert pairs == (("blobs", 16),)
    assert [str(error).partition(";")[0] for error in refused] == [
        "workload 'mine:w' doesn't say what counts as trained well",
        "'16' names only the reference of 'mine:v', which other batch sizes are compared with",
    ]


@pytest.mark.parametrize("grid", [sweep_cells, quality_pairs])
def test_an_empty_grid_is_refused_and_not_taken_for_the_default(grid: object) -> None:
    assert callable(grid)
    with pytest.raises(BatchSizeError, match="no batch size"):
        grid([_BLOBS], "")


def test_an_unknown_loop_is_refused() -> None:
    with pytest.raises(UnknownNameError, match="the loops are fit"):
        sweep_cells([_BLOBS], None, ["unrolled"])


@pytest.mark.parametrize(
    ("examples", "expected"), [(1_000, {16, 32, 64, 128, 256, 512}), (100, {16, 32, 64}), (16, {16}), (7, {7})]
)
def test_a_workload_that_names_no_grid_has_common_powers_of_two(examples: int, expected: set[int]) -> None:
    cells = sweep_cells([Description(name="mine:X", examples=examples)])
    assert {cell.batch_size for cell in cells} == expected
    assert {cell.loop for cell in cells} == {"fit", "compiled"}


def test_quality_without_a_metric_and_a_margin_is_not_judged() -> None:
    with pytest.raises(WorkloadError, match=r"'mine:X' doesn't say .* quality_metric=\.\.\. and quality_margin"):
        quality_pairs([Description(name="mine:X", examples=100)])


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [(20, 400, (20, 80, 400)), (20, 80, (20, 80)), (20, 20, (20,)), (20, 160, (20, 80, 160)), (2, 3, (2, 3))],
)
def test_looks_grow_fourfold_up_to_the_limit(first: int, last: int, expected: tuple[int, ...]) -> None:
    assert looks(first, last) == expected
