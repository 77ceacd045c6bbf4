"""What is named of a policy is what counts, and what nobody knows is refused by name."""

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchmark.comparison import Policy
from batchmark.errors import PolicyError
from batchmark.files.policy import (
    PolicySettings,
    all_of,
    parse_noise,
    parse_tolerance,
    read_settings,
    settings_of,
)
from batchmark.metrics import table

WHOLE = """
[tool.batchmark]
confidence = 0.9

[tool.batchmark.tolerances]
seconds_per_epoch = 0.02
peak_bytes = "10 %"
quality = false

[tool.batchmark.workloads."mypackage.training:workload"]
seconds_per_epoch = 0.03
quality = 1.5

[tool.batchmark.noise]
seconds_per_epoch = "5%"
"""
OWN = "mypackage.training:workload"


def _written(folder: Path, text: str) -> Path:
    path = folder / "pyproject.toml"
    path.write_text(text)
    return path


def _complaint(table: object) -> str:
    with pytest.raises(PolicyError) as refused:
        settings_of(table, where="pyproject.toml: tool.batchmark")
    assert "\n" not in str(refused.value)
    return str(refused.value)


def test_a_file_names_tolerances_for_all_and_for_single_workloads(tmp_path: Path) -> None:
    settings = read_settings(_written(tmp_path, WHOLE))
    assert settings == PolicySettings(
        tolerances={"seconds_per_epoch": 0.02, "peak_bytes": 0.1, "quality": None},
        by_workload={OWN: {"seconds_per_epoch": 0.03, "quality": 1.5}},
        confidence=0.9,
        noise={"seconds_per_epoch": 0.05},
    )


def test_what_a_file_does_not_name_stays_as_it_was(tmp_path: Path) -> None:
    policy = read_settings(_written(tmp_path, WHOLE)).applied_to(Policy(table.default_tolerances()))
    assert policy.confidence == 0.9
    assert policy.tolerance("seconds_per_epoch", "blobs") == 0.02
    assert policy.tolerance("seconds_per_epoch", OWN) == 0.03
    assert policy.tolerance("peak_bytes", OWN) == 0.1
    assert policy.tolerance("first_epoch_seconds", "blobs") is None
    untouched = PolicySettings().applied_to(Policy(table.default_tolerances()))
    assert untouched == Policy(table.default_tolerances())


def test_quality_that_is_switched_off_is_told_from_quality_that_nobody_named(tmp_path: Path) -> None:
    default = Policy(table.default_tolerances())
    assert default.tolerance("quality", "blobs") is None
    assert not default.names("quality", "blobs")
    assert read_settings(_written(tmp_path, WHOLE)).applied_to(default).names("quality", "blobs")


@pytest.mark.parametrize("text", ["", "[project]\nname = 'x'\n", "[tool.ruff]\n", "tool = 3\n"])
def test_a_file_without_our_table_names_nothing(tmp_path: Path, text: str) -> None:
    assert read_settings(_written(tmp_path, text)) == PolicySettings()


def test_a_file_that_is_missing_or_not_toml_is_refused_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match="can't be read: No such file"):
        read_settings(tmp_path / "none.toml")
    with pytest.raises(PolicyError, match="is not TOML: "):
        read_settings(_written(tmp_path, "[tool.batchmark\n"))
    (tmp_path / "pyproject.toml").write_bytes(b"\xff")
    with pytest.raises(PolicyError, match="is not TOML: "):
        read_settings(tmp_path / "pyproject.toml")


@pytest.mark.parametrize(
    ("table", "where", "known"),
    [
        ({"tolerance": {}}, "tool.batchmark: unknown key 'tolerance'; did you mean tolerances?", "workloads, noise"),
        (
            {"tolerances": {"second_per_epoch": 0.1}},
            "tool.batchmark.tolerances: unknown key 'second_per_epoch'; did you mean seconds_per_epoch",
            "peak_bytes",
        ),
        (
            {"workloads": {"blobs": {"memory": 0.1}}},
            "tool.batchmark.workloads.'blobs': unknown key 'memory'; known are",
            "seconds_per_epoch",
        ),
        ({"noise": {"quality": 0.1}}, "tool.batchmark.noise: unknown key 'quality'", "its sides are subtracted"),
        ({"noise": {"speed": 0.1}}, "tool.batchmark.noise: unknown key 'speed'", "first_epoch_seconds"),
    ],
)
def test_an_unknown_key_is_named_with_its_place_and_the_known_ones(
    table: dict[str, object], where: str, known: str
) -> None:
    complaint = _complaint(table)
    assert complaint.startswith(f"pyproject.toml: {where}")
    assert known in complaint


@pytest.mark.parametrize(
    ("table", "complaint"),
    [
        (3, "tool.batchmark is 3; expected a table"),
        ({"tolerances": 0.1}, "tolerances is 0.1; expected a table"),
        ({"workloads": {"blobs": 0.1}}, "workloads.'blobs' is 0.1; expected a table"),
        ({"tolerances": {"peak_bytes": True}}, 'tolerances.peak_bytes is True; expected a share as 0.02 or "2%"'),
        ({"tolerances": {"peak_bytes": -0.1}}, "tolerances.peak_bytes is -0.1; expected a share"),
        ({"tolerances": {"peak_bytes": 5}}, 'which would be 500%; write 0.05 or "5%"'),
        ({"tolerances": {"quality": "1%"}}, "in the quality metric's own unit"),
        ({"confidence": 95}, 'which would be 9500%; write 0.95 or "95%"'),
        ({"confidence": 0.05}, "confidence is 0.05; expected a share from 0.5"),
        ({"confidence": "100%"}, "expected a share from 0.5 up to, not including, 1"),
        ({"confidence": False}, "confidence is False"),
        ({"noise": {"seconds_per_epoch": 0}}, "two runs always differ"),
        ({"noise": {"seconds_per_epoch": False}}, "expected a share above 0"),
    ],
)
def test_a_wrong_type_or_range_is_told_with_what_is_expected(table: object, complaint: str) -> None:
    assert complaint in _complaint(table)


