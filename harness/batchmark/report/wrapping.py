"""Sentences as lines of a given width."""

import re
from collections.abc import Sequence
from textwrap import fill

_BEFORE_UNIT = re.compile(r"(?<=[\d.]) (?=(?:%|s|ms|µs|ns|[GMK]iB|bytes)(?:\W|$))")
_NO_BREAK = "\N{NO-BREAK SPACE}"


def wrapped(lines: Sequence[str], width: int) -> str:
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
