"""Drawing without Altair's check of every object against its schema: half of the time that a chart takes.

The checks are of the program that draws, not of what is drawn: `show --plot` makes the same charts with them.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import altair as alt
from altair.utils import schemapi


@contextmanager
def unchecked() -> Iterator[None]:
    """Have no object checked that is made meanwhile."""
    with schemapi.debug_mode(False):
        yield


def specification_of(chart: alt.TopLevelMixin) -> dict[str, Any]:
    """Return what `chart` is, unchecked."""
    spec: dict[str, Any] = chart.to_dict(validate=False)
    return spec
