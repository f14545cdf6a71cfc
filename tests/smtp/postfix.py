"""A real mail server for one test: Debian's Postfix, from a folder of its own.

It listens on a free loopback port and relays everything to another loopback port. Nothing of
the machine's own mail is touched; Postfix's programs only want to be started by root.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

# It refuses two readers, one for good and one for the moment.
_REFUSED = (
    "inline:{{gone@post.internal=550 5.1.1 no such user}, {later@post.internal=450 4.2.0 later}}"
)
_MASTER = """\
127.0.0.1:{port} inet n - n - - smtpd
pickup    unix  n - n 60 1 pickup
cleanup   unix  n - n -  0 cleanup
qmgr      unix  n - n 300 1 qmgr
rewrite   unix  - - n -  - trivial-rewrite
bounce    unix  - - n -  0 bounce
defer     unix  - - n -  0 bounce
trace     unix  - - n -  0 bounce
verify    unix  - - n -  1 verify
flush     unix  n - n 1000? 0 flush
proxymap  unix  - - n -  - proxymap
smtp      unix  - - n -  - smtp
relay     unix  - - n -  - smtp
error     unix  - - n -  - error
retry     unix  - - n -  - error
anvil     unix  - - n -  1 anvil
scache    unix  - - n -  1 scache
postlog   unix-dgram n - n - 1 postlogd
"""


def is_there() -> bool:
    """Whether Postfix is installed and may be started."""
    return shutil.which("postfix") is not None and os.geteuid() == 0


@contextmanager
def relaying(to_port: int) -> Iterator[int]:
    """Postfix, relaying to a loopback port; gives the port it listens on."""
    home = Path(tempfile.mkdtemp(prefix="newsletter-postfix-"))
    home.chmod(0o755)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
    config, queue, data = home / "etc", home / "queue", home / "data"
    for folder in (config, queue, data):
        folder.mkdir()
    shutil.chown(data, "postfix")
    settings = {
        "compatibility_level": "3.6",
        "queue_directory": queue,
        "data_directory": data,
        "maillog_file": home / "mail.log",
        "maillog_file_prefixes": home,
        "inet_interfaces": "127.0.0.1",
        "inet_protocols": "ipv4",
        "mynetworks": "127.0.0.0/8",
        "myhostname": "relay.internal",
        "mydestination": "",
        "local_recipient_maps": "",
        "alias_maps": "",
        "relayhost": f"[127.0.0.1]:{to_port}",
        "smtp_tls_security_level": "none",
        "smtputf8_enable": "no",
        "smtpd_peername_lookup": "no",
        "smtp_host_lookup": "native",
        "disable_dns_lookups": "yes",
        "smtpd_recipient_restrictions": f"check_recipient_access {_REFUSED}, permit_mynetworks",
        "message_size_limit": "20000000",
    }
    (config / "main.cf").write_text("".join(f"{k} = {v}\n" for k, v in settings.items()))
    (config / "master.cf").write_text(_MASTER.format(port=port))
    try:
        _call(config, "start")
        try:
            _wait(port)
            yield port
        finally:
            _call(config, "stop")
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _call(config: Path, word: str) -> None:
    command = ["postfix", "-c", str(config), word]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", timeout=60, check=False)
    log = config.parent / "mail.log"
    told = log.read_text() if log.is_file() else ""
    assert done.returncode == 0, f"{done.stdout}{done.stderr}{told}"


def _wait(port: int) -> None:
    give_up = time.monotonic() + 20
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            assert time.monotonic() < give_up
            time.sleep(0.05)
        else:
            return
