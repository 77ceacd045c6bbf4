"""One test per batch size: it trains as well as the workload's reference batch size, within the workload's margin.

Run with `pytest --benchmark-skip benchmarks/accuracy`. No `benchmark` fixture, so --benchmark-only leaves it out.
"""

from batchmark.declared.test_quality import test_quality_equals_the_reference

__all__ = ["test_quality_equals_the_reference"]
