"""Tables of labels, as they are published."""
