"""What a page has its reader write into pyproject.toml is read without a complaint."""

import tomllib
from pathlib import Path

import pytest

from batchmark.doors.sweep_settings import read_sweep_table
from batchmark.errors import BatchmarkError
from batchmark.files.policy import read_settings
from pages import ALL, blocks, name_of, text_of

EXAMPLES = [
    pytest.param(block, id=f"{name_of(page)}-{number}")
    for page in ALL
    for number, block in enumerate(blocks(text_of(page), "toml"))
]


def _read(folder: Path, block: str) -> dict[str, object]:
    file = folder / "pyproject.toml"
    file.write_text(block, encoding="utf-8")
    read_settings(file)
    return read_sweep_table(file)


@pytest.mark.parametrize("block", EXAMPLES)
def test_an_example_is_read_as_written(block: str, tmp_path: Path) -> None:
    content = tomllib.loads(block)
    sweep = content.get("tool", {}).get("batchmark", {}).get("sweep", {})
    assert len(_read(tmp_path, block)) == len(sweep)


def test_there_are_examples_and_an_unknown_key_in_one_would_be_seen(tmp_path: Path) -> None:
    assert len(EXAMPLES) >= 3
    with pytest.raises(BatchmarkError):
        _read(tmp_path, "[tool.batchmark.sweep]\nbatch-size = 32\n")
    with pytest.raises(BatchmarkError):
        _read(tmp_path, "[tool.batchmark.tolerances]\nseconds = 0.02\n")
