"""How a stage runs: its inputs, its draft folder, its processes and its messages."""
