"""Where requests may go: no address of this computer or of a private network, however it is put."""

import pytest

from newsletter.guard import NotAllowed, check, way_to

PRIVATE = [
    "127.0.0.1",
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "0.0.0.0",
    "224.0.0.1",
    "::1",
    "::",
    "fd00::1",
    "fe80::1",
    "ff02::1",
    "::ffff:10.0.0.1",
    "64:ff9b::a00:1",
    "2002:a00:1::",
]


@pytest.mark.parametrize("address", PRIVATE)
def test_a_private_address_is_refused_as_it_stands_and_behind_a_name(address: str) -> None:
    shown = f"[{address}]" if ":" in address else address

    with pytest.raises(NotAllowed):
        check(f"https://{shown}/hook", allow_private=False)
    with pytest.raises(NotAllowed):
        way_to(
            "https://hooks.example.org/",
            allow_private=False,
            resolve=lambda _host, _port: ["93.184.215.14", address],
        )


@pytest.mark.parametrize("host", ["2130706433", "0x7f.1", "127.1", "localhost", "a.localhost"])
def test_other_spellings_of_this_computer_do_not_get_through(host: str) -> None:
    """The resolver knows them all; nothing leaves the computer for that."""
    with pytest.raises((NotAllowed, OSError)):
        way_to(f"http://{host}/", allow_private=False)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "example.org",
        "ftp://example.org/",
        "file:///etc/passwd",
        "https://",
        "https://user:pass@example.org/",
        "https://exa mple.org/",
        "https://example.org/\r\nX: y",
        "https://[::1/",
        "https://example.org:99999/",
        f"https://{'x' * 70}.example.org/",
    ],
)
def test_what_is_no_address_is_refused_also_where_private_ones_are_allowed(url: str) -> None:
    with pytest.raises(NotAllowed):
        check(url, allow_private=True)


def test_the_connection_goes_to_the_address_that_was_looked_at() -> None:
    """A name that answers otherwise the next time (DNS rebinding) changes nothing."""
    asked: list[tuple[str, int]] = []

    def resolve(host: str, port: int) -> list[str]:
        asked.append((host, port))
        return ["2606:2800:21f:cb07::1"]

    way = way_to("https://hooks.example.org:8443/in?x=1", allow_private=False, resolve=resolve)

    assert asked == [("hooks.example.org", 8443)]
    assert way.url == "https://[2606:2800:21f:cb07::1]:8443/in?x=1"
    assert way.headers == {"Host": "hooks.example.org:8443"}
    assert way.extensions == {"sni_hostname": "hooks.example.org"}
