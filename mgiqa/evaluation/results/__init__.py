"""The files of an evaluation: predictions, metrics, and the bytes that they are of."""
