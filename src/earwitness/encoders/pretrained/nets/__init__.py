"""Networks in torch. Importing any of them without torch says how to install it."""

from __future__ import annotations

from earwitness.common.extras import require_torch

require_torch("this encoder")
