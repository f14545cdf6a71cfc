"""What a client of httpx needs to know to talk to loopback, where there is no TLS."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from functools import partial

import httpx

# By default each client reads all certificates of the machine, which takes longer than a test.
NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)

transport: Callable[[], httpx.HTTPTransport] = partial(httpx.HTTPTransport, verify=NO_TLS)
