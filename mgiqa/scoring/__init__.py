"""From images to scores: answers are drawn and read."""
