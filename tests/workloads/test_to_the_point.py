"""What is quoted of a framework's paragraphs; they are as TensorFlow 2.21 and 2.12 wrote them."""

import pytest

from batchmark.workloads.to_the_point import last_words, point_of

START_UP = """\
WARNING: All log messages before absl::InitializeLog() is called are written to STDERR
I0000 00:00:1795717347.685219   14924 port.cc:153] oneDNN custom operations are on. You may see slightly different \
numerical results due to floating-point round-off errors from different computation orders. To turn them off, set the \
environment variable `TF_ENABLE_ONEDNN_OPTS=0`.
I0000 00:00:1795717347.958712   14924 cpu_feature_guard.cc:227] This TensorFlow binary is optimized to use available \
CPU instructions in performance-critical operations.
To enable the following instructions: AVX2 AVX512F FMA, in other operations, rebuild TensorFlow with the appropriate \
compiler flags.
2023-05-01 10:00:00.123456: I tensorflow/core/platform/cpu_feature_guard.cc:182] This TensorFlow binary is optimized
2023-05-01 10:00:00.234567: W tensorflow/compiler/tf2tensorrt/utils/py_utils.cc:38] TF-TRT Warning: Could not find
E0000 00:00:1795717348.1   14924 cuda_dnn.cc:8579] Unable to register cuDNN factory: Attempting to register factory
E0000 00:00:1795717348.2   14924 cuda_platform.cc:51] failed call to cuInit: INTERNAL: UNKNOWN ERROR (303)
"""

OF_A_GRAPH = """\
Graph execution error:

Detected at node zeros defined at (most recent call last):
  File "/home/me/training.py", line 19, in <module>

  File "/home/me/training.py", line 17, in f

  File "/site-packages/tensorflow/dtensor/python/api.py", line 64, in call_with_layout

OOM when allocating tensor with shape[160000,160000] and type float on /device:CPU:0 by allocator mklcpu
\t [[{{node zeros}}]]
Hint: If you want to see a list of allocated tensors when OOM happens, add report_tensor_allocations_upon_oom to \
RunOptions for current allocation info. This isn't available when running in Eager mode.
 [Op:__inference_f_449]"""


def test_of_a_process_that_was_killed_start_up_lines_are_no_last_words() -> None:
    assert last_words(START_UP) == ""
    assert last_words("") == ""


@pytest.mark.parametrize(
    ("said", "quoted"),
    [
        ("terminate called after throwing an instance of 'std::bad_alloc'\n  what():  std::bad_alloc\n",) * 2,
        ("F0000 00:00:1795717348.2   14924 tensor.cc:12] Check failed: x > 0\n", "tensor.cc:12] Check failed: x > 0"),
        (
            "2023-05-01 10:00:01.1: F tensorflow/core/tensor.cc:12] Check failed: x > 0\n",
            "tensorflow/core/tensor.cc:12] Check failed: x > 0",
        ),
        (
            'Traceback (most recent call last):\n  File "a.py", line 1, in <module>\n    f()\nMemoryError: no more\n',
            "MemoryError: no more",
        ),
    ],
)
def test_what_it_said_of_its_end_is_quoted_and_nothing_before_it(said: str, quoted: str) -> None:
    assert last_words(START_UP + said) == " ".join(quoted.split())


def test_a_traceback_that_was_cut_off_is_quoted_as_it_is() -> None:
    assert last_words('Traceback (most recent call last):\n  File "a.py", line 1\n').endswith('File "a.py", line 1')


def test_last_words_begin_with_a_line_and_are_no_longer_than_asked() -> None:
    log = "\n".join(f"line {number} of many" for number in range(100))
    words = last_words(log, longest=100)
    assert len(words) <= 100
    assert words.startswith("line ")
    assert words.endswith("line 99 of many")
    assert len(last_words("x" * 1000)) == 300


def test_an_error_of_a_graph_is_the_error_alone() -> None:
    assert point_of(OF_A_GRAPH) == (
        "OOM when allocating tensor with shape[160000,160000] and type float on /device:CPU:0 by allocator mklcpu"
    )


def test_an_eager_operations_error_loses_its_braces() -> None:
    said = "Matrix size-incompatible: [2,3] [2,3]"
    assert point_of(f"{{{{function_node __wrapped__MatMul_device_/job:localhost}}}} {said} [Op:MatMul] name: ") == said


def test_what_is_nothing_but_surroundings_is_told_as_it_is() -> None:
    assert point_of("Graph execution error:\n\nDetected at node x") == "Graph execution error: Detected at node x"


@pytest.mark.parametrize("message", ["no", "two\n  lines", 'a [[list]] of File "names"'])
def test_any_other_error_is_left_as_it_is_in_one_line(message: str) -> None:
    assert point_of(message) == " ".join(message.split())
