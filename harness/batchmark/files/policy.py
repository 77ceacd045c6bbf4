"""What a user names of a policy: in ``[tool.batchmark]`` of pyproject.toml, or on the command line.

```toml
[tool.batchmark]
confidence = 0.95

[tool.batchmark.tolerances]
seconds_per_epoch = 0.01
peak_bytes = "5 %"
first_epoch_seconds = false  # reported, but it counts for nothing

[tool.batchmark.workloads."mypackage.training:workload"]
seconds_per_epoch = 0.03

[tool.batchmark.noise]  # of two stored runs of the same thing: the standard deviation of their ratio
seconds_per_epoch = 0.05
```
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from batchmark.comparison import Policy
from batchmark.errors import PolicyError
from batchmark.files.project_file import as_project, as_table, read_project, require_known, where_in
from batchmark.metrics import table
from batchmark.metrics.metric import Metric
from batchmark.written.shares import parse_share

# Below it an interval says next to nothing: 0.05 is somebody's error rate.
_LOWEST_CONFIDENCE = 0.5

Tolerances = Mapping[str, float | None]
"""By metric, the change that would matter."""


@dataclass(frozen=True)
class PolicySettings:
    """What was named; the rest is as it was."""

    tolerances: Tolerances = field(default_factory=dict)
    by_workload: Mapping[str, Tolerances] = field(default_factory=dict)
    confidence: float | None = None
    noise: Mapping[str, float] = field(default_factory=dict)
    """By how much two stored runs of the same thing differ: standard deviations of the ratio."""
    share: float | None = None
    """The change that would matter of whatever is judged by a ratio and not named by itself."""

    def then(self, other: "PolicySettings") -> "PolicySettings":
        """Return these settings with those that `other` names in their place; its share goes before what these name."""
        tolerances, by_workload = _shared(self.tolerances, other.share), _each_shared(self.by_workload, other.share)
        return replace(self, tolerances=tolerances, by_workload=by_workload).beside(other)

    def beside(self, other: "PolicySettings") -> "PolicySettings":
        """Return these settings with those of the same command line; where both name the same, `other` has it."""
        return PolicySettings(
            tolerances={**self.tolerances, **other.tolerances},
            by_workload=_merged(self.by_workload, other.by_workload),
            confidence=self.confidence if other.confidence is None else other.confidence,
            noise={**self.noise, **other.noise},
            share=self.share if other.share is None else other.share,
        )

    def applied_to(self, policy: Policy) -> Policy:
        """Return `policy` with what is named here in its place.

        What `policy` has for a single workload stays, unless it is named here for that workload.
        """
        return replace(
            policy,
            tolerances={**_shared(policy.tolerances, self.share), **self.tolerances},
            by_workload=_merged(_each_shared(policy.by_workload, self.share), self.by_workload),
            confidence=policy.confidence if self.confidence is None else self.confidence,
        )


def read_settings(path: Path) -> PolicySettings:
    """Return what ``[tool.batchmark]`` of a TOML file names; nothing where it has no such table.

    Raises PolicyError: no such file, not TOML, an unknown key, a wrong type or range.
    """
    return settings_of(read_project(path), where=where_in(path))


def settings_of(table: object, *, where: str) -> PolicySettings:
    """Return the settings of a table that stands `where`, as in ``pyproject.toml: tool.batchmark``.

    Raises PolicyError: an unknown key, a wrong type or range.
    """
    entries = as_project(table, where=where)
    workloads = as_table(entries.get("workloads", {}), f"{where}.workloads")
    confidence = entries.get("confidence")
    return PolicySettings(
        tolerances=_tolerances(entries.get("tolerances", {}), f"{where}.tolerances"),
        by_workload={name: _tolerances(own, f"{where}.workloads.{name!r}") for name, own in workloads.items()},
        confidence=None if confidence is None else _confidence(confidence, f"{where}.confidence"),
        noise=_noise(entries.get("noise", {}), f"{where}.noise"),
    )


def parse_tolerance(text: str) -> PolicySettings:
    """Return what ``2%``, ``seconds_per_epoch=2%``, ``blobs.seconds_per_epoch=0.02`` or ``peak_bytes=false`` names.

    Raises PolicyError: something else.
    """
    where = f"--tolerance {text!r}"
    expected = "METRIC=2%, WORKLOAD.METRIC=2%, or 2% alone"
    if "=" not in text:
        return PolicySettings(share=parse_share(text, where, hint=expected))
    target, value = _split(text, where, expected)
    workload, _, metric = target.rpartition(".")
    tolerances = _tolerances({metric: False if value == "false" else value}, where)
    return PolicySettings(by_workload={workload: tolerances}) if workload else PolicySettings(tolerances)


def parse_noise(text: str) -> PolicySettings:
    """Return what ``seconds_per_epoch=5%`` names as the spread between two stored runs.

    Raises PolicyError: something else.
    """
    where = f"--noise {text!r}"
    metric, value = _split(text, where, "METRIC=5%")
    return PolicySettings(noise=_noise({metric: value}, where))


def all_of(settings: Iterable[PolicySettings]) -> PolicySettings:
    """Return the settings of one command line together; the later ones take precedence."""
    together = PolicySettings()
    for each in settings:
        together = together.beside(each)
    return together


def _split(text: str, where: str, expected: str) -> tuple[str, str]:
    target, equals, value = text.rpartition("=")
    if not equals:
        message = f"{where}: expected {expected}"
        raise PolicyError(message)
    return target.strip(), value.strip()


def _shared(tolerances: Tolerances, share: float | None) -> Tolerances:
    """Return `tolerances` with `share` in place of those that judge by a ratio."""
    if share is None:
        return tolerances
    judged = {name for name, value in tolerances.items() if value is not None and not table.named(name).is_difference}
    return {name: share if name in judged else value for name, value in tolerances.items()}


def _each_shared(by_workload: Mapping[str, Tolerances], share: float | None) -> Mapping[str, Tolerances]:
    return {name: _shared(own, share) for name, own in by_workload.items()}


def _merged(first: Mapping[str, Tolerances], second: Mapping[str, Tolerances]) -> dict[str, Tolerances]:
    return {name: {**first.get(name, {}), **second.get(name, {})} for name in dict.fromkeys([*first, *second])}


def _tolerances(entries: object, where: str) -> dict[str, float | None]:
    tolerances: dict[str, float | None] = {}
    for key, value in as_table(entries, where).items():
        require_known(key, table.names(), where)
        at = f"{where}.{key}" if not where.startswith("--") else where
        if value is False:
            tolerances[key] = None
        elif table.named(key).is_difference:
            tolerances[key] = _in_own_unit(table.named(key), value, at)
        else:
            tolerances[key] = parse_share(value, at, hint='a share as 0.02 or "2%", or false to judge it no more')
    return tolerances


def _in_own_unit(metric: Metric, value: object, where: str) -> float:
    """Return a tolerance on a difference, which has the metric's unit: a share of it means nothing."""
    unit = "the quality metric's own unit, as 0.01" if metric.is_after_training else f"{metric.label}, as 10"
    if isinstance(value, str) and "%" in value:
        message = f"{where} is {value!r}; expected a difference in {unit}"
        raise PolicyError(message)
    return parse_share(value, where, hint=f"a difference in {unit}", below=None)


def _noise(entries: object, where: str) -> dict[str, float]:
    noise = {}
    for key, value in as_table(entries, where).items():
        if key in table.names() and table.named(key).is_difference:
            message = f"{where}: unknown key {key!r}: its sides are subtracted, and two runs tell no noise of that"
            raise PolicyError(message)
        require_known(key, table.between_runs(), where)
        noise[key] = parse_share(value, where, hint='a share above 0, as 0.05 or "5%"')
        if noise[key] == 0:
            message = f"{where} is 0 for {key}: two runs always differ; leave it out for what is assumed"
            raise PolicyError(message)
    return noise


def _confidence(value: object, where: str) -> float:
    hint = f'a share from {_LOWEST_CONFIDENCE} up to, not including, 1, as 0.95 or "95%"'
    confidence = parse_share(value, where, hint=hint)
    if not _LOWEST_CONFIDENCE <= confidence < 1:
        message = f"{where} is {value!r}; expected {hint}"
        raise PolicyError(message)
    return confidence
