"""Names of files as text."""

from __future__ import annotations


def as_utf8(text: str) -> str:
    """The text, and escapes for what no UTF-8 can say: a name that is not UTF-8 shows its bytes.

    >>> as_utf8("dog.wav"), as_utf8(b"d\\xf6g.wav".decode("utf-8", "surrogateescape"))
    ('dog.wav', 'd\\\\udcf6g.wav')
    """
    return text.encode("utf-8", "backslashreplace").decode()
