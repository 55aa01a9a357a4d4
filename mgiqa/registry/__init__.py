"""Runs and versions in MLflow: what is recorded, packaged, promoted and served."""
