"""Running asv: what goes wrong around it is one line."""

import json
import re
from pathlib import Path

import pytest

from batchmark.errors import BatchmarkError
from batchmark.measurement.machine_memory import machine_memory
from batchmark.timeline.asv_runs import Configuration, hardware, read_configuration, record_sessions, register_machine

pytest.importorskip("asv")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's, where asv keeps its list of machines."""
    (tmp_path / "home").mkdir()
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def test_a_machine_is_told_to_asv(home: Path, tmp_path: Path) -> None:
    register_machine("here", tmp_path / "results")
    assert json.loads((home / ".asv-machine.json").read_text())["here"]["cpu"] == hardware()["cpu"]


def test_memory_is_told_in_gibibytes() -> None:
    total = machine_memory().total / 2**30
    told, unit = hardware()["ram"].split()
    # A container may have less than its machine, of which asv speaks.
    assert unit == "GiB"
    assert total - 1 <= float(told) < 16_384


@pytest.mark.parametrize("content", ["{", "5", "[[1]]"])
def test_what_is_stored_of_a_machine_and_can_not_be_read_is_named(home: Path, tmp_path: Path, content: str) -> None:
    stored = tmp_path / "results" / "here" / "machine.json"
    stored.parent.mkdir(parents=True)
    stored.write_text(content)
    with pytest.raises(BatchmarkError, match=f"^{re.escape(str(stored))} can't be read .* delete it$"):
        register_machine("here", tmp_path / "results")


def test_a_list_of_machines_that_can_not_be_written_is_named(home: Path, tmp_path: Path) -> None:
    (home / ".asv-machine.json").write_text("not asv's")
    with pytest.raises(
        BatchmarkError, match=r"^asv's list of machines, \S+/\.asv-machine\.json, can't be written: "
    ) as caught:
        register_machine("here", tmp_path / "results")
    assert "\n" not in str(caught.value)


def _configuration(folder: Path) -> Configuration:
    return Configuration(folder / "asv.conf.json", folder, (), folder, folder, folder, folder)


def test_output_that_can_not_be_kept_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "a file").touch()
    log = tmp_path / "a file" / "run.log"
    with pytest.raises(BatchmarkError, match=f"^asv can't be run, with what it says in {re.escape(str(log))}: "):
        record_sessions(_configuration(tmp_path), ["a" * 40], suite="Blobs", machine="here", measured=tmp_path, log=log)


def test_asvs_last_words_are_told(tmp_path: Path, home: Path) -> None:
    log = tmp_path / "run.log"
    with pytest.raises(
        BatchmarkError, match=r"^asv ended with exit code \d; its last words: .*; all of them: \S+run\.log$"
    ):
        record_sessions(_configuration(tmp_path), ["a" * 40], suite="Blobs", machine="here", measured=tmp_path, log=log)


def test_a_configuration_that_can_not_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "asv.conf.json").mkdir()
    with pytest.raises(BatchmarkError, match="can't be read"):
        read_configuration(tmp_path / "asv.conf.json")
