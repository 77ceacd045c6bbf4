"""Numbers in the sentences of findings."""

import math
from collections.abc import Sequence

from batchmark.records import Estimate


def told(estimate: Estimate, form: str = ".4f", unit: str = "") -> str:
    """Return ``0.0012 [0.0003, 0.0021]``, with `unit` behind the value: ``13.6 × [13.0, 18.0]``; NaN: ``not known``."""
    value = f"{_number(estimate.value, form)}{'' if math.isnan(estimate.value) else unit}"
    if estimate.low is None or estimate.high is None:
        return f"{value} (no interval from {estimate.n})"
    return f"{value} [{_number(estimate.low, form)}, {_number(estimate.high, form)}]"


def percent(share: float, *, signed: bool = False) -> str:
    """Return a share as ``2 %``, or ``+2 %``."""
    return f"{100 * share:{'+' if signed else ''}.0f} %"


def in_a_row(items: Sequence[object]) -> str:
    """Return ``a``, ``a and b``, ``a, b and c``."""
    texts = [str(item) for item in items]
    return " and ".join([", ".join(texts[:-1]), texts[-1]] if len(texts) > 1 else texts)


def _number(value: float, form: str) -> str:
    if math.isnan(value):
        return "not known"
    if math.isinf(value):
        return "∞" if value > 0 else "-∞"
    return f"{value:{form}}"
