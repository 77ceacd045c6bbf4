"""What was agreed, in files: ``REGENERATE_GOLDEN=1`` writes them anew, for eyes to compare."""

import os
from pathlib import Path

import pytest


def require_agreed(text: str, path: Path) -> None:
    """Compare `text` with the file; or write it, and skip the test."""
    if os.environ.get("REGENERATE_GOLDEN"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
        pytest.skip(f"wrote {path}")
    assert text == path.read_text(encoding="utf-8")
