"""The base install goes into an environment with any supported TensorFlow: resolved, not installed."""

import subprocess

import pytest
import uv

from repository import ROOT

RELEASES = ("2.12.1", "2.13.1", "2.14.1", "2.15.1", "2.16.2", "2.17.1", "2.18.1", "2.19.1", "2.20.0", "2.21.0")
NEWER_PYTHONS = ("3.12", "3.13")
"""Those that the newest of these has wheels for, beside 3.11, which all of them have."""


@pytest.mark.parametrize(
    ("release", "python"), [*((each, "3.11") for each in RELEASES), *((RELEASES[-1], each) for each in NEWER_PYTHONS)]
)
def test_the_base_install_resolves_beside_tensorflow(release: str, python: str) -> None:
    resolved = subprocess.run(
        [
            uv.find_uv_bin(),
            "pip",
            "compile",
            "--quiet",
            "--no-header",
            "--no-annotate",
            "--python-version",
            python,
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
