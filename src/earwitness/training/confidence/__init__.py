"""Fitting what says how far a caption is to be believed: a few numbers, on labelled sounds."""
