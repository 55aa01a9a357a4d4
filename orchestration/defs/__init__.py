"""What Dagster shows: the pipeline, the champion, and what runs by itself."""
