"""The base install goes into an environment with any supported TensorFlow: resolved, not installed."""

import subprocess

import pytest
import uv

from repository import ROOT

RELEASES = ("2.12.1", "2.13.1", "2.14.1", "2.15.1", "2.16.2", "2.17.1", "2.18.1", "2.19.1", "2.20.0", "2.21.0")


@pytest.mark.parametrize("release", RELEASES)
def test_the_base_install_resolves_beside_tensorflow(release: str) -> None:
    resolved = subprocess.run(
        [
            uv.find_uv_bin(),
            "pip",
            "compile",
            "--quiet",
            "--no-header",
            "--no-annotate",
            "--python-version",
            "3.11",
            "pyproject.toml",
            "-",
        ],
        cwd=ROOT,
        input=f"tensorflow-cpu=={release}\n",
        capture_output=True,
        text=True,
        check=False,
    )
    assert resolved.returncode == 0, resolved.stderr
    assert f"tensorflow-cpu=={release}" in resolved.stdout.splitlines()
    assert "pytest-benchmark==" in resolved.stdout
