"""Building, loading and describing a vision-language model."""
