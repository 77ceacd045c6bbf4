"""The grammar of ``--batch-sizes``.

A grid is a comma-separated list of terms:

=============  ==========================================================
``32``         that batch size
``full``       the whole data set in one batch
``16..1024``   the powers of two from 16 to 1024
``16..1024*``  each of those powers with its neighbours, one below and one above
``50..500+50`` from 50 to 500 in steps of 50
=============  ==========================================================
"""

import re
from collections.abc import Iterator, Sequence

from batchmark.errors import BatchSizeError, PolicyError

GRAMMAR = (
    "integers, `full`, `16..1024` (powers of two), `16..1024*` (with their neighbours), "
    "`50..500+50` (arithmetic), separated by commas"
)
_RANGE = re.compile(r"(?P<low>\d+)\.\.(?P<high>\d+)(?:(?P<star>\*)|\+(?P<step>\d+))?", re.ASCII)
_NUMBER = re.compile(r"[+-]?\d+", re.ASCII)
# Nobody compares this many sizes: a range that yields more is a slip of the keyboard.
_MOST_SIZES = 10_000
# int() refuses longer numbers with an error of its own, and no data set is that large.
_MOST_DIGITS = 18
_LARGEST = 1_000_000_000_000_000_000
"""More examples than there are: what is refused all the same is outside the grammar."""


def parse_batch_sizes(text: str, *, examples: int) -> tuple[int, ...]:
    """Return the distinct batch sizes that `text` names, in ascending order.

    `examples` is the number of training examples: what ``full`` stands for, and the largest
    batch size there is. A neighbour that falls outside 1…`examples` is left out; a size that was
    asked for by itself is refused.

    Raises BatchSizeError: a term outside the grammar, a size below 1 or above `examples`, a range
    that holds no size, no size at all.
    """
    return tuple(sorted(_sizes(text, examples)))


def require_grid(value: object, where: str) -> str:
    """Return `value`, which is within the grammar whatever number of examples the workload has.

    So that a slip of the keyboard is told at once, and not after a workload was tried out.

    Raises PolicyError: no text. BatchSizeError: as `parse_batch_sizes`.
    """
    if not isinstance(value, str):
        message = f'{where} is {ascii(value)[:60]}; expected a text, as "16..512,full"'
        raise PolicyError(message)
    _sizes(value, _LARGEST)
    return value


def require_batch_size(value: object, where: str) -> str:
    """Return `value`, which names one batch size: a whole number, or ``full``.

    Raises PolicyError: a grid of several, or no text. BatchSizeError: as `parse_batch_sizes`.
    """
    text = require_grid(value, where)
    if len(_sizes(text, _LARGEST)) > 1:
        message = f"{where} is {ascii(value)[:60]}; expected one batch size, as 32 or full"
        raise PolicyError(message)
    return text


def powers_of_two(sizes: tuple[int, ...]) -> tuple[int, ...]:
    """Return those of `sizes` that are powers of two from 4 on: 1 and 2 neighbour each other."""
    return tuple(size for size in sizes if size >= 4 and size & (size - 1) == 0)  # noqa: PLR2004


def power_of_two_beside(size: int) -> int | None:
    """Return the power of two, from 4 on, that `size` is or neighbours; None if there is none."""
    found = (power for power in (size - 1, size, size + 1) if powers_of_two((power,)))
    return next(found, None)


def _sizes(text: str, examples: int) -> set[int]:
    terms = [term.strip() for term in text.split(",")]
    sizes = {size for term in terms if term for size in _sizes_of(term, examples)}
    if not sizes:
        message = f"no batch size in {text!r}; expected {GRAMMAR}"
        raise BatchSizeError(message)
    return sizes


def _sizes_of(term: str, examples: int) -> Iterator[int]:
    if term == "full":
        yield examples
    elif _NUMBER.fullmatch(term):
        yield _checked(term, examples)
    elif match := _RANGE.fullmatch(term):
        yield from _sizes_in_range(match, examples)
    else:
        message = f"batch size {term!r} is not a number; expected {GRAMMAR}"
        raise BatchSizeError(message)


def _sizes_in_range(match: re.Match[str], examples: int) -> Iterator[int]:
    low, high = _checked(match["low"], examples), _checked(match["high"], examples)
    if match["step"] is not None:
        step = int(match["step"].lstrip("0")[:_MOST_DIGITS] or "0")
        if step == 0:
            message = f"the range {match[0]!r} takes steps of 0; write {low}..{high}+STEP with STEP at least 1"
            raise BatchSizeError(message)
        found: Sequence[int] = range(low, high + 1, step)
    else:
        found = [1 << k for k in range(high.bit_length()) if low <= 1 << k <= high]
    if not found:
        message = f"the range {match[0]!r} holds no batch size; expected {GRAMMAR}"
        raise BatchSizeError(message)
    if len(found) > _MOST_SIZES:
        message = f"the range {match[0]!r} holds {len(found)} batch sizes; take longer steps (at most {_MOST_SIZES})"
        raise BatchSizeError(message)
    reach = (-1, 0, 1) if match["star"] else (0,)
    yield from (size + shift for size in found for shift in reach if 1 <= size + shift <= examples)


def _checked(digits: str, examples: int) -> int:
    significant = digits.lstrip("+-0")
    if digits.startswith("-") or not significant:
        upward = f" to {examples}" if examples < _LARGEST else ""
        message = f"batch size {digits[:_MOST_DIGITS]} is below 1; use a whole number from 1{upward}, or `full`"
        raise BatchSizeError(message)
    if len(significant) > _MOST_DIGITS and examples == _LARGEST:
        return _LARGEST
    if len(significant) > _MOST_DIGITS:
        message = f"a batch size of {len(significant)} digits exceeds the workload's {examples} examples"
        raise BatchSizeError(message)
    size = int(significant)
    if size > examples:
        message = (
            f"batch size {size} exceeds the workload's {examples} examples; "
            "use --batch-sizes full for one batch an epoch"
        )
        raise BatchSizeError(message)
    return size
