"""Release against release, over simulated sessions: a planted change is found where it is, and nothing elsewhere."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import pairwise

import numpy as np

from batchmark.comparison import Verdict
from batchmark.studies.releases.history import ALL_SIZES, LineHistory, compare_releases
from batchmark.timeline import series
from batchmark.timeline.history import Commit, Key, Measurements

SIZES = (8, 16, 31, 32, 33, 64)
LOOPS = ("fit", "compiled")
TURNS = 6
RELEASES = tuple(
    Commit(f"{number:040x}", f"v2.{number}", f"Framework 2.{number}", f"2025-{number + 1:02}-01")
    for number in range(10)
)
KINDS = ("matrix product", "Python loop")
STARTED = (1_700_000_000, 1_700_003_600, 1_700_007_200)
"""When each pass began, in seconds since 1970."""


def _measured(
    generator: np.random.Generator,
    *,
    passes: int = 3,
    changes: Mapping[int, float] | None = None,
    noise: float = 0.01,
    drift: float = 0.1,
) -> dict[str, Measurements]:
    """Return sessions of every release, which took turns in each pass: `changes` multiply the time from a release on.

    Noise is of four kinds, as on a real machine: what a pass has in common; what a turn has, of size `drift`; what a
    process has for itself, with heavy tails, of size `noise`; and what a release's visit in a turn has, skewed.
    """
    common = [generator.normal(0, 0.05) + drift * np.cumsum(generator.normal(0, 1, TURNS)) for _ in range(passes)]
    found = {}
    for number, release in enumerate(RELEASES):
        factor = math.prod(change for since, change in (changes or {}).items() if number >= since)
        sessions: dict[Key, list[tuple[float, ...]]] = {}
        for turns in common:
            process = generator.standard_t(5) * noise / 2
            for key, seconds in _seconds():
                own = process + generator.standard_t(5) * noise / 2
                values = seconds * factor * np.exp(turns + own + generator.exponential(0.02, TURNS))
                sessions.setdefault(key, []).append(tuple(values))
            for kind in KINDS:
                speed = 0.005 * np.exp(turns)
                sessions.setdefault(Key("Blobs", series.REFERENCE_SECONDS.name, (kind,)), []).append(tuple(speed))
        found[release.commit] = Measurements(
            sessions={key: tuple(values) for key, values in sessions.items()},
            passes={"Blobs": STARTED[:passes]},
            failed={"Blobs": 0},
        )
    return found


def _seconds() -> Iterator[tuple[Key, float]]:
    for loop in LOOPS:
        for size in SIZES:
            yield Key("Blobs", "seconds_per_epoch", (loop, size)), 0.02 + 0.5 / size
            yield Key("Blobs", "first_epoch_seconds", (loop, size)), 1.0
        yield Key("Blobs", "overhead_per_step", (loop,)), 0.001
        yield Key("Blobs", "cost_per_example", (loop,)), 0.00004


def _compare(measured: dict[str, Measurements], **options: float) -> LineHistory:
    return compare_releases("main", RELEASES, measured, **options)


def _changed(history: LineHistory) -> list[str]:
    return [
        step.release.tag
        for step in history.steps
        if step.effects_of(Verdict.REGRESSED) or step.effects_of(Verdict.IMPROVED)
    ]


def test_5_percent_at_one_release_are_named_there_and_the_others_are_unchanged() -> None:
    named = unchanged = others = 0
    for seed in range(20):
        history = _compare(_measured(np.random.default_rng(seed), changes={4: 1.05}, noise=0.005))
        named += _changed(history) == ["v2.4"]
        for step in history.steps:
            verdicts = [effect.verdict for effect in step.effects if effect.is_headline]
            if step.release.tag == "v2.4":
                assert verdicts == [Verdict.REGRESSED] * len(LOOPS)
            else:
                others += len(verdicts)
                unchanged += verdicts.count(Verdict.UNCHANGED)
    assert named >= 19
    assert others == 20 * 8 * len(LOOPS)
    assert unchanged >= 0.95 * others


def test_20_comparisons_of_a_release_with_itself_give_at_most_one_false_alarm() -> None:
    # Over the family of all batch sizes, loops and sums: a comparison is wrong if any of them is significant. 10
    # simulations of 9 comparisons are 90; one in 20 would be 4.5, and more than 10 has a probability of 0.4 %.
    generator = np.random.default_rng(5)
    alarms = sum(len(_changed(_compare(_measured(generator), tolerance=0.0))) for _ in range(10))
    assert alarms <= 10


def test_with_the_default_tolerance_a_false_alarm_is_rarer_still() -> None:
    generator = np.random.default_rng(6)
    assert sum(len(_changed(_compare(_measured(generator)))) for _ in range(10)) <= 1


def test_a_machine_that_drifts_from_turn_to_turn_is_no_change() -> None:
    generator = np.random.default_rng(7)
    steady, drifting = (_compare(_measured(generator, drift=drift, changes={6: 1.08})) for drift in (0.0, 0.3))
    assert _changed(steady) == _changed(drifting) == ["v2.6"]
    (noise,) = drifting.noise
    assert noise.session < 0.02
    assert all(noise.machine[kind] > 0.2 for kind in KINDS)


def test_one_pass_gives_ratios_without_intervals_and_says_why() -> None:
    history = _compare(_measured(np.random.default_rng(9), passes=1, changes={4: 1.5}))
    assert _changed(history) == []
    assert {effect.verdict for step in history.steps for effect in step.effects} == {Verdict.INCONCLUSIVE}
    assert all(step.caveats == ("Blobs: measured together once",) for step in history.steps)
    (noise,) = history.noise
    assert math.isnan(noise.session)


def test_a_release_that_was_not_measured_is_left_out_and_the_next_is_compared_with_the_one_before() -> None:
    measured = _measured(np.random.default_rng(10))
    del measured[RELEASES[3].commit]
    history = _compare(measured)
    assert [(step.previous.tag, step.release.tag) for step in history.steps][2] == ("v2.2", "v2.4")
    assert RELEASES[3].commit not in history.sessions


def test_every_release_is_compared_in_everything_that_is_tracked() -> None:
    history = _compare(_measured(np.random.default_rng(11)))
    whats = [
        ALL_SIZES,
        "overhead per step",
        "cost per example",
        "first epoch",
        *(f"batch size {size}" for size in SIZES),
    ]
    for (before, after), step in zip(pairwise(RELEASES), history.steps, strict=True):
        assert (step.previous, step.release) == (before, after)
        assert [(each.loop, each.what) for each in step.effects] == [(loop, what) for loop in LOOPS for what in whats]


def test_a_cell_that_failed_in_one_session_keeps_its_others() -> None:
    measured = _measured(np.random.default_rng(12))
    commit = RELEASES[5].commit
    key = Key("Blobs", "seconds_per_epoch", ("fit", 32))
    sessions = dict(measured[commit].sessions)
    sessions[key] = (sessions[key][0], (), sessions[key][2])
    measured[commit] = Measurements(sessions, measured[commit].passes, {})
    step = next(step for step in _compare(measured).steps if step.release.commit == commit)
    assert next(each for each in step.effects if (each.loop, each.batch_size) == ("fit", 32)).ratio.n == 2
    # Their mean over sizes would be another mean without it.
    assert next(each for each in step.effects if each.loop == "fit" and each.is_headline).ratio.n == 2


def test_releases_that_never_took_turns_are_compared_without_an_interval_and_with_a_caveat() -> None:
    measured = _measured(np.random.default_rng(13), changes={9: 1.5})
    late = measured[RELEASES[9].commit]
    tomorrow = tuple(began + 86_400 for began in STARTED)
    measured[RELEASES[9].commit] = Measurements(late.sessions, {"Blobs": tomorrow}, late.failed)
    history = _compare(measured)
    assert history.steps[-1].caveats == (
        "Blobs: never measured together, but 24.0 hours apart: the machine's speed may have changed between them",
    )
    assert {effect.verdict for effect in history.steps[-1].effects} == {Verdict.INCONCLUSIVE}
    assert all(1.2 < effect.ratio.value < 1.9 and not effect.ratio.has_interval for effect in history.steps[-1].effects)
    assert history.steps[0].caveats == ()
    assert all(effect.ratio.has_interval for effect in history.steps[0].effects)


def test_releases_that_took_turns_with_a_third_one_are_compared_by_way_of_it() -> None:
    measured = _measured(np.random.default_rng(16), changes={9: 1.5})
    late = measured[RELEASES[9].commit]
    later = tuple(began + 60 for began in STARTED)
    measured[RELEASES[9].commit] = Measurements(late.sessions, {"Blobs": later}, late.failed)
    anchor = measured[RELEASES[0].commit]
    twice = {key: (*sessions, *sessions) for key, sessions in anchor.sessions.items()}
    measured[RELEASES[0].commit] = Measurements(twice, {"Blobs": (*STARTED, *later)}, anchor.failed)
    history = _compare(measured)
    headlines = [effect for effect in history.steps[-1].effects if effect.is_headline]
    assert [effect.verdict for effect in headlines] == [Verdict.REGRESSED] * 2
    assert all(effect.ratio.lies_within(1.4, 1.6) for effect in headlines)
    assert "never measured together" in history.steps[-1].caveats[0]


def test_memory_and_quality_are_compared_too() -> None:
    measured = _measured(np.random.default_rng(14))
    for number, release in enumerate(RELEASES):
        sessions = dict(measured[release.commit].sessions)
        sessions[Key("Blobs", "peak_bytes", ("fit", 32))] = ((100.0 * (2 if number >= 5 else 1),),)
        losses = np.random.default_rng(number).normal(0.25 if number >= 7 else 0.18, 0.01, 15)
        sessions[Key("Blobs", series.QUALITY_LOSS.name, (32,))] = (tuple(losses),)
        measured[release.commit] = Measurements(sessions, measured[release.commit].passes, {})
    steps = {step.release.tag: step for step in _compare(measured).steps}
    assert [tag for tag, step in steps.items() if step.memory[0].candidate_bytes != step.memory[0].baseline_bytes] == [
        "v2.5"
    ]
    worse = [tag for tag, step in steps.items() if (step.quality[0].difference.low or 0) > 0]
    assert worse == ["v2.7"]
    assert steps["v2.7"].quality[0].difference.lies_within(0.05, 0.09)


def test_a_workload_that_only_some_releases_were_measured_with_is_compared_where_it_can_be() -> None:
    measured = _measured(np.random.default_rng(15))
    for number, release in enumerate(RELEASES):
        own = measured[release.commit]
        sessions, passes = dict(own.sessions), dict(own.passes)
        if number < 3:
            for key, samples in own.sessions.items():
                sessions[Key("MnistCnn", key.metric, key.parameters)] = samples
            passes["MnistCnn"] = passes["Blobs"]
        measured[release.commit] = Measurements(sessions, passes, {})
    history = _compare(measured)
    assert [len({effect.suite for effect in step.effects}) for step in history.steps] == [2, 2, 1, 1, 1, 1, 1, 1, 1]
    assert set(history.sessions.values()) == {3}
    assert all(step.caveats == () for step in history.steps)


def test_nothing_measured_compares_nothing() -> None:
    history = compare_releases("main", RELEASES, {})
    assert (history.steps, history.noise, dict(history.sessions)) == ((), (), {})


def test_series_whose_samples_can_not_be_divided_among_sessions_are_named() -> None:
    measured = _measured(np.random.default_rng(1))
    assert _compare(measured).left_out == ()
    damaged = measured[RELEASES[3].commit]
    in_one = {
        key: ((tuple(value for session in sessions for value in session),) if key.parameters[0] == "fit" else sessions)
        for key, sessions in damaged.sessions.items()
    }
    found = _compare({**measured, RELEASES[3].commit: replace(damaged, sessions=in_one)})
    # A curve's two parameters, six sizes and their first epochs.
    assert found.left_out == ("v2.3 Blobs cost_per_example of fit and 13 more series",)
