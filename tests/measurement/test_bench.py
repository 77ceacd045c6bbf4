"""A cell while it is measured: what its visits leave behind."""

from batchmark.measurement.bench import Bench
from batchmark.measurement.protocol.answers import Burst, Opened
from batchmark.records import Cell


def _bench(*visits: tuple[int, Burst]) -> Bench:
    bench = Bench(Cell("blobs", 32, "fit"), seed=0, opened=Opened(1, 500, "fit", 1.0, 0.1, 0.01, diverged=False))
    for place, (turn, burst) in enumerate(visits):
        bench.add(turn, place, burst)
    return bench


def _burst(*seconds: float, **instruments: tuple[float, ...]) -> Burst:
    return Burst(seconds, diverged=False, instruments=instruments)


def test_what_instruments_showed_is_gathered_by_turn_in_the_shape_of_the_rounds() -> None:
    visits = [(0, _burst(0.1, 0.2, pages=(5.0, 6.0))), (0, _burst(0.3, pages=(7.0,))), (1, _burst(0.4, pages=(8.0,)))]
    record = _bench(*visits).record(None)
    assert record.seconds_per_round == ((0.1, 0.2, 0.3), (0.4,))
    assert record.instruments == {"pages": ((5.0, 6.0, 7.0), (8.0,))}


def test_an_instrument_that_was_not_there_for_every_round_is_left_out() -> None:
    record = _bench((0, _burst(0.1, pages=(5.0,), joules=(1.0,))), (1, _burst(0.2, pages=(6.0,)))).record(None)
    assert record.instruments == {"pages": ((5.0,), (6.0,))}


def test_a_visit_without_rounds_leaves_nothing() -> None:
    record = _bench((0, Burst((), diverged=True, instruments={"pages": ()}))).record(None)
    assert (record.seconds_per_round, record.instruments) == ((), {})
