"""`batchmark show`: a stored sweep as text and as pictures."""

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

from answers_made import EVERY, write_answer
from batchmark.doors.command_line import main
from batchmark.files.sweep import to_extra_info
from batchmark.records import CellRecord
from batchmark.report.answers import page_of
from batchmark.report.laboratory_page import page_as_text
from batchmark.report.pictures import extra
from svg import texts_of
from synthetic import gaussian, sweep_of

FACTS = {"tensorflow": "2.21.0", "keras": "3.15.1", "numpy": "2.4.6", "device": "CPU", "cores": 2}


def _show(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["show", *arguments])


def _stored(path: Path, records: list[CellRecord] | None = None) -> str:
    found = records or sweep_of(np.random.default_rng(4), noise=gaussian(0.02))
    content = {
        "benchmarks": [{"extra_info": to_extra_info(record)} for record in found],
        "machine_info": {"batchmark": FACTS},
        "datetime": "2026-01-02T03:04:05",
    }
    path.write_text(json.dumps(content), encoding="utf-8")
    return str(path)


def test_the_answer_stands_before_everything_and_nothing_is_wider_than_80_characters(tmp_path: Path) -> None:
    result = _show(_stored(tmp_path / "out.json"))
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert lines[0].startswith("blobs, fit: fastest 500 (")
    assert lines[1].startswith("  Powers of two make no difference that is found; ±")
    assert lines[2].startswith("  Batch size 1 costs ")
    assert lines[4] == "stored 2026-01-02T03:04:05"
    assert max(map(len, lines)) <= 80


def test_a_comparison_is_not_a_sweep_and_what_prints_it_is_named(tmp_path: Path) -> None:
    stored = tmp_path / "up.json"
    stored.write_text('{"batchmark_comparison": 1}', encoding="utf-8")
    result = _show(str(stored))
    assert result.exit_code == 2
    told = f"{stored} is a comparison and not a sweep; type batchmark gate --upgrade {stored}"
    assert result.stderr == f"batchmark: {told}\n"


def test_wide_has_the_columns_that_were_left_out(tmp_path: Path) -> None:
    stored = _stored(tmp_path / "out.json")
    assert "neighbours" in _show(stored).stdout.splitlines()[-1]
    wide = _show(stored, "--wide").stdout
    assert "31, 33" in wide
    assert "--wide" not in wide


def test_the_pictures_are_drawn_into_a_folder_and_named(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "pictures"
    result = _show(_stored(tmp_path / "out.json"), "--plot", str(folder))
    assert result.exit_code == 0
    named = [Path(line.removeprefix("wrote ")) for line in result.stdout.splitlines() if line.startswith("wrote ")]
    assert sorted(named) == sorted(folder.iterdir())
    assert [path.name for path in named[::2]] == [
        "blobs-throughput.svg",
        "blobs-seconds-per-epoch.svg",
        "blobs-powers-of-two.svg",
    ]
    assert any("TensorFlow 2.21.0" in text for text in texts_of(named[0]))


def test_without_what_draws_there_is_one_line_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extra, "find_spec", lambda _: None)
    result = _show(_stored(tmp_path / "out.json"), "--plot", str(tmp_path / "pictures"))
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr == (
        "batchmark: --plot needs altair and vl-convert-python; type: pip install 'batchmark[plot]'\n"
    )


def test_a_sweep_without_a_cell_to_compare_has_no_picture(tmp_path: Path) -> None:
    nothing = sweep_of(np.random.default_rng(4), noise=gaussian(0.02), sizes=(8, 32), turns=0)
    result = _show(_stored(tmp_path / "out.json", nothing), "--plot", str(tmp_path / "pictures"))
    assert result.exit_code == 0
    assert result.stderr == "batchmark: nothing to draw: there is no cell to compare\n"


@pytest.mark.parametrize("name", EVERY)
def test_an_answer_of_the_laboratory_is_told_as_its_verb_told_it(name: str, tmp_path: Path) -> None:
    answer = EVERY[name]()
    result = _show(str(write_answer(tmp_path / "answer.json", answer)))
    assert result.exit_code == 0, result.output
    assert result.stdout == page_as_text(page_of(answer)) + "\n"


def test_an_answer_s_pictures_are_drawn_again(tmp_path: Path) -> None:
    result = _show(str(write_answer(tmp_path / "both.json", EVERY["schedules"]())), "--plot", str(tmp_path / "drawn"))
    assert result.exit_code == 0, result.output
    assert sorted(path.name for path in (tmp_path / "drawn").iterdir()) == ["both.png", "both.svg"]


def test_a_damaged_answer_is_one_line(tmp_path: Path) -> None:
    path = tmp_path / "choice.json"
    path.write_text('{"batchmark_choice": 1}')
    result = _show(str(path))
    assert result.exit_code == 2
    (line,) = result.stderr.splitlines()
    assert line.startswith(f"batchmark: {path} is damaged: ")
    assert line.endswith("restore the file, or ask again")
