"""From models to results, from results to comparisons and to the report."""
