"""All that would keep these settings from running on this machine, said at once and before any work."""
