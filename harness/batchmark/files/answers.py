"""What the laboratory was asked, and answered, as its files have it: what all questions' files have in common.

The answers themselves, and the form of each, are in `batchmark.studies.questions.stored`.
"""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class StoredAnswer:
    """An answer with where it comes from; each question has a record of its own, which adds its ``answer``."""

    stopped: str | None
    """Why it ended early; None: it did not."""
    environment: dict[str, object]
    datetime: str = field(default="", kw_only=True)
    """When it was stored, as ISO 8601 has it; empty: an older file doesn't tell."""
