"""Whether what was recorded is still what lies on the disk: outputs, DVC's cache and registered versions."""
