"""What memory a training takes by its batch size."""

from collections.abc import Callable, Sequence

import numpy as np
import pytest

from batchmark.analysis.memory_curve import MemoryCurve, fit_memory_curve
from batchmark.records import CellRecord, Estimate
from synthetic import record_of

BASE, SLOPE = 400.0e6, 25_000.0
SIZES = (1, 8, 16, 32, 64, 128, 256, 512)


def _records(peaks: Sequence[float | None], sizes: Sequence[int] = SIZES) -> list[CellRecord]:
    return [
        record_of(size, [[1.0]], peak_host_bytes=None if peak is None else round(peak))
        for size, peak in zip(sizes, peaks, strict=True)
    ]


def _line(sizes: Sequence[int] = SIZES) -> list[float]:
    return [BASE + SLOPE * size for size in sizes]


def _fit(records: Sequence[CellRecord], level: float = 0.95) -> MemoryCurve:
    curve = fit_memory_curve(records, level=level)
    assert curve is not None
    return curve


def test_an_exact_line_is_found_with_intervals_without_width() -> None:
    curve = _fit(_records(_line()))
    for estimate, truth in ((curve.base, BASE), (curve.bytes_per_example, SLOPE)):
        assert (estimate.value, estimate.low, estimate.high) == pytest.approx((truth, truth, truth))
        assert (estimate.level, estimate.n) == (0.95, 8)
    assert curve.explained == pytest.approx(1.0)
    assert not curve.is_device


def test_the_fit_is_that_of_a_textbook() -> None:
    # Anscombe 1973, doi 10.1080/00031305.1973.10478966, the first data set: y = 3.00 + 0.500 x, standard errors
    # 1.125 and 0.118, R² 0.667; Student's t for 9 degrees of freedom: 2.262
    sizes = (10, 8, 13, 9, 11, 14, 6, 4, 12, 7, 5)
    values = (8.04, 6.95, 7.58, 8.81, 8.33, 9.96, 7.24, 4.26, 10.84, 4.82, 5.68)
    curve = _fit(_records([value * 1e6 for value in values], sizes))
    assert curve.base.value == pytest.approx(3.00e6, rel=1e-3)
    assert curve.bytes_per_example.value == pytest.approx(0.500e6, rel=1e-3)
    for estimate, error in ((curve.base, 1.125e6), (curve.bytes_per_example, 0.118e6)):
        assert estimate.low == pytest.approx(estimate.value - 2.262 * error, abs=3e3)
        assert estimate.high == pytest.approx(estimate.value + 2.262 * error, abs=3e3)
    assert curve.explained == pytest.approx(0.667, abs=1e-3)


@pytest.mark.parametrize("level", [0.8, 0.95])
@pytest.mark.parametrize(
    ("part", "truth"), [(lambda curve: curve.bytes_per_example, SLOPE), (lambda curve: curve.base, BASE)]
)
def test_the_intervals_hold_the_truth_as_often_as_they_promise(
    level: float, part: Callable[[MemoryCurve], Estimate], truth: float
) -> None:
    generator = np.random.default_rng(20)
    covered = 0
    for _ in range(500):
        noisy = np.array(_line()) + generator.normal(0.0, 2e6, len(SIZES))
        covered += not part(_fit(_records(noisy.tolist()), level)).lies_beyond(truth, truth)
    # four standard errors of a share of 500
    assert covered / 500 == pytest.approx(level, abs=4 * (level * (1 - level) / 500) ** 0.5)


@pytest.mark.parametrize("peaks", [[], [BASE], [BASE, BASE + 1], [BASE, None, BASE + 1]])
def test_fewer_than_three_batch_sizes_give_no_curve(peaks: list[float | None]) -> None:
    assert fit_memory_curve(_records(peaks, SIZES[: len(peaks)])) is None


def test_a_cell_without_a_peak_is_left_out() -> None:
    curve = _fit(_records([*_line(SIZES[:4]), None, None, *_line(SIZES[6:])]))
    assert curve.bytes_per_example.value == pytest.approx(SLOPE)
    assert curve.base.n == 6


def test_the_gpus_memory_is_preferred_to_the_processs() -> None:
    records = [
        record_of(size, [[1.0]], peak_host_bytes=7, peak_device_bytes=None if size == 16 else 10 + 3 * size)
        for size in SIZES
    ]
    curve = _fit(records)
    assert curve.is_device
    assert (curve.base.value, curve.bytes_per_example.value) == pytest.approx((10, 3))
    assert curve.base.n == len(SIZES) - 1


def test_memory_that_does_not_depend_on_the_batch_size_is_a_level_line() -> None:
    curve = _fit(_records([BASE] * len(SIZES)))
    assert (curve.base.value, curve.bytes_per_example.value, curve.explained) == (BASE, 0.0, 1.0)
