"""``python -m earwitness``."""

from earwitness.cli.__main__ import main

main()
