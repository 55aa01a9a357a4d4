"""Bringing a dataset in: where it comes from, its archives and its files."""
