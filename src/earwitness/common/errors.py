"""Every error earwitness raises on purpose: one root, a few children, messages that say what to do."""

from __future__ import annotations


class EarwitnessError(Exception):
    """Root of all errors raised on purpose; its message is one sentence fit to be shown to a person."""


class AudioError(EarwitnessError):
    """A sound that cannot be captioned; ``status`` names the kind in one word, for journals and tables."""

    status = "unreadable"


class AudioNotFoundError(AudioError):
    """There is no such file."""

    status = "missing"


class EmptyAudioError(AudioError):
    """The file or array holds no samples: zero bytes, or a header and nothing behind it."""

    status = "empty"


class UnreadableAudioError(AudioError):
    """No decoder at hand can read this; the message carries the decoder's own words."""

    status = "unreadable"


class InvalidSamplesError(AudioError):
    """The samples are not sound: NaN, infinity, the wrong shape or type."""

    status = "invalid"


class AudioLimitError(AudioError):
    """The sound is larger than the limits in force: seconds, channels or sample rate."""

    status = "limit"


class OptionError(EarwitnessError, ValueError):
    """An option has a value it cannot have; the message says which it can."""


class OutputError(OptionError):
    """A result cannot be written there; the message names the file and what stands in the way."""


class MissingExtraError(EarwitnessError, ImportError):
    """Something optional is not installed; the message names the extra that brings it."""


class AssetError(EarwitnessError):
    """A model file is missing, truncated, or not the one its checksum says."""


class TableError(EarwitnessError):
    """A table of captions, references or predictions cannot be used; the message says what and where."""


class ArchiveError(EarwitnessError):
    """An archive is missing, no archive, damaged, or held by another run; the message says which."""
