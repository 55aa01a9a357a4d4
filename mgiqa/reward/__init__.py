"""From scores and labels to advantages: rewards, pairs, groups and monitors, in numpy alone."""
