"""Ways to train, compared over seeds: a plan, one DVC experiment per arm and seed, and one table."""
