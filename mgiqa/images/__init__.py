"""Images: the one door through which their files come in, and what is refused there."""
