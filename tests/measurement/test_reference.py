"""The machine's own speed, by a fake clock."""

from collections.abc import Iterator
from itertools import count

from batchmark.measurement.reference import KINDS, reference_seconds


def test_each_kind_is_the_median_of_five_pieces_of_work() -> None:
    # A look before and one after each piece; the pieces of the first kind take these seconds.
    lasts = iter([5.0, 1.0, 2.0, 9.0, 3.0, *[4.0] * 5])

    def looks() -> Iterator[float]:
        now = 0.0
        while True:
            yield now
            now += next(lasts)
            yield now

    clock = looks()
    assert reference_seconds(lambda: next(clock)) == dict(zip(KINDS, (3.0, 4.0), strict=True))


def test_the_work_is_done_in_real_time() -> None:
    ticks = count()
    assert reference_seconds(lambda: float(next(ticks))) == dict.fromkeys(KINDS, 1.0)
    assert all(seconds > 0 for seconds in reference_seconds().values())
