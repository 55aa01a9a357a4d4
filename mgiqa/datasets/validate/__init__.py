"""The expectation suite of a dataset, and what it sets aside."""
