"""Which lines of a ``fit`` are an epoch's, and which a step's: by its own loops, whoever wrote them."""

import ast
import inspect
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from types import CodeType

_STEP = ("train_function", "train_on_batch", "train_step", "on_train_batch_begin")
"""What is called in a loop over steps."""
_OUTER_AND_INNER = 2


@dataclass(frozen=True)
class EpochLines:
    """Lines of a file."""

    epochs: range
    """Of the loop over epochs."""
    steps: range
    """Of the loop over steps, inside of it."""
    asks: range
    """Where that one asks for its next step."""


@cache
def epoch_lines(code: CodeType) -> EpochLines | None:
    """Return where a function loops over epochs and, inside, over steps; None where it doesn't, or has no source.

    Of several loops side by side the one that calls a train step is the one over steps. Of more than two within each
    other the outermost one that speaks of epochs is the one over epochs; without one it is the last but one.
    """
    try:
        lines, first = inspect.getsourcelines(code)
        tree = ast.parse(textwrap.dedent("".join(lines)))
    except (OSError, TypeError, SyntaxError, IndentationError):
        return None
    chain = _chain(tree)
    if len(chain) < _OUTER_AND_INNER:
        return None
    named = (place for place, loop in enumerate(chain[:-1]) if _speaks_of_epochs(loop))
    # Around the epochs there may be stages, and within a step micro-batches: the name tells, or the innermost two.
    outer = next(named, len(chain) - _OUTER_AND_INNER)
    epochs, steps = chain[outer], chain[outer + 1]
    return EpochLines(_lines(epochs, first), _lines(steps, first), _header(steps, first))


def _chain(tree: ast.AST) -> "list[ast.For | ast.While]":
    """Return the loops around the innermost one that calls a train step, the outermost first, and that one."""
    for loop in _loops(*ast.iter_child_nodes(tree)):
        if _calls_a_step(loop):
            return [loop, *_chain(loop)]
    return []


def _speaks_of_epochs(loop: ast.For | ast.While) -> bool:
    head = [loop.target, loop.iter] if isinstance(loop, ast.For) else [loop.test]
    names = {
        each.attr if isinstance(each, ast.Attribute) else each.id
        for part in head
        for each in ast.walk(part)
        if isinstance(each, (ast.Name, ast.Attribute))
    }
    return any("epoch" in name.lower() for name in names)


def _loops(*nodes: ast.AST) -> Iterator[ast.For | ast.While]:
    for node in nodes:
        for each in ast.walk(node):
            if isinstance(each, (ast.For, ast.While)):
                yield each


def _calls_a_step(loop: ast.For | ast.While) -> bool:
    names = {
        each.func.attr if isinstance(each.func, ast.Attribute) else getattr(each.func, "id", "")
        for each in ast.walk(loop)
        if isinstance(each, ast.Call)
    }
    return not names.isdisjoint(_STEP)


def _lines(node: ast.For | ast.While, first: int) -> range:
    return range(first + node.lineno - 1, first + (node.end_lineno or node.lineno))


def _header(node: ast.For | ast.While, first: int) -> range:
    return range(first + node.lineno - 1, first + node.body[0].lineno - 1)
