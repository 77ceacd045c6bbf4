"""Reading a file of JSON: what can go wrong, each in one line."""

import json
from pathlib import Path

from batchmark.errors import StoredFileError


def read_json(path: Path | str, how_to_store: str) -> object:
    """Return the content of a JSON file; `how_to_store` says in a few words how one comes about.

    Raises StoredFileError: no such file, not readable, not JSON.
    """
    try:
        # Not by msgspec: pytest-benchmark writes NaN and Infinity for other suites, which are Python's JSON only.
        return json.loads(Path(path).read_bytes())
    except FileNotFoundError as error:
        message = f"there is no file {path}; {how_to_store}"
        raise StoredFileError(message) from error
    except IsADirectoryError as error:
        message = f"{path} is a folder; name one of the .json files in it"
        raise StoredFileError(message) from error
    except OSError as error:
        message = f"{path} can't be read: {error.strerror}; check its permissions"
        raise StoredFileError(message) from error
    # Broken JSON, broken UTF-8, a path with a NUL or a number of thousands of digits; brackets without end.
    except (ValueError, RecursionError) as error:
        reason = str(error) or type(error).__name__
        message = f"{path} is truncated or not JSON ({reason}); {how_to_store}"
        raise StoredFileError(message) from error
