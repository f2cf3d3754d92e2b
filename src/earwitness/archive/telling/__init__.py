"""Figures, duplicates, exports, results for people and players."""
