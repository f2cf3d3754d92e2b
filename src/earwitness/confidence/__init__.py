"""How far a caption is to be believed, and what is said instead where that is not far."""

LEAST = 0.5
"""The confidence that a sentence needs unless another is asked for; chosen on benchmarks/confidence.md."""
