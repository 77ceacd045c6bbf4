"""Keras numbers metrics of one name through a process."""

import pytest

from batchmark.training.log_names import by_number


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("loss", ("loss", 0)),
        ("auc_3", ("auc", 3)),
        ("mean_io_u_12", ("mean_io_u", 12)),
        ("f1_score", ("f1_score", 0)),
        ("_7", ("_7", 0)),
    ],
)
def test_a_name_is_told_from_its_number(name: str, told: tuple[str, int]) -> None:
    assert by_number(name) == told


def test_logs_are_in_the_order_of_their_numbers() -> None:
    assert sorted(["auc_10", "loss", "auc_9", "auc"], key=by_number) == ["auc", "auc_9", "auc_10", "loss"]
