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

    Of several loops inside the one that calls a train step is the one over steps.
    """
    try:
        lines, first = inspect.getsourcelines(code)
        tree = ast.parse(textwrap.dedent("".join(lines)))
    except (OSError, TypeError, SyntaxError, IndentationError):
        return None
    for outer in _loops(tree):
        for inner in _loops(*ast.iter_child_nodes(outer)):
            if _calls_a_step(inner):
                return EpochLines(_lines(outer, first), _lines(inner, first), _header(inner, first))
    return None


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
