"""asv's door: its environments, and the tracked series as its benchmarks."""
