"""uv itself: where it is."""

from batchmark.errors import MissingPackageError


def find_uv() -> str:
    """Return uv's path.

    Raises MissingPackageError: it is not installed, or its package has lost its program.
    """
    try:
        import uv  # noqa: PLC0415  only who makes environments needs it

        found: str = uv.find_uv_bin()
    except (ImportError, FileNotFoundError):
        message = "environments are resolved and made by uv, which is not installed; type: pip install uv"
        raise MissingPackageError(message) from None
    return found
