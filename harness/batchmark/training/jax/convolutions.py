"""Convolutions in the layout in which XLA runs them fast on a CPU, where it doesn't bring them into it by itself.

XLA does so in a program's main computation alone (its pass ``ConvCanonicalization``), and a scan's body isn't that: in
there a convolution's derivatives run in a plain loop. Only axes are exchanged. What stands inside a loop or a branch of
the step's own stays as it is.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import jax
from jax.extend.core import ClosedJaxpr, Literal, Primitive, jaxpr_as_fun
from jax.extend.core.primitives import conv_general_dilated_p

# What is called once, and does no more than its own equations.
_CALLS = {"pjit": "jaxpr", "jit": "jaxpr", "closed_call": "call_jaxpr"}


def with_fast_convolutions(step: Callable[..., Any]) -> Callable[..., Any]:
    """Return what gives the same as `step`, its convolutions with examples first and channels last."""

    def trained(*arguments: Any) -> Any:
        if jax.default_backend() != "cpu":
            return step(*arguments)
        traced, shapes = jax.make_jaxpr(step, return_shape=True)(*arguments)
        run = partial(_run, traced) if _convolves(traced) else lambda leaves: jaxpr_as_fun(traced)(*leaves)
        return jax.tree.unflatten(jax.tree.structure(shapes), run(jax.tree.leaves(arguments)))

    return trained


def _convolves(traced: ClosedJaxpr) -> bool:
    return any(
        equation.primitive is conv_general_dilated_p or ((own := _called(equation)) is not None and _convolves(own))
        for equation in traced.jaxpr.eqns
    )


def _called(equation: Any) -> ClosedJaxpr | None:
    called = equation.params.get(_CALLS.get(equation.primitive.name, ""))
    return called if isinstance(called, ClosedJaxpr) else None


def _run(traced: ClosedJaxpr, arguments: Sequence[Any]) -> list[Any]:
    """Do what `traced` does, equation by equation."""
    known = dict(zip((*traced.jaxpr.constvars, *traced.jaxpr.invars), (*traced.consts, *arguments), strict=True))

    def read(variable: Any) -> Any:
        return variable.val if isinstance(variable, Literal) else known[variable]

    for equation in traced.jaxpr.eqns:
        inputs = [read(variable) for variable in equation.invars]
        called = _called(equation)
        if equation.primitive is conv_general_dilated_p:
            outputs = [_channels_last(*inputs, **equation.params)]
        elif called is not None:
            outputs = _run(called, inputs)
        else:
            outputs = _done(equation.primitive, inputs, equation.params)
        known.update(zip(equation.outvars, outputs, strict=True))
    return [read(variable) for variable in traced.jaxpr.outvars]


def _done(primitive: Primitive, inputs: Sequence[Any], parameters: dict[str, Any]) -> list[Any]:
    # Up to JAX 0.9 the functions that an operation takes came apart from its other parameters.
    bound = primitive.get_bind_params(parameters)
    functions, others = bound if isinstance(bound, tuple) else ((), bound)
    found = primitive.bind(*functions, *inputs, **others)
    return list(found) if primitive.multiple_results else [found]


def _channels_last(inputs: Any, kernel: Any, *, dimension_numbers: Any, **parameters: Any) -> Any:
    dimensions = inputs.ndim
    images = (0, dimensions - 1, *range(1, dimensions - 1))
    kernels = (dimensions - 1, dimensions - 2, *range(dimensions - 2))
    found = conv_general_dilated_p.bind(
        jax.lax.transpose(inputs, _moved(dimension_numbers.lhs_spec, images)),
        jax.lax.transpose(kernel, _moved(dimension_numbers.rhs_spec, kernels)),
        dimension_numbers=jax.lax.ConvDimensionNumbers(images, kernels, images),
        **parameters,
    )
    return jax.lax.transpose(found, _moved(images, dimension_numbers.out_spec))


def _moved(of: Sequence[int], to: Sequence[int]) -> list[int]:
    """Return which axis goes to each place, so that what stands at the axes `of` comes to stand at `to`."""
    by_place = dict(zip(to, of, strict=True))
    return [by_place[place] for place in range(len(to))]
