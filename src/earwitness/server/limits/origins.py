"""Who may ask: the names a server answers to, the sites whose pages may call, and the key."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from hashlib import sha256

from earwitness.server.problems import Problem
from earwitness.server.settings import ServerSettings, is_loopback

OPEN_PATHS = ("/", "/docs", "/openapi.json", "/healthz", "/readyz")
"""What is shown without a key: the page itself, its description, and whether the server lives."""
OPEN_PREFIX = "/static/"


def check_host(headers: Mapping[str, str], settings: ServerSettings) -> None:
    """Refuse a name that is not the server's own, where it listens on loopback or its names were given.

    A page of elsewhere can make its own name point to 127.0.0.1 (DNS rebinding), and its requests then seem
    to come from the same site; but they carry that name.

    Raises
    ------
    Problem
        ``host_not_allowed``.
    """
    if not settings.hosts and not is_loopback(settings.host):
        return
    name = host_name(headers.get("host", ""))
    if name not in {n.lower() for n in settings.hosts} and not is_loopback(name) and name != settings.host:
        raise Problem("host_not_allowed", "This server answers under its own names only; see --allow-host.")


def host_name(host: str) -> str:
    """A host without its port.

    >>> host_name("LocalHost:8017"), host_name("[::1]:8017"), host_name("::1")
    ('localhost', '::1', '::1')
    """
    if host.startswith("["):
        return host[1:].partition("]")[0].lower()
    return host.lower() if host.count(":") > 1 else host.partition(":")[0].lower()


def check_origin(headers: Mapping[str, str], settings: ServerSettings) -> None:
    """Refuse what a page of another site sends: a browser says so in ``Origin``, a program sends none.

    Raises
    ------
    Problem
        ``origin_not_allowed``.
    """
    origin = headers.get("origin")
    if origin is None or origin in settings.origins:
        return
    if origin.partition("://")[2] != headers.get("host", ""):
        raise Problem(
            "origin_not_allowed", "Pages of that site may not call this server; see --allow-origin."
        )


def is_open(path: str) -> bool:
    """Whether an address is shown without a key.

    >>> is_open("/healthz"), is_open("/static/app.js"), is_open("/v1/models")
    (True, True, False)
    """
    return path in OPEN_PATHS or path.startswith(OPEN_PREFIX)


def check_key(given: str | None, key: str | None) -> None:
    """Refuse a wrong key in the time that a right one takes.

    Digests are compared, and with ``compare_digest``: neither the length nor the first wrong character shows
    in how long it takes.

    Raises
    ------
    Problem
        ``unauthorized``.
    """
    if key is None:
        return
    right = hmac.compare_digest(_digest(given or ""), _digest(key))
    if not right or given is None:
        raise Problem("unauthorized", "Send the key as 'Authorization: Bearer KEY' or 'X-API-Key: KEY'.")


def _digest(key: str) -> bytes:
    return sha256(key.encode("utf-8", "surrogateescape")).digest()


def key_of(headers: Mapping[str, str]) -> str | None:
    """The key that a request carries in its headers; never in its address, which ends in logs.

    >>> key_of({"authorization": "Bearer abc"}), key_of({"x-api-key": "abc"}), key_of({})
    ('abc', 'abc', None)
    """
    scheme, _, token = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and token:
        return token.strip()
    return headers.get("x-api-key")
