"""A data set is the one that was measured before, or is refused."""

import numpy as np
import pytest

from batchmark.errors import BatchmarkError
from batchmark.workloads.checked import digest_of, require_data

_NUMBERS = np.arange(6).reshape(2, 3)


def test_the_digest_is_of_the_values_and_not_of_how_they_are_kept() -> None:
    expected = digest_of([_NUMBERS.astype(np.int64)])
    for kept in (_NUMBERS.astype(np.uint8), _NUMBERS.astype(">i4"), np.asfortranarray(_NUMBERS)):
        assert digest_of([kept]) == expected


def test_the_digest_is_the_same_on_every_platform() -> None:
    assert digest_of([_NUMBERS]) == "b8aa13c404fc8820943db35bd08bbb07371158c1f4c47be9abd8345b5bd41aef"


@pytest.mark.parametrize(
    "others",
    [
        [_NUMBERS + 1],
        [_NUMBERS.reshape(3, 2)],
        [_NUMBERS[:1], _NUMBERS[1:]],
        [_NUMBERS, _NUMBERS],
        [_NUMBERS[::-1]],
        [],
    ],
)
def test_another_value_shape_order_or_number_of_arrays_is_another_digest(others: list[np.ndarray]) -> None:
    assert digest_of(others) != digest_of([_NUMBERS])


def test_the_data_measured_before_pass_and_others_under_their_hash_do_not() -> None:
    known = digest_of([_NUMBERS])
    require_data("mine", [_NUMBERS], sha256=known, source="numpy gives them")
    with pytest.raises(BatchmarkError, match="numpy gives them"):
        require_data("mine", [_NUMBERS + 1], sha256=known, source="numpy gives them")


def test_other_data_are_refused_in_one_line_that_names_their_source() -> None:
    with pytest.raises(
        BatchmarkError, match=r"the data of mine .* expected 000000000000…: .*; numpy 2 gives them"
    ) as it:
        require_data("mine", [_NUMBERS], sha256="0" * 64, source="numpy 2 gives them")
    assert "\n" not in str(it.value)
