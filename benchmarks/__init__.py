"""Measures what the README promises, side by side with peers in one run: ``make bench``."""