def test_the_command_line_names_a_metric_for_all_or_for_one_workload() -> None:
    assert parse_tolerance("seconds_per_epoch=2%").tolerances == {"seconds_per_epoch": 0.02}
    assert parse_tolerance("peak_bytes = false").tolerances == {"peak_bytes": None}
    assert parse_tolerance("blobs.seconds_per_epoch=0.02").by_workload == {"blobs": {"seconds_per_epoch": 0.02}}
    assert parse_tolerance(f"{OWN}.quality=0.5").by_workload == {OWN: {"quality": 0.5}}
    assert parse_noise("seconds_per_epoch=5%").noise == {"seconds_per_epoch": 0.05}


def test_a_share_alone_is_of_all_that_is_judged_by_a_ratio_and_not_named_by_itself() -> None:
    before = Policy({**table.default_tolerances(), "quality": 0.3}, {"blobs": {"peak_bytes": 0.2}})
    settings = all_of(map(parse_tolerance, ["char-lm.peak_bytes=7%", "2%", "seconds_per_epoch=3%"]))
    policy = settings.applied_to(before)
    assert policy.tolerances == {
        **table.default_tolerances(),
        "seconds_per_epoch": 0.03,
        "peak_bytes": 0.02,
        "quality": 0.3,
    }
    assert policy.tolerance("peak_bytes", "blobs") == 0.02
    assert policy.tolerance("peak_bytes", "char-lm") == 0.07


def test_a_share_alone_goes_before_what_a_file_names_but_judges_nothing_that_it_does_not() -> None:
    file = settings_of(
        {
            "tolerances": {
                "peak_bytes": "9%",
                "seconds_per_epoch": False,
                "first_epoch_seconds": "20%",
                "quality": 0.3,
            },
            "workloads": {"blobs": {"peak_bytes": "30%"}},
        },
        where="pyproject.toml: tool.batchmark",
    )
    policy = file.then(parse_tolerance("2%")).applied_to(Policy(table.default_tolerances()))
    assert policy.tolerance("seconds_per_epoch", "blobs") is None
    assert [policy.tolerance("peak_bytes", name) for name in ("blobs", "char-lm")] == [0.02, 0.02]
    assert policy.tolerance("first_epoch_seconds", "blobs") == 0.02
    assert policy.tolerance("quality", "blobs") == 0.3


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("2", 'write 0.02 or "2%"'),
        ("seconds_per_epoch", "expected METRIC=2%, WORKLOAD.METRIC=2%, or 2% alone"),
        ("second_per_epoch=2%", "unknown key 'second_per_epoch'; did you mean seconds_per_epoch"),
        ("blobs.=2%", "unknown key ''"),
        ("seconds_per_epoch=2", 'write 0.02 or "2%"'),
        ("seconds_per_epoch=", "expected a share"),
        ("seconds_per_epoch=true", "expected a share"),
    ],
)
def test_what_the_command_line_does_not_name_well_is_refused(text: str, complaint: str) -> None:
    with pytest.raises(PolicyError) as refused:
        parse_tolerance(text)
    assert complaint in str(refused.value)


def test_what_is_named_later_takes_precedence_and_a_workloads_own_stays() -> None:
    settings = all_of(
        map(parse_tolerance, ["seconds_per_epoch=1%", "blobs.seconds_per_epoch=3%", "seconds_per_epoch=2%"])
    )
    policy = settings.applied_to(Policy(table.default_tolerances()))
    assert policy.tolerance("seconds_per_epoch", "blobs") == 0.03
    assert policy.tolerance("seconds_per_epoch", "char-lm") == 0.02
    assert PolicySettings(confidence=0.9).then(settings).confidence == 0.9


@given(st.sampled_from(table.names()), st.integers(1, 99), st.sampled_from([None, "blobs", "my.models:net"]))
def test_every_metric_has_its_tolerance_on_the_command_line_and_in_a_table(
    metric: str, percent: int, workload: str | None
) -> None:
    # A difference has a unit of its own, which is no share.
    value = f"{percent / 100}" if table.named(metric).is_difference else f"{percent}%"
    typed = parse_tolerance(f"{workload}.{metric}={value}" if workload else f"{metric}={value}")
    tolerances = {metric: value}
    written = {"workloads": {workload: tolerances}} if workload else {"tolerances": tolerances}
    for settings in (typed, settings_of(written, where="here")):
        policy = settings.applied_to(Policy({}))
        assert policy.tolerance(metric, workload or "any") == pytest.approx(percent / 100)


@given(st.text())
def test_whatever_the_command_line_says_is_understood_or_refused_in_one_line(text: str) -> None:
    for parse in (parse_tolerance, parse_noise):
        try:
            parse(text)
        except PolicyError as refused:
            assert "\n" not in str(refused)  # noqa: PT017  either outcome is right


_VALUES = st.recursive(
    st.booleans() | st.integers() | st.floats() | st.text(),
    lambda children: st.dictionaries(
        st.sampled_from(["tolerances", "workloads", "noise", "confidence", *table.names()]) | st.text(),
        children,
        max_size=3,
    ),
    max_leaves=8,
)


@given(_VALUES)
def test_whatever_a_table_holds_it_is_understood_or_refused(table: object) -> None:
    with suppress(PolicyError):
        settings_of(table, where="here")
