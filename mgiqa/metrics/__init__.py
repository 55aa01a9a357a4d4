"""From scores and labels to correlations, intervals and verdicts, in numpy and scipy alone."""
