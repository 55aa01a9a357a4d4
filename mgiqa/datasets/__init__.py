"""From official layouts to one manifest: catalogue, readers, checks, splits, and the built-in sample."""
