"""Which release of one package made training slower."""
