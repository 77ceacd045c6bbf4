"""asv's door: an environment type in which a commit is a release, and installing one is choosing it.

Loaded by `batchmark.asv`, which asv.conf.json names under ``plugins``, with ``"environment_type": "release"``. The
benchmarks run in the environment that runs asv, where Batchmark, scipy and asv are; what trains is a worker in the
release's own environment (`batchmark.environments.locked`), into which nothing is installed but the release's lock. So
asv reinstalls nothing between two commits, whatever order they come in, and a release that can't be installed is a
result and not the end of the run.
"""

import os
import sys
from typing import Any

from asv import util
from asv.environment import Environment

from batchmark.timeline.settings import COMMIT, ENVIRONMENTS, REPOSITORY


class ReleaseEnvironment(Environment):  # type: ignore[misc]  # asv has no types
    """Runs the suite for one release after the other, in this very Python."""

    tool_name = "release"

    def __init__(self, conf: Any, python: str, requirements: dict[str, str], tagged_env_vars: Any) -> None:  # noqa: ANN401
        """Take what asv knows; no environment is made before one is measured in."""
        # asv's own constructor asks for the name, which has them in it.
        self._requirements = requirements
        super().__init__(conf, python, requirements, tagged_env_vars)
        self._global_env_vars[REPOSITORY] = os.path.abspath(conf.repo)  # noqa: PTH100  asv's paths are strings
        self._global_env_vars[ENVIRONMENTS] = os.path.abspath(conf.env_dir)  # noqa: PTH100

    @classmethod
    def matches(cls, python: str) -> bool:  # noqa: ARG003  asv asks it so
        """Whether this type serves `python`: each lock says which one it is for."""
        return True

    def check_presence(self) -> bool:
        """Whether the environment is there: it is the one that asks."""
        return True

    def create(self) -> None:
        """Make nothing: a release's environment is made when it is measured."""

    @property
    def installed_commit_hash(self) -> str | None:
        """The release that was chosen last."""
        return self._get_installed_commit_hash()

    def _get_installed_commit_hash(self) -> str | None:
        commit: str | None = self._global_env_vars.get(COMMIT)
        return commit

    def install_project(self, conf: Any, repo: Any, commit_hash: str) -> None:  # noqa: ANN401, ARG002  asv calls it so
        """Choose the release of `commit_hash`."""
        self._set_commit_hash(commit_hash)

    def run(self, args: list[str], **kwargs: Any) -> Any:  # noqa: ANN401  what asv passes on to its own
        """Run this Python with `args`."""
        environment = {**(kwargs.pop("env", None) or os.environ), **self._global_env_vars}
        # asv ends what says nothing for ten minutes by itself; a measurement has limits of its own.
        return util.check_output([sys.executable, *args], env=environment, **kwargs)
