"""How a workload is found."""

from pathlib import Path

import pytest

from batchmark.errors import UnknownNameError
from batchmark.workloads import find_workload, known_workloads

_EXAMPLES = Path(__file__).parents[1] / "example_workloads"


@pytest.mark.parametrize("name", known_workloads())
def test_a_built_in_workload_declares_what_its_data_has(name: str) -> None:
    workload = find_workload(name)
    data = workload.load_data()
    assert workload.name == name
    assert len(data.train) == workload.examples
    for split in (data.train, data.validation, data.fresh):
        assert len(split.x) == len(split.y)
        assert {str(split.x.dtype), str(split.y.dtype)} == {"float32"}


def test_ones_own_workload_goes_by_the_name_it_was_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(_EXAMPLES))
    assert find_workload("planted:SLOW_LEARNER").name == "planted:SLOW_LEARNER"
    assert find_workload("planted:ANOTHER_NAME").name == "planted:ANOTHER_NAME"


@pytest.mark.parametrize(
    "name", ["cifar", ":X", ".a:Y", "no_such_module:X", "planted:NOTHING", "planted:NOT_A_WORKLOAD", "broken:X", ""]
)
def test_what_is_no_workload_is_refused_in_one_line(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "broken.py").write_text("this is not Python")
    monkeypatch.syspath_prepend(str(_EXAMPLES))
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(UnknownNameError) as caught:
        find_workload(name)
    assert repr(name) in str(caught.value)
    assert "\n" not in str(caught.value)
