"""Pure functions from the rounds of cells to estimates, contrasts and verdicts."""
