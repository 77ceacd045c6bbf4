"""Keras on TensorFlow, be it Keras 2 or Keras 3: the first backend, and the room that imports TensorFlow."""
