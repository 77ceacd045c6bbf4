"""Where in a user's own code something stands."""

import ast
import functools
import json
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from batchmark.workloads import users_files
from batchmark.workloads.users_code import in_one_line, line_of, line_of_error
from batchmark.written.batch_sizes import parse_batch_sizes

_SOURCE = """
import functools, json

def fails():
    raise ValueError("no")

def calls_json():
    return json.loads("{")

def calls(function):
    return function()

def decorator(function):
    @functools.wraps(function)
    def wrapped():
        return function()
    return wrapped

@decorator
def decorated():
    return 1

class Loader:
    def __call__(self):
        return 2

    def load(self):
        return 3
"""


@pytest.fixture(autouse=True)
def _folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is in a folder of their own, and in these tests, is the user's."""
    monkeypatch.setattr(users_files, "_folders", {tmp_path.resolve(), Path(__file__).parent})


@pytest.fixture
def users(tmp_path: Path) -> ModuleType:
    """A module of the user's own, in a file."""
    path = tmp_path / "users.py"
    path.write_text(_SOURCE)
    module = ModuleType("users")
    exec(compile(_SOURCE, str(path), "exec"), module.__dict__)  # noqa: S102  a module without a name in sys.modules
    return module


def _error_of(function: Callable[..., Any], *arguments: Any) -> BaseException:
    with pytest.raises(Exception) as caught:  # noqa: PT011  whatever it raises
        function(*arguments)
    return caught.value


def _names(line: str | None) -> str:
    assert line is not None
    return Path(line).name


def test_an_error_stands_where_the_user_raised_it(users: ModuleType) -> None:
    assert _names(line_of_error(_error_of(users.fails))) == "users.py:5"


def test_an_error_in_a_library_stands_where_the_user_called_it(users: ModuleType) -> None:
    error = _error_of(users.calls_json)
    assert isinstance(error, json.JSONDecodeError)
    assert _names(line_of_error(error)) == "users.py:8"


def test_an_error_in_this_package_stands_where_the_user_called_it(users: ModuleType) -> None:
    error = _error_of(users.calls, functools.partial(parse_batch_sizes, "nonsense", examples=500))
    assert _names(line_of_error(error)) == "users.py:11"


def test_the_innermost_line_of_the_user_is_named(users: ModuleType) -> None:
    assert _names(line_of_error(_error_of(users.calls, users.fails))) == "users.py:5"


def test_an_error_without_a_line_of_the_users_has_none() -> None:
    assert line_of_error(ValueError("never raised")) is None


def test_generated_code_is_left_out_for_the_line_that_called_it() -> None:
    namespace: dict[str, Any] = {}
    exec(compile("def f():\n    raise ValueError", "<generated>", "exec"), namespace)  # noqa: S102  that is the point
    assert _names(line_of_error(_error_of(namespace["f"]))).startswith("test_users_code.py:")


def test_a_syntax_error_stands_in_the_file_that_has_it(tmp_path: Path) -> None:
    error = _error_of(compile, "\n\nnot even Python", str(tmp_path / "broken.py"), "exec")
    assert line_of_error(error) == f"{tmp_path / 'broken.py'}:3"


@pytest.mark.parametrize("source", ["1 +", "(", "\n  x"])
def test_a_syntax_error_in_what_is_no_file_stands_where_the_user_called_it(users: ModuleType, source: str) -> None:
    error = _error_of(users.calls, functools.partial(ast.literal_eval, source))
    assert _names(line_of_error(error)) == "users.py:11"


def test_a_function_of_a_library_is_told_by_its_name() -> None:
    assert line_of(json.loads) == "json.loads"
    assert line_of(functools.partial(json.loads, "x")) == "json.loads"
    assert line_of(json.JSONDecoder().decode) == "json.decoder.JSONDecoder.decode"


def test_a_function_stands_where_it_begins(users: ModuleType) -> None:
    assert _names(line_of(users.fails)) == "users.py:4"


def test_a_decorated_function_stands_where_the_user_wrote_it(users: ModuleType) -> None:
    assert _names(line_of(users.decorated)) == "users.py:19"


def test_an_object_that_can_be_called_stands_where_its_call_does(users: ModuleType) -> None:
    assert _names(line_of(users.Loader())) == "users.py:24"


def test_a_method_stands_where_it_begins(users: ModuleType) -> None:
    assert _names(line_of(users.Loader().load)) == "users.py:27"


def test_what_has_no_source_is_told_by_its_name() -> None:
    assert line_of(len) == "len"


def test_a_partial_function_stands_where_its_function_does(users: ModuleType) -> None:
    assert _names(line_of(functools.partial(users.fails))) == "users.py:4"
    assert line_of(functools.partial(len)).startswith("functools.partial(")


def test_a_file_below_the_current_folder_is_shown_relative_to_it(
    users: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert line_of(users.fails) == "users.py:4"
    (tmp_path / "below").mkdir()
    monkeypatch.chdir(tmp_path / "below")
    assert line_of(users.fails) == f"{tmp_path / 'users.py'}:4"


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (ValueError(), "ValueError"),
        (ValueError("  \n "), "ValueError"),
        (KeyError("x"), "KeyError: 'x'"),
        (RuntimeError("a\n\n   paragraph\tof it"), "RuntimeError: a paragraph of it"),
    ],
)
def test_an_error_is_told_in_one_line(error: Exception, text: str) -> None:
    assert in_one_line(error) == text


def test_a_long_error_is_cut_between_words() -> None:
    assert in_one_line(RuntimeError("alpha beta gamma"), longest=12) == "RuntimeError: alpha beta ..."
    assert in_one_line(RuntimeError("alpha beta gamma"), longest=16) == "RuntimeError: alpha beta gamma"
    assert len(in_one_line(RuntimeError("word " * 1000))) < 330
