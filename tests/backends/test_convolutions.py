"""Convolutions that stand elsewhere than in a program's main computation give what they gave, in XLA's fast layout."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from batchmark.training.backend import the_backend

if the_backend().name != "jax":
    pytest.skip("the scan is JAX's", allow_module_level=True)

import jax

from batchmark.training.jax.convolutions import with_fast_convolutions

_RANDOM = np.random.default_rng(0)


def _drawn(*shape: int) -> Any:
    return jax.numpy.asarray(_RANDOM.normal(size=shape), "float32")


def _convolution(axes: str, **how: Any) -> Callable[[Any, Any], Any]:
    """Return a convolution and its derivatives, whose layouts differ from its own."""

    def convolved(inputs: Any, kernel: Any) -> Any:
        return jax.lax.conv_general_dilated(
            inputs, kernel, dimension_numbers=tuple(axes.split(",")), padding="SAME", **how
        )

    def step(inputs: Any, kernel: Any) -> Any:
        loss = lambda *both: jax.numpy.sum(jax.numpy.sin(convolved(*both)))  # noqa: E731  differentiated
        return jax.value_and_grad(loss, argnums=(0, 1))(inputs, kernel)

    return step


CASES = {
    "channels last": (_convolution("NHWC,HWIO,NHWC", window_strides=(2, 2)), _drawn(3, 8, 8, 2), _drawn(3, 3, 2, 4)),
    "channels first": (_convolution("NCHW,OIHW,NCHW", window_strides=(1, 1)), _drawn(3, 2, 8, 6), _drawn(4, 2, 3, 3)),
    "one axis": (_convolution("NWC,WIO,NWC", window_strides=(1,)), _drawn(3, 9, 2), _drawn(3, 2, 4)),
    "three axes": (
        _convolution("NDHWC,DHWIO,NDHWC", window_strides=(1, 1, 1)),
        _drawn(2, 4, 4, 4, 2),
        _drawn(2, 2, 2, 2, 3),
    ),
    "in groups": (
        _convolution("NHWC,HWIO,NHWC", window_strides=(1, 1), feature_group_count=2),
        _drawn(3, 8, 8, 4),
        _drawn(3, 3, 2, 6),
    ),
    "dilated": (
        _convolution("NHWC,HWIO,NHWC", window_strides=(1, 1), rhs_dilation=(2, 1)),
        _drawn(3, 8, 8, 2),
        _drawn(3, 3, 2, 4),
    ),
    "mixed axes": (_convolution("HWNC,IOHW,NCHW", window_strides=(1, 2)), _drawn(8, 6, 3, 2), _drawn(2, 4, 3, 3)),
}


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("is_called", [False, True], ids=["plain", "in a function of its own"])
def test_they_give_the_same(name: str, *, is_called: bool) -> None:
    step, inputs, kernel = CASES[name]
    own = jax.jit(step) if is_called else step
    expected, found = jax.jit(step)(inputs, kernel), jax.jit(with_fast_convolutions(own))(inputs, kernel)
    for one, other in zip(jax.tree.leaves(expected), jax.tree.leaves(found), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("name", CASES)
def test_in_a_scan_their_inputs_and_kernels_have_the_layout_that_is_fast(name: str) -> None:
    step, inputs, kernel = CASES[name]
    axes = inputs.ndim

    def scanned(inputs: Any, kernel: Any) -> Any:
        return jax.lax.scan(lambda carry, _: (carry, with_fast_convolutions(step)(*carry)), (inputs, kernel), None, 2)

    (scan,) = jax.make_jaxpr(scanned)(inputs, kernel).jaxpr.eqns
    found = [each for each in scan.params["jaxpr"].eqns if each.primitive.name == "conv_general_dilated"]
    assert len(found) == 3, "itself and two derivatives"
    for each in found:
        dimensions = each.params["dimension_numbers"]
        assert dimensions.lhs_spec == dimensions.out_spec == (0, axes - 1, *range(1, axes - 1))
        assert dimensions.rhs_spec == (axes - 1, axes - 2, *range(axes - 2))


def test_a_step_without_any_is_left_as_it_is() -> None:
    calls = []

    def step(value: Any) -> Any:
        calls.append(value)
        return jax.numpy.sin(value)

    assert float(with_fast_convolutions(step)(1.0)) == pytest.approx(np.sin(1.0))
    assert len(calls) == 1


def test_what_a_step_nests_is_kept_and_its_names_too() -> None:
    step, inputs, kernel = CASES["channels last"]

    def nested(inputs: Any, kernel: Any, flag: Any) -> dict[str, Any]:
        branch = jax.lax.cond(flag, lambda: step(inputs, kernel)[0], lambda: jax.numpy.float32(0.0))
        looped = jax.lax.fori_loop(0, 2, lambda _, value: value + step(inputs, kernel)[0], branch)
        return {"loss": looped, "flag": flag, "constant": 3.0}

    expected, found = nested(inputs, kernel, flag=True), with_fast_convolutions(nested)(inputs, kernel, True)
    assert found.keys() == expected.keys()
    assert float(found["loss"]) == pytest.approx(float(expected["loss"]), rel=1e-4)
