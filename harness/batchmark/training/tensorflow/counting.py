"""What TensorFlow's own profiler counts of an execution, and the program that XLA makes of a step."""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import tensorflow as tf

# Not among the public names: the form of what the public profiler writes.
from tensorflow.tsl.profiler.protobuf import xplane_pb2

from batchmark.training.counting.operations import Totals
from batchmark.training.counting.program import Program
from batchmark.training.examples import Examples, InMemory
from batchmark.training.tensorflow.batches import batch_at
from batchmark.training.tensorflow.tracing import train_step_of

# A node of a graph is ``dense/MatMul:MatMul``, a single operation ``EagerLocalExecute: AddV2``.
_NODE = re.compile(r"[^:]+:([A-Z_][A-Za-z0-9]*)")
_BY_ITSELF = re.compile(r"EagerLocalExecute: ([A-Z][A-Za-z0-9]*)")
# A kernel of XLA's ends by an event of its own; its name is numbered, as in ``MatMul.3``.
_END_OF_KERNEL = "end: "
_NUMBER = re.compile(r"\.\d+$")
_PICOSECOND = 1e-12


def count_operations(run: Callable[[], object]) -> Mapping[str, Totals]:
    """Call `run`, and return what each kind of operation came to: nodes of graphs, single ones, and XLA's kernels.

    Raises whatever `run` raises, and what TensorFlow raises where its profiler can't start.
    """
    with TemporaryDirectory(prefix="batchmark ") as folder:
        options = tf.profiler.experimental.ProfilerOptions(host_tracer_level=3, python_tracer_level=0)
        tf.profiler.experimental.start(folder, options=options)
        try:
            run()
        finally:
            tf.profiler.experimental.stop()
        space = xplane_pb2.XSpace()
        for file in Path(folder).rglob("*.xplane.pb"):
            space.MergeFromString(file.read_bytes())
    counts: dict[str, int] = Counter()
    seconds: dict[str, float] = defaultdict(float)
    for plane in space.planes:
        kinds = _kinds({key: each.name for key, each in plane.event_metadata.items()})
        for line in plane.lines:
            for event in line.events:
                kind = kinds.get(event.metadata_id)
                if kind is not None:
                    counts[kind] += 1
                    seconds[kind] += event.duration_ps * _PICOSECOND
    return {kind: Totals(count, seconds[kind]) for kind, count in counts.items()}


def _kinds(names: Mapping[int, str]) -> dict[int, str]:
    """Return the kind of each event that is an operation, by the event's number."""
    kernels = {name.removeprefix(_END_OF_KERNEL) for name in names.values() if name.startswith(_END_OF_KERNEL)}
    found = {}
    for number, name in names.items():
        if match := _NODE.fullmatch(name) or _BY_ITSELF.fullmatch(name):
            found[number] = match[1]
        elif name in kernels:
            found[number] = _NUMBER.sub("", name)
    return found


def program_of_step(model: Any, data: Examples, batch_size: int) -> Program:
    """Return what XLA makes of the model's train step at this batch size.

    Raises what TensorFlow raises where XLA can't compile it.
    """
    if isinstance(data, InMemory):
        batch = batch_at(data, tf.range(min(batch_size, data.examples)))
    else:
        batch = next(iter(data.dataset(batch_size)))
    step = tf.function(train_step_of(model), jit_compile=True, autograph=False)
    return Program(step.experimental_get_compiler_ir(batch)(stage="optimized_hlo"))
