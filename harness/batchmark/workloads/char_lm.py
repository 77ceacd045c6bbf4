"""A small causal transformer that predicts the next character of English prose.

The prose is Python's own reference, which its standard library carries for ``help()`` (`pydoc_data.topics`, under the
PSF licence). Its text changes between Python versions, patch releases included, so it can't be checked whole. Taken
here are the topics whose prose was the same in every version tried (3.9.18, 3.10.13, 3.11.2, 3.11.7, 3.12.1, 3.13.0):
29,334 characters, code and grammar left out, reduced to 26 letters and the space. So one hash serves all of them. A
Python that has changed one of the topics is refused with its version named: losses on another text can't be compared.

Note: a hash for each Python version was tried on paper; rejected because the loss of a run under 3.11 could then not be
compared with one under 3.13, which is what an upgrade is.

Source: the reduction to 27 symbols is that of Mahoney's text8 (2006, mattmahoney.net/dc/textdata); the network is
Vaswani et al. 2017, arXiv 1706.03762, with the normalisation first (Xiong et al. 2020, arXiv 2002.04745).
"""

import math
import platform
import re
from typing import Any

import numpy as np
from numpy.typing import NDArray

from batchmark.workloads.checked import require_data
from batchmark.workloads.the_keras import the_keras
from batchmark.workloads.workload import Data, Split, Workload

TOPICS = (
    "assert",
    "atom-literals",
    "bltin-code-objects",
    "bltin-ellipsis-object",
    "bltin-null-object",
    "bltin-type-objects",
    "booleans",
    "break",
    "callable-types",
    "context-managers",
    "continue",
    "conversions",
    "customization",
    "del",
    "dynamic-features",
    "else",
    "floating",
    "if",
    "imaginary",
    "import",
    "in",
    "integers",
    "lambda",
    "lists",
    "numbers",
    "numeric-types",
    "pass",
    "return",
    "sequence-types",
    "slicings",
    "truth",
    "typesfunctions",
    "typesmodules",
    "unary",
    "while",
    "yield",
)
SYMBOLS = 27
LENGTH = 32
WIDTH = 32
HEADS = 2
TRAINING_EXAMPLES = 640
_SHA256 = "ec236a69c265e4e9b6ecefcd5b353b40875d069b81d55a0cc7aff8cd61b4385a"


def load_data() -> Data:
    """Return 640 training and 248 test examples of 32 characters each, from all over the text.

    x: int32 (n, 32), the characters' numbers; y: int32 (n, 32), the characters that follow.

    Raises WorkloadError: this Python's text is not the one measured before.
    """
    symbols = _symbols(_prose())
    require_data(
        "char-lm",
        (symbols,),
        sha256=_SHA256,
        source=f"Python {platform.python_version()} has another text; Python 3.11.2, 3.11.7, 3.12.1, 3.13.0 have it",
    )
    # One more than the length, so that no character is in two examples.
    windows = symbols[: len(symbols) // (LENGTH + 1) * (LENGTH + 1)].reshape(-1, LENGTH + 1)
    # Spread over the text without chance: of every prefix, about the same share is for training.
    rank = np.arange(len(windows)) * TRAINING_EXAMPLES % len(windows)
    test = rank >= TRAINING_EXAMPLES
    return Data(train=_split(windows[~test]), validation=_split(windows[test]))


def build_model(learning_rate: float) -> Any:  # noqa: ANN401  Keras has no types
    """Return the network, compiled: one block of 2 heads and 32 channels, logits of 27 symbols, AdamW.

    The loss is the mean over characters, in nats.
    """
    keras = the_keras()

    characters = keras.Input(shape=(LENGTH,), dtype="int32")
    # A bias of its own for each place is a learned position embedding, without a layer of our own.
    stream = keras.layers.EinsumDense(
        "btc,cd->btd",
        output_shape=(LENGTH, WIDTH),
        bias_axes="td",
        bias_initializer=keras.initializers.RandomNormal(stddev=0.02),
    )(keras.layers.Embedding(SYMBOLS, WIDTH)(characters))
    normal = keras.layers.LayerNormalization(center=False)(stream)
    attended = keras.layers.MultiHeadAttention(HEADS, WIDTH // HEADS, use_bias=False)(
        normal, normal, use_causal_mask=True
    )
    stream = keras.layers.Add()([stream, attended])
    normal = keras.layers.LayerNormalization(center=False)(stream)
    widened = keras.layers.Dense(4 * WIDTH, activation="relu")(normal)
    stream = keras.layers.Add()([stream, keras.layers.Dense(WIDTH, use_bias=False)(widened)])
    logits = keras.layers.Dense(SYMBOLS)(keras.layers.LayerNormalization(center=False)(stream))
    model = keras.Model(characters, logits)
    model.compile(
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        optimizer=keras.optimizers.AdamW(learning_rate=learning_rate, weight_decay=0.01),
        metrics=["accuracy"],
    )
    return model


def _prose() -> str:
    """Return the topics' prose: 26 letters and single spaces, each paragraph once."""
    # A megabyte that nobody else needs.
    from pydoc_data.topics import topics  # noqa: PLC0415

    paragraphs = (_reduced(paragraph) for name in TOPICS for paragraph in topics.get(name, "").split("\n\n"))
    # Topics repeat each other in part, and what is trained on must not be tested on.
    return " ".join(dict.fromkeys(filter(None, paragraphs)))


def _reduced(paragraph: str) -> str:
    # What is indented is code or grammar.
    prose = " ".join(line for line in paragraph.splitlines() if not line.startswith("   "))
    return re.sub("[^a-z]+", " ", prose.lower()).strip()


def _symbols(text: str) -> NDArray[np.int32]:
    """Return the space as 0 and the letters as 1 to 26."""
    codes = np.frombuffer(text.encode("ascii"), np.uint8).astype(np.int32)
    return np.maximum(codes - (ord("a") - 1), 0)


def _split(windows: NDArray[np.int32]) -> Split:
    return Split(np.ascontiguousarray(windows[:, :-1]), np.ascontiguousarray(windows[:, 1:]))


CHAR_LM = Workload(
    build_model,
    load_data,
    name="char-lm",
    version=1,
    description="English prose by the character, a transformer of one block",
    examples=TRAINING_EXAMPLES,
    tokens_per_example=LENGTH,
    epochs=30,
    reference_batch_size=32,
    quality_metric="negative_loss",
    # In nats, 3 % of the loss reached: the spread over seeds, 0.05, which is what one training could just have seen.
    # The test set's own standard error, over its sequences, is 0.02.
    quality_margin=0.05,
    # Each symbol guessed as often.
    quality_if_stuck=math.log(SYMBOLS),
    learning_rate=0.01,
    # At one learning rate, and so many epochs, smaller and larger batches train to another quality: what is to
    # be equal is the power of two and its neighbours.
    quality_batch_sizes="31,33",
    default_batch_sizes="2..64,31,33,50,full",
    budget_seconds=75.0,
)
"""A language model: the loss that critical batch sizes are a law of."""
