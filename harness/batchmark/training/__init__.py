"""The rooms that run inside a TensorFlow environment: loops, trainings and what TensorFlow knows of its device."""
