"""One benchmark per cell: the seconds of a steady-state training epoch.

Run with `pytest --benchmark-only`; choose the grid with --batchmark-batch-sizes, --batchmark-workload and
--batchmark-loop, or in [tool.batchmark.sweep] of pyproject.toml.
"""

from batchmark.declared.test_epoch import test_epoch

__all__ = ["test_epoch"]
