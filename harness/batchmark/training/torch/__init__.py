"""Keras 3 on PyTorch, and the room that imports PyTorch."""
