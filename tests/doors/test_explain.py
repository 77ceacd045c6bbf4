"""The command `explain`: a stored comparison says why."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from batchmark.comparison import Comparison, Environments, Policy, ProfiledCell
from batchmark.doors.command_line import main
from batchmark.files.comparison import read_comparison, write_comparison
from batchmark.profiles import Phase
from profiles_made import profile

FIT = "keras.trainer:fit"
SIDES = [
    profile({Phase.BETWEEN_EPOCHS: {(FIT, "keras.callbacks:end"): seconds}}, packages={"keras": version})
    for seconds, version in ((0.001, "3.6.0"), (0.011, "3.9.0"))
]
COMPARISON = Comparison(
    environment=Environments({}, {}),
    policy=Policy({}),
    cells=(),
    is_live=True,
    profiles=(ProfiledCell("blobs", 128, "fit", SIDES[0], SIDES[1]),),
)


@pytest.fixture
def stored(tmp_path: Path) -> Path:
    path = tmp_path / "result.json"
    write_comparison(COMPARISON, path)
    return path


def _explain(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, ["explain", *map(str, arguments)])


def test_what_was_taken_apart_is_stored_with_the_comparison(stored: Path) -> None:
    assert read_comparison(stored) == COMPARISON


def test_it_names_the_function_and_the_package_that_changed(stored: Path) -> None:
    told = _explain(stored)
    assert told.exit_code == 0, told.output
    words = " ".join(told.output.split())
    assert "+10.0 ms between epochs: end (keras.callbacks, line 10)" in words
    assert "keras 3.6.0 → 3.9.0" in words


def test_flame_graphs_are_written(stored: Path, tmp_path: Path) -> None:
    assert _explain(stored, "--flames", tmp_path / "flames.json").exit_code == 0
    assert [each["name"] for each in json.loads((tmp_path / "flames.json").read_text())["profiles"]] == [
        "blobs-128-fit, baseline",
        "blobs-128-fit, candidate",
    ]


def test_a_comparison_without_profiles_says_what_to_type(tmp_path: Path) -> None:
    path = tmp_path / "result.json"
    write_comparison(Comparison(Environments({}, {}), Policy({}), (), is_live=True), path)
    told = _explain(path)
    assert told.exit_code == 2
    assert "holds no explanation" in told.output
    assert "--explain" in told.output


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"batchmark_comparison": 1}'])
def test_what_is_no_comparison_is_refused_in_one_line(tmp_path: Path, content: str) -> None:
    path = tmp_path / "result.json"
    path.write_text(content)
    told = _explain(path)
    assert told.exit_code == 2
    assert len(told.output.splitlines()) == 1


def test_a_damaged_profile_is_refused(stored: Path) -> None:
    content = json.loads(stored.read_text())
    content["profiles"][0]["baseline"]["stacks"][0]["frames"] = [99]
    stored.write_text(json.dumps(content))
    told = _explain(stored)
    assert told.exit_code == 2
    assert "frame" in told.output
