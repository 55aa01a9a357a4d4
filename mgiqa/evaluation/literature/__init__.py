"""Published figures, and under which protocol they may stand beside ours."""
