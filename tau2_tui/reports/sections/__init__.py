"""The sections of a report: each module writes those of one subject from the statistics."""
