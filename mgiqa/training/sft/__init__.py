"""The warm-up: supervised fine-tuning on answers that are written from labels."""
