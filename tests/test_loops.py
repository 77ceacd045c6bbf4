"""The names of the loops."""

import pytest

from batchmark.errors import UnknownNameError
from batchmark.loops import DEFAULT_LOOPS, LOOPS, check_loop


@pytest.mark.parametrize("name", LOOPS)
def test_a_known_loop_is_its_own_name(name: str) -> None:
    assert check_loop(name) == name


@pytest.mark.parametrize("name", ["", "Fit", "compiled:", "jit", "fit "])
def test_an_unknown_loop_is_refused_with_the_known_ones_named(name: str) -> None:
    with pytest.raises(UnknownNameError) as refused:
        check_loop(name)
    assert str(refused.value) == f"unknown loop {name!r}; the loops are fit, compiled, compiled:graph, compiled:xla"


def test_the_default_loops_are_known() -> None:
    assert set(DEFAULT_LOOPS) <= set(LOOPS)
