"""The nearest pyproject.toml is found, and what nobody knows in it is refused by name."""

from pathlib import Path

import pytest

from batchmark.errors import PolicyError
from batchmark.files.policy import PolicySettings, read_settings
from batchmark.files.project_file import find_file, read_project


def _written(folder: Path, text: str) -> Path:
    file = folder / "pyproject.toml"
    file.write_text(text)
    return file


def test_the_nearest_file_is_found_from_a_folder_below_it(tmp_path: Path) -> None:
    file = _written(tmp_path, "")
    below = tmp_path / "a" / "b"
    below.mkdir(parents=True)
    assert find_file(below) == file
    nearer = _written(tmp_path / "a", "")
    assert find_file(below) == nearer


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("batch-sizes = '16'", "tool.batchmark: unknown key 'batch-sizes'; known are confidence, .*, sweep"),
        ("[tool.batchmark.sweeps]", "unknown key 'sweeps'; did you mean sweep"),
        ("[tool.batchmark.gate]", "unknown key 'gate'"),
    ],
)
def test_an_unknown_key_is_refused_whoever_reads_the_file(tmp_path: Path, text: str, message: str) -> None:
    file = _written(tmp_path, f"[tool.batchmark]\n{text}\n")
    for read in (read_project, read_settings):
        with pytest.raises(PolicyError, match=message):
            read(file)


def test_what_is_said_of_a_sweep_is_no_matter_of_tolerances(tmp_path: Path) -> None:
    assert read_settings(_written(tmp_path, "[tool.batchmark.sweep]\nturns = 'many'\n")) == PolicySettings()
