"""Keras 3 on JAX, and the room that imports JAX."""
