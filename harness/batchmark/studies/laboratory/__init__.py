"""The laboratory: trainings and timings that answer questions on batch size, each obtained once and kept."""
