"""From a workload's name to its data, and what is wrong with them in the user's words."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from batchmark.errors import UnknownNameError, WorkloadError
from batchmark.training.backend import the_backend
from batchmark.training.examples import InMemory, Pipeline
from batchmark.training.loading import Loaded, load
from batchmark.workloads import Description, Split

_START = """
import numpy as np
import tensorflow as tf
from batchmark import Workload
from batchmark.workloads import Data, Split

def model(): ...

def arrays(n=40):
    return np.arange(2.0 * n).reshape(n, 2), np.arange(n)

def dataset(n=40):
    return tf.data.Dataset.from_tensor_slices(arrays(n))

"""
_FIRST_LINE = _START.count("\n") + 1

Load = Callable[..., Loaded]


@pytest.fixture
def load_source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Load:
    """Write a user's module whose ``load_data`` this is, and load it."""
    monkeypatch.syspath_prepend(str(tmp_path))
    # every test's own: Python and the registry keep what they once imported
    module = f"loading_{abs(hash(request.node.nodeid))}"

    def write_and_load(source: str, settings: str = "") -> Loaded:
        (tmp_path / f"{module}.py").write_text(f"{_START}{source}\n\nX = Workload(model, load_data, {settings})\n")
        return load(f"{module}:X")

    return write_and_load


def _refused(load_source: Load, source: str, settings: str = "", *, line: int = _FIRST_LINE) -> str:
    """Return why loading fails, without its start: one line that names the user's own file and line."""
    with pytest.raises(WorkloadError) as caught:
        load_source(source, settings)
    message = str(caught.value)
    assert "\n" not in message
    where, named, why = message.split(": ", 2)
    assert Path(where).name.endswith(f".py:{line}")
    assert named.startswith("workload 'loading_")
    return why


def test_arrays_are_data(load_source: Load) -> None:
    loaded = load_source("def load_data():\n    return arrays()")
    assert isinstance(loaded.train, InMemory)
    assert (loaded.train.examples, loaded.description.examples) == (40, 40)
    assert (loaded.validation, loaded.fresh) == (None, None)
    assert type(loaded.description) is Description
    assert loaded.description.name.startswith("loading_")
    assert loaded.description.reference_batch_size == 32


def test_a_single_array_is_data(load_source: Load) -> None:
    train = load_source("def load_data():\n    return arrays()[0]").train
    assert isinstance(train, InMemory)
    assert train.split.y is None


def test_the_reference_is_clipped_to_the_data(load_source: Load) -> None:
    assert load_source("def load_data():\n    return arrays(7)").description.reference_batch_size == 7


def test_each_part_of_the_data_is_a_split_or_a_tuple(load_source: Load) -> None:
    loaded = load_source("def load_data():\n    return Data(arrays(), arrays(5), Split(*arrays(9)))")
    assert loaded.validation is not None
    assert loaded.fresh is not None
    assert (loaded.train.examples, len(loaded.validation), len(loaded.fresh)) == (40, 5, 9)
    np.testing.assert_array_equal(loaded.validation.y, np.arange(5))


def test_without_fresh_examples_the_own_test_set_stands_for_them(load_source: Load) -> None:
    loaded = load_source("def load_data():\n    return Data(arrays(), validation=arrays(5))")
    assert isinstance(loaded.fresh, Split)
    assert loaded.fresh is loaded.validation


def test_a_test_set_that_is_a_dataset_is_left_to_the_user(load_source: Load) -> None:
    loaded = load_source("def load_data():\n    return Data(arrays(), validation=dataset().batch(4))")
    assert (loaded.validation, loaded.fresh) == (None, None)


@pytest.mark.parametrize("returned", ["dataset().batch(batch_size)", "Data(dataset().batch(batch_size), arrays())"])
def test_a_function_that_takes_a_batch_size_returns_a_dataset_for_it(load_source: Load, returned: str) -> None:
    loaded = load_source(f"def load_data(batch_size):\n    return {returned}")
    assert isinstance(loaded.train, Pipeline)
    assert (loaded.train.examples, loaded.description.examples) == (40, 40)
    assert [the_backend().pipelines.batch_length(batch) for batch in loaded.train.dataset(16)] == [16, 16, 8]
    assert [the_backend().pipelines.batch_length(batch) for batch in loaded.train.dataset(40)] == [40]


def test_a_dataset_smaller_than_the_reference_has_one_batch(load_source: Load) -> None:
    loaded = load_source("def load_data(batch_size):\n    return dataset(7).batch(batch_size)")
    assert (loaded.train.examples, loaded.description.reference_batch_size) == (7, 7)


def test_a_dataset_whose_examples_are_declared_is_not_counted(load_source: Load) -> None:
    source = "def load_data(batch_size):\n    return dataset().batch(batch_size).map(forbidden)"
    source = f"def forbidden(*parts):\n    return tf.py_function(lambda: 1 / 0, [], tf.int32)\n\n{source}"
    assert load_source(source, "examples=1234").train.examples == 1234


def test_an_unknown_workload_is_told_from_one_that_does_not_load() -> None:
    with pytest.raises(UnknownNameError, match="unknown workload 'cifar'"):
        load("cifar")


def test_a_dataset_that_never_ends_has_no_epochs(load_source: Load) -> None:
    why = _refused(load_source, "def load_data(batch_size):\n    return dataset().repeat().batch(batch_size)")
    assert why == "its dataset never ends, so it has no epochs; take away repeat(), or add take(steps)"


