"""earwitness: captions for any sound, learned without one audio–caption pair.

>>> import earwitness
>>> earwitness.__version__
'0.1.0'
"""

from __future__ import annotations

import logging

__version__ = "0.1.0"

logging.getLogger(__name__).addHandler(logging.NullHandler())
