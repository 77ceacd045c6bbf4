"""Plugins of asv's publisher: what they change in the published site."""
