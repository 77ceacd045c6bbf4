"""One test per batch size: it trains as well as the workload's reference batch size, within the workload's margin.

Run with `pytest --benchmark-skip benchmarks/accuracy`. No `benchmark` fixture, so --benchmark-only leaves it out.
"""

from batchmark.quality_door import QualityDoor


def test_quality_equals_the_reference(quality_study: QualityDoor, workload: str, batch_size: int) -> None:
    """Train paired seeds at both batch sizes and test the difference for equivalence."""
    quality_study.require_equivalence(workload, batch_size)
