"""One test per batch size: it trains as well as the workload's reference batch size, within the workload's margin."""

import pytest

from batchmark.declared.loaded import refuse_unless_loaded  # noqa: F401  the mark's condition
from batchmark.doors.pytest.quality import QualityDoor

__all__ = ["test_quality_equals_the_reference"]


@pytest.mark.skipif("refuse_unless_loaded(config, 'batchmark')")
def test_quality_equals_the_reference(
    batchmark_quality_study: QualityDoor, batchmark_workload: str, batchmark_batch_size: int
) -> None:
    """Train paired seeds at both batch sizes and test the difference for equivalence."""
    batchmark_quality_study.require_equivalence(batchmark_workload, batchmark_batch_size)
