"""Splits by content, and the proof that no content is in two of them."""
