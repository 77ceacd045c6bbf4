"""What is tracked, and what it is called."""

import pytest

from batchmark.timeline.series import every_series, suite_of


def test_every_metric_has_a_name_of_its_own_that_asv_takes_for_a_benchmark() -> None:
    assert len({metric.method for metric in every_series()}) == len(every_series())
    assert all(metric.method.startswith("track_") for metric in every_series())


@pytest.mark.parametrize(
    ("workload", "suite"),
    [("blobs", "Blobs"), ("mnist-cnn", "MnistCnn"), ("my_package.training:workload", "MyPackageTrainingWorkload")],
)
def test_a_class_is_called_as_its_workload(workload: str, suite: str) -> None:
    assert suite_of(workload) == suite
