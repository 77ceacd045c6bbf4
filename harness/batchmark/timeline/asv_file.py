"""asv's file of results, read where asv isn't installed: who makes a page of it measures nothing.

Source: asv 0.6.6, asv/results.py, version 2 of the form: each benchmark has a list of values, in the order of
``result_columns``, of which the last ones may be missing; samples stand by the product of the parameters.
"""

import json
from collections.abc import Sequence
from itertools import product
from pathlib import Path
from typing import Any

_VERSION = 2


class AsvFile:
    """What is asked of asv's own ``Results``."""

    def __init__(self, path: Path, machine: str) -> None:
        """Read it as one of `machine`.

        Raises OSError, or ValueError and its like: it can't be read, is none, or is of another version.
        """
        held = json.loads(path.read_bytes())
        if held["version"] != _VERSION:
            message = f"its version is {held['version']}, and {_VERSION} is read"
            raise ValueError(message)
        if held["params"]["machine"] != machine:
            message = f"it is of a machine called {held['params']['machine']!r}, not {machine!r}"
            raise ValueError(message)
        columns = held["result_columns"]
        # A benchmark that failed may have None in place of its values.
        self._results = {
            name: dict(zip(columns, values, strict=False)) for name, values in held["results"].items() if values
        }

    def get_all_result_keys(self) -> list[str]:
        """Return the benchmarks' names."""
        return list(self._results)

    def get_result_params(self, name: str) -> list[list[str]]:
        """Return the values of each parameter, as Python writes them."""
        return self._results[name].get("params") or []

    def get_result_samples(self, name: str, params: Sequence[Sequence[str]]) -> Sequence[Any]:
        """Return the samples of each combination of parameters; None where there are none."""
        count = sum(1 for _ in product(*params))
        return self._results[name].get("samples") or [None] * count
