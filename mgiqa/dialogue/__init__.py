"""The question that a model is asked, and the answer, which is read once."""
