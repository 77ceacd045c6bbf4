"""The names of the loops."""

import pytest

from batchmark.errors import UnknownNameError
from batchmark.loops import COMPILED, LOOPS, expand


def test_a_known_loop_is_its_own_name_and_counts_once() -> None:
    assert expand((*LOOPS, *LOOPS)) == tuple(LOOPS)


def test_all_is_every_loop_but_the_one_that_is_one_of_the_others() -> None:
    assert expand(("all",)) == tuple(name for name in LOOPS if name != COMPILED)
    assert expand(("compiled", "all"))[0] == COMPILED


@pytest.mark.parametrize("name", ["", "Fit", "compiled:", "jit", "fit "])
def test_an_unknown_loop_is_refused_with_the_known_ones_named(name: str) -> None:
    with pytest.raises(UnknownNameError) as refused:
        expand(("fit", name))
    known = "fit, fit:steps_per_execution, fit:jit_compile, compiled, compiled:graph, compiled:xla"
    assert str(refused.value) == f"unknown loop {name!r}; the loops are {known}, and all for each of them"
