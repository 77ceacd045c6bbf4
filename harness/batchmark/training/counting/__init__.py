"""Work that is counted, in epochs of their own: no part of anything that is timed."""
