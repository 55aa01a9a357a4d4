"""The small model, and the pre-training of its vision tower; or a published model."""
