"""One benchmark per cell: the seconds of a steady-state training epoch.

Run with `pytest --benchmark-only`; choose the grid with --batch-sizes, --workload and --loop.
"""

from batchmark.declared.test_epoch import test_epoch

__all__ = ["test_epoch"]
