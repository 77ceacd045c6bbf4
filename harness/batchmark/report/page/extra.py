"""What a page takes beside the base install: asked for before anything is read."""

from importlib.util import find_spec

from batchmark.errors import MissingPackageError

_MODULES = {"altair": "altair", "vl_convert": "vl-convert-python", "jinja2": "jinja2"}


def require_page() -> None:
    """Raise MissingPackageError unless what makes a page is installed; it is not imported."""
    missing = [package for module, package in _MODULES.items() if find_spec(module) is None]
    if missing:
        message = f"batchmark report needs {', '.join(missing)}; type: pip install 'batchmark[report]'"
        raise MissingPackageError(message)
