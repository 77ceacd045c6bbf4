"""The prose that a transformer learns."""

import pydoc_data.topics

import keras
import numpy as np
import pytest

from batchmark.errors import WorkloadError
from batchmark.workloads import Data, char_lm
from batchmark.workloads.char_lm import CHAR_LM


@pytest.fixture(scope="module")
def data() -> Data:
    loaded: Data = CHAR_LM.load_data()
    return loaded


def _text(symbols: np.ndarray) -> str:
    return "".join(" abcdefghijklmnopqrstuvwxyz"[symbol] for symbol in symbols)


def test_examples_are_sequences_of_symbols_and_the_ones_that_follow(data: Data) -> None:
    assert len(data.train) == CHAR_LM.examples == 640
    assert len(data.validation) == 248
    assert data.fresh is None
    for part in (data.train, data.validation):
        for array in (part.x, part.y):
            assert (array.shape, array.dtype) == ((len(part), CHAR_LM.tokens_per_example), np.int32)
            assert (array.min(), array.max()) == (0, 26)
        np.testing.assert_array_equal(part.x[:, 1:], part.y[:, :-1])


def test_the_symbols_are_english_prose(data: Data) -> None:
    assert _text(data.validation.x[0]) == "ments are a convenient way to in"
    assert _text(data.validation.x[100]).count("  ") == 0


def test_no_sequence_is_in_both_parts(data: Data) -> None:
    train, validation = ({_text(x) for x in part.x} for part in (data.train, data.validation))
    assert not train & validation


def test_symbols_are_as_frequent_in_both_parts(data: Data) -> None:
    parts = (data.train, data.validation)
    train, validation = (np.bincount(part.y.ravel(), minlength=27) / part.y.size for part in parts)
    assert np.abs(train - validation).max() < 0.015


def test_the_data_are_the_same_every_time(data: Data) -> None:
    again = CHAR_LM.load_data()
    np.testing.assert_array_equal(again.train.x, data.train.x)
    np.testing.assert_array_equal(again.validation.y, data.validation.y)


@pytest.mark.parametrize("topics", [{"while": "Another text.\n"}, {}])
def test_a_python_with_another_text_is_refused_with_its_version(
    monkeypatch: pytest.MonkeyPatch, topics: dict[str, str]
) -> None:
    monkeypatch.setattr(pydoc_data.topics, "topics", topics)
    monkeypatch.setattr("platform.python_version", lambda: "3.99.1")
    with pytest.raises(WorkloadError, match=r"the data of char-lm .* Python 3\.99\.1 has another text"):
        char_lm.load_data()


def test_code_and_grammar_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    text = (
        'The "while" statement\n*********\n\n   while_stmt ::= "while"\n\nIt repeats.\n\n* An item\n  of two lines.\n'
    )
    monkeypatch.setattr(pydoc_data.topics, "topics", {"while": text})
    assert char_lm._prose() == "the while statement it repeats an item of two lines"


def test_a_paragraph_that_two_topics_share_is_there_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pydoc_data.topics, "topics", {"if": "One.\n\nTwo.\n", "while": "Three.\n\nOne.\n"})
    assert char_lm._prose() == "one two three"


def test_a_prediction_depends_on_what_came_before_and_on_nothing_after(data: Data) -> None:
    keras.utils.set_random_seed(0)
    model = CHAR_LM.build_model(learning_rate=CHAR_LM.learning_rate)
    assert model.output_shape == (None, 32, 27)
    changed = data.validation.x[:1].copy()
    changed[0, 20] = (changed[0, 20] + 1) % 27
    difference = np.abs(model(changed) - model(data.validation.x[:1])).max(axis=-1)[0]
    np.testing.assert_allclose(difference[:20], 0, atol=1e-6)
    assert difference[20:].min() > 1e-6


def test_the_network_knows_a_symbols_place() -> None:
    keras.utils.set_random_seed(0)
    model = CHAR_LM.build_model(learning_rate=CHAR_LM.learning_rate)
    logits = np.asarray(model(np.full((1, 32), 5, np.int32)))[0]
    assert np.abs(logits[1:] - logits[:1]).max(axis=-1).min() > 1e-6


def test_a_short_training_beats_the_frequencies_of_the_symbols(data: Data) -> None:
    keras.utils.set_random_seed(0)
    model = CHAR_LM.build_model(learning_rate=CHAR_LM.learning_rate)
    model.fit(data.train.x, data.train.y, batch_size=16, epochs=4, verbose=0)
    frequencies = np.bincount(data.train.y.ravel(), minlength=27) / data.train.y.size
    loss, _ = model.evaluate(data.validation.x, data.validation.y, verbose=0)
    assert loss < -np.log(frequencies[data.validation.y]).mean() - 0.2
