"""Sentences as lines of a given width."""

import re
from collections.abc import Iterable
from textwrap import fill

_BEFORE_UNIT = re.compile(r"(?<=[\d.]) (?=(?:%|s|ms|µs|ns|[GMK]iB|bytes)(?:\W|$))")
_NO_BREAK = "\N{NO-BREAK SPACE}"
# Names have no blanks: mypackage.training:workload, fit:steps_per_execution.
_PART_OF_A_NAME = re.compile(r"[^\s.:_/-]*[\s.:_/-]*")


def wrapped(lines: Iterable[str], width: int) -> str:
    """Return `lines`, each in as many of `width` characters as it takes; a number stays with its unit."""
    # Long words stay whole: a path in a warning is there to be copied.
    filled = (
        fill(
            _BEFORE_UNIT.sub(_NO_BREAK, line),
            width,
            subsequent_indent="  ",
            break_long_words=False,
            break_on_hyphens=False,
        )
        for line in lines
    )
    return "\n".join(filled).replace(_NO_BREAK, " ")


def wrapped_again(text: str, width: int) -> str:
    """Return `text` with those of its lines wrapped that are longer than `width` by now."""
    return "\n".join(wrapped([line], width) if len(line) > width else line for line in text.split("\n"))


def folded(text: str, width: int) -> str:
    """Return `text` on lines of at most `width` characters, broken between words or the parts of a name."""
    lines = [""]
    for part in filter(None, _PART_OF_A_NAME.findall(text)):
        if len((lines[-1] + part).rstrip()) > width and lines[-1]:
            lines.append("")
        lines[-1] += part
    return "\n".join(line.rstrip() for line in lines)
