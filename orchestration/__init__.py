"""The pipeline in Dagster: assets generated from dvc.yaml, each run through DVC in a child process."""
