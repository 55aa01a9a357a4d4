"""How a model learns; the only home of TRL."""
