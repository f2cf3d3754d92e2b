"""What a server is told before it starts: its address, its key, and how much it takes at once."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field
from pathlib import Path

from earwitness.audio import AudioLimits
from earwitness.common.errors import OptionError
from earwitness.common.options import option

MEGABYTE = 1024**2


@dataclass(frozen=True)
class ServerLimits:
    """How large, how long and how many; going past one is a refusal with a code, never a crash.

    >>> ServerLimits(queue=8).sound_limits(60.0).max_seconds
    60.0
    """

    # of one request
    upload_bytes: int = option(512 * MEGABYTE, "largest body, counted while it arrives")
    stored_bytes: int = option(8192 * MEGABYTE, "largest sum of the bodies that are here at once")
    upload_seconds: float = option(600.0, "longest time that a body may take to arrive")
    idle_seconds: float = option(20.0, "longest pause while a body arrives")
    header_seconds: float = option(10.0, "longest time that a request's headers may take")
    header_bytes: int = option(16 * 1024, "largest headers of a request")
    parts: int = option(128, "most parts of a multipart body")
    field_bytes: int = option(16 * 1024, "largest part that is no file")
    deadline_seconds: float = option(120.0, "longest time from the whole body to the answer")
    # of one sound
    sound_seconds: float = option(6 * 3600.0, "longest sound, decoded")
    job_from_seconds: float = option(120.0, "sounds longer than this become jobs")
    channels: int = option(32, "most channels")
    # of all requests together
    queue: int = option(256, "requests that wait for the model; more are told to come back")
    jobs: int = option(64, "long sounds that wait")
    kept_seconds: float = option(3600.0, "how long a job's result is kept")
    kept_jobs: int = option(2000, "most jobs that are remembered")
    connections: int = option(1000, "most open connections")
    live: int = option(8, "most that listen live at once")
    stop_seconds: float = option(30.0, "longest time that a stopping server waits for what it began")

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if not value > 0:
                raise OptionError(f"{name} must be more than 0, not {value!r}.")

    def sound_limits(self, seconds: float) -> AudioLimits:
        """The limits of a sound of at most ``seconds``; uploads can seek, so nothing is spooled."""
        return AudioLimits(
            max_seconds=seconds, max_channels=self.channels, max_spooled_bytes=self.upload_bytes
        )


@dataclass(frozen=True)
class ServerSettings:
    """Where a server listens and whom it answers.

    Parameters
    ----------
    host, port
        Loopback unless given; any other address needs a key.
    key : str, optional
        What every request has to carry in its headers.
    origins : tuple of str
        Other sites whose pages may call, such as ``https://example.org``; none unless named.
    hosts : tuple of str
        Names under which the server may be asked, besides its address; on loopback any other name is refused,
        so that no page of elsewhere can reach it by a name that it points here.
    uploads : Path, optional
        Folder for bodies while they are worked on; the user's cache folder unless given.
    archive : Path, optional
        An archive that the page and the API search.

    Raises
    ------
    OptionError
        The address can be reached from elsewhere and there is no key; a port, a key or an origin that cannot
        be.

    Examples
    --------
    >>> ServerSettings(host="0.0.0.0")
    Traceback (most recent call last):
      ...
    earwitness.common.errors.OptionError: 0.0.0.0 can be reached from other machines...
    """

    host: str = "127.0.0.1"
    port: int = 8017
    key: str | None = field(default=None, repr=False)
    origins: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    uploads: Path | None = None
    archive: Path | None = None
    limits: ServerLimits = field(default_factory=ServerLimits)

    def __post_init__(self) -> None:
        if not 0 <= self.port < 65536:
            raise OptionError(f"a port is a number from 0 to 65535, not {self.port}.")
        if self.key is not None and not (
            len(self.key) >= 8 and self.key.isascii() and self.key.isprintable()
        ):
            raise OptionError("a key has at least 8 characters, ASCII ones without line breaks.")
        if self.key is None and not is_loopback(self.host):
            raise OptionError(
                f"{self.host} can be reached from other machines, so the server needs a key: set"
                " EARWITNESS_KEY or give --key-file. Without one it listens on 127.0.0.1 only."
            )
        for origin in self.origins:
            if not origin.startswith(("http://", "https://")) or origin.rstrip("/").count("/") != 2:
                raise OptionError(f"an origin looks like https://example.org, not {origin!r}.")


def read_key(file: Path | None, given: str | None) -> str | None:
    """The key in a file, its only line, or the one that is given; None where there is neither.

    Raises
    ------
    OptionError
        The file cannot be read, or holds none.
    """
    if file is None:
        return given or None
    try:
        key = file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeError) as error:
        raise OptionError(
            f"the key file {file} cannot be read: {getattr(error, 'strerror', error)}."
        ) from error
    if not key:
        raise OptionError(f"the key file {file} is empty.")
    return key


def is_loopback(host: str) -> bool:
    """Whether an address is this machine's own, reached from nowhere else.

    >>> is_loopback("127.0.0.1"), is_loopback("localhost"), is_loopback("::1"), is_loopback("0.0.0.0")
    (True, True, True, False)
    """
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False  # a name may point anywhere
