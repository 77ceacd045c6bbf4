"""What Keras calls its logs: metrics of one name are numbered through a process, ``auc``, ``auc_1``, ``auc_2``."""


def by_number(name: str) -> tuple[str, int]:
    """Return a log's name without its number, and the number, 0 where it has none; logs are in this order."""
    plain, _, number = name.rpartition("_")
    return (plain, int(number)) if plain and number.isdecimal() else (name, 0)
