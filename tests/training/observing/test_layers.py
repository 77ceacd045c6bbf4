"""Which of the trained weights are a layer's, and what it is called."""

from batchmark.training.observing.layers import Layer, layers_of


def test_a_layers_variables_are_taken_together_wherever_they_stand() -> None:
    found = layers_of(["dense/kernel", "norm/gamma", "dense/bias", "scale"], [(2, 3), (3,), (3,), ()])
    assert found == (
        Layer("dense", (slice(0, 6), slice(9, 12))),
        Layer("norm", (slice(6, 9),)),
        Layer("scale", (slice(12, 13),)),
    )


def test_layers_are_numbered_through_the_model_and_not_through_the_process() -> None:
    shapes = [(1,)] * 4
    first = layers_of(["dense/kernel", "dense_1/kernel", "attention/query/kernel", "attention/key/kernel"], shapes)
    later = layers_of(
        ["dense_8/kernel", "dense_9/kernel", "attention_3/query/kernel", "attention_3/key/kernel"], shapes
    )
    assert [layer.name for layer in first] == ["dense", "dense_1", "attention/query", "attention/key"]
    assert later == first
