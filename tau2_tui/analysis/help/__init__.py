"""What each statistic means: its question, formula, assumption and source."""