_GENERATED = """
ONCE = iter(range(40))

def load_data(batch_size):
    data = tf.data.Dataset.from_generator(lambda: ONCE, output_signature=tf.TensorSpec((), "int32"))
    return data.batch(batch_size)
"""


def test_a_dataset_that_can_be_gone_through_only_once_has_one_epoch(load_source: Load) -> None:
    why = _refused(load_source, _GENERATED, line=_FIRST_LINE + 3)
    assert why == (
        "its dataset gives 40 examples once and 0 when it is gone through again; "
        "an epoch has to start from the beginning"
    )


@pytest.mark.parametrize("size", [8, 33])
def test_a_dataset_of_other_batches_than_asked_for_is_refused(load_source: Load, size: int) -> None:
    why = _refused(load_source, f"def load_data(batch_size):\n    return dataset().batch({size})")
    assert why == f"asked for batches of 32 it gives batches of {size}; use dataset.batch(batch_size)"


def test_a_dataset_of_examples_instead_of_batches_is_refused_in_one_line(load_source: Load) -> None:
    source = "def load_data(batch_size):\n    return tf.data.Dataset.from_tensor_slices(arrays()[0])"
    assert _refused(load_source, source) == (
        "asked for batches of 32 it gives batches of 2; use dataset.batch(batch_size)"
    )


def test_a_dataset_of_single_numbers_instead_of_batches_is_refused_in_one_line(load_source: Load) -> None:
    assert "batch" in _refused(load_source, "def load_data(batch_size):\n    return dataset()")


def test_an_empty_dataset_is_refused(load_source: Load) -> None:
    why = _refused(load_source, "def load_data(batch_size):\n    return dataset().take(0).batch(batch_size)")
    assert why == "the data set is empty"


def test_a_dataset_from_a_function_without_a_batch_size_is_refused(load_source: Load) -> None:
    why = _refused(load_source, "def load_data():\n    return dataset().batch(32)")
    assert why == ("it returns a tf.data.Dataset whatever the batch size; let it take one: def load_data(batch_size)")


def test_arrays_from_a_function_with_a_batch_size_are_refused(load_source: Load) -> None:
    why = _refused(load_source, "def load_data(batch_size):\n    return arrays()")
    assert why == "it takes a batch size and returns a tuple; expected a tf.data.Dataset"


def test_another_number_of_examples_than_declared_is_refused(load_source: Load) -> None:
    why = _refused(load_source, "def load_data():\n    return arrays()", "examples=41")
    assert why == "it returns 40 training examples, and the workload declares 41"


@pytest.mark.parametrize(
    ("returned", "kind"),
    [("(batch for batch in [arrays()])", "generator"), ("Batches()", "Batches")],
)
def test_what_cannot_be_started_again_for_each_batch_size_is_refused(
    load_source: Load, returned: str, kind: str
) -> None:
    sequence = "class Batches(tf.keras.utils.Sequence): ..."
    why = _refused(load_source, f"{sequence}\n\ndef load_data():\n    return {returned}", line=_FIRST_LINE + 2)
    assert why == (
        f"it returns a {kind}, which can't be started again for each batch size; "
        "return arrays, or let it take a batch_size and return a tf.data.Dataset"
    )


@pytest.mark.parametrize(
    ("returned", "expected"),
    [
        ("None", "x is a NoneType; expected an array whose first axis counts examples"),
        ("arrays(0)", "the data set is empty"),
        ("(*arrays(), *arrays())", "data of 4 parts; expected (x,), (x, y) or (x, y, sample_weight)"),
        ("(arrays(5)[0], arrays(4)[1])", "the data have different lengths: x has 5, y has 4 examples"),
        ("Data(arrays(), validation=(arrays(5)[0], 7))", "y is a int"),
        ("Data(arrays(), fresh=arrays(0))", "the data set is empty"),
        ("(arrays(), arrays(5))", "the data have different lengths: x has 40, y has 5 examples"),
    ],
)
def test_data_that_cannot_be_trained_on_are_refused_with_the_line_of_their_function(
    load_source: Load, returned: str, expected: str
) -> None:
    assert expected in _refused(load_source, f"def load_data():\n    return {returned}")


def test_an_error_in_the_users_function_is_told_with_its_own_line(load_source: Load) -> None:
    source = "def load_data():\n    path = 'no_such_file.npz'\n    return np.load(path)"
    why = _refused(load_source, source, line=_FIRST_LINE + 2)
    assert why.startswith("FileNotFoundError: ")


def test_a_function_that_asks_for_what_nobody_gives_is_refused(load_source: Load) -> None:
    why = _refused(load_source, "def load_data(folder):\n    return arrays()")
    assert why.startswith("TypeError: ")
    assert "folder" in why


def test_a_dataset_that_drops_the_partial_batch_is_refused(load_source: Load) -> None:
    why = _refused(
        load_source, "def load_data(batch_size):\n    return dataset().batch(batch_size, drop_remainder=True)"
    )
    assert why.endswith("take away drop_remainder=True")


def test_a_dataset_that_never_ends_is_refused_though_its_examples_are_declared(load_source: Load) -> None:
    source = "def load_data(batch_size):\n    return dataset().repeat().batch(batch_size)"
    assert _refused(load_source, source, "examples=40").startswith("its dataset never ends")


def test_a_list_is_not_taken_for_inputs_or_for_inputs_and_labels(load_source: Load) -> None:
    assert "data in a list; expected a tuple" in _refused(load_source, "def load_data():\n    return list(arrays())")
