"""Component types that ``orchestration/defs`` instantiates."""
