"""What is said where a run's selection leaves none of the tests that we gave it."""

from collections.abc import Sequence

import pytest

from batchmark.doors.pytest.renamed import SWEEP

# So many are named, to show what such a name looks like.
_NAMED = 4


def line_on_deselected(items: Sequence[pytest.Item], config: pytest.Config) -> str:
    """Return the sentence on `items`, which are all there were of ours, with what left them out."""
    cells = [item for item in items if SWEEP in getattr(item, "fixturenames", ())]
    what = " and ".join(
        f"all {number} {kind}" if number > 1 else f"the only {kind.removesuffix('s')}"
        for number, kind in ((len(cells), "cells"), (len(items) - len(cells), "accuracy tests"))
        if number
    )
    names = [item.callspec.id for item in items]  # type: ignore[attr-defined]  # pytest's Function items have it
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return f"Nothing is measured: {_selection(config)} left out {what}: {', '.join(names[:_NAMED])}{more}."


def _selection(config: pytest.Config) -> str:
    asked = (("-k", config.option.keyword), ("-m", config.option.markexpr))
    return " and ".join(f"{option} {text!r}" for option, text in asked if text) or "the selection"
