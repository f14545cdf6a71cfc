"""An SMTP server of our own that takes mail and misbehaves as told (RFC 5321).

It keeps every message whose final dot it saw, before it answers: what it keeps, a reader
would have got, whatever the sender heard.
"""

from __future__ import annotations

import asyncio
import base64
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Received:
    """One message that arrived whole."""

    sender: str
    recipient: str
    raw: bytes
    is_private: bool
    user: str
    connection: int


@dataclass(frozen=True, kw_only=True)
class Moment:
    """What the sink is about to answer: `stage` is connect, ehlo, starttls, auth, mail, rcpt,
    data, content, rset or quit; `count` how often that stage came before; `recipient` of the
    message under way."""

    stage: str
    count: int
    connection: int
    recipient: str = ""


@dataclass(frozen=True, kw_only=True)
class Do:
    """What the sink does instead of its usual answer.

    `say` are octets to write, a byte at a time when `split`; `wait` seconds before; `drop`
    ends the connection after it, without a goodbye. With `forget` a whole message is not kept.
    `cut` answers DATA well and drops after so many octets of content.
    """

    say: str = ""
    split: bool = False
    wait: float = 0.0
    drop: bool = False
    forget: bool = False
    cut: int | None = None


Script = Callable[[Moment], "Do | str | None"]

_USUAL = {
    "connect": "220 sink.internal ESMTP\r\n",
    "starttls": "220 2.0.0 go ahead\r\n",
    "mail": "250 2.1.0 ok\r\n",
    "rcpt": "250 2.1.5 ok\r\n",
    "data": "354 go on\r\n",
    "content": "250 2.0.0 taken\r\n",
    "rset": "250 2.0.0 ok\r\n",
    "quit": "221 2.0.0 bye\r\n",
}


@dataclass
class Sink:
    """The running server, and what it saw."""

    script: Script
    tls: ssl.SSLContext | None = None
    logins: dict[str, str] = field(default_factory=dict)
    port: int = 0
    received: list[Received] = field(default_factory=list)
    connections: int = 0
    counts: dict[str, int] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    def recipients(self) -> list[str]:
        """Who would have got a message, as often as that."""
        return [each.recipient for each in list(self.received)]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        talk = _Talk(sink=self, reader=reader, writer=writer, number=self.connections)
        try:
            await talk.hold()
        except (ConnectionError, asyncio.IncompleteReadError, ssl.SSLError, TimeoutError):
            pass  # the other side went away
        finally:
            writer.transport.abort()

    def next(self, stage: str, connection: int, recipient: str) -> Do:
        """What to do now, by the script or by habit."""
        count = self.counts.get(stage, 0)
        self.counts[stage] = count + 1
        moment = Moment(stage=stage, count=count, connection=connection, recipient=recipient)
        told = self.script(moment)
        if isinstance(told, str):
            told = Do(say=told)
        return told or Do(say=_USUAL.get(stage, "500 5.5.1 what?\r\n"))


class _Ended(ConnectionError):
    """The sink hangs up."""


@dataclass
class _Talk:
    sink: Sink
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    number: int
    is_private: bool = False
    user: str = ""
    sender: str = ""
    recipient: str = ""

    async def hold(self) -> None:
        await self.answer("connect")
        while True:
            line = (await self.reader.readuntil(b"\r\n")).decode("ascii", "replace").strip()
            self.sink.lines.append(line)
            verb = line.split(" ")[0].upper()
            match verb:
                case "EHLO" | "HELO":
                    await self.hello()
                case "STARTTLS":
                    await self.answer("starttls")
                    await self.writer.start_tls(self.sink.tls or ssl.create_default_context())
                    self.is_private = True
                case "AUTH":
                    await self.login(line)
                case "MAIL":
                    self.sender, self.recipient = _address(line), ""
                    await self.answer("mail")
                case "RCPT":
                    self.recipient = _address(line)
                    await self.answer("rcpt")
                case "DATA":
                    await self.content()
                case _:
                    await self.answer(verb.lower())
                    if verb == "QUIT":
                        return

    async def hello(self) -> None:
        done = self.sink.next("ehlo", self.number, "")
        if done.say == "500 5.5.1 what?\r\n":
            offers = ["sink.internal", "SIZE 10000000", "8BITMIME", "ENHANCEDSTATUSCODES"]
            if self.sink.tls is not None and not self.is_private:
                offers.append("STARTTLS")
            if self.sink.logins:
                offers.append("AUTH PLAIN")
            lines = [f"250-{each}\r\n" for each in offers[:-1]] + [f"250 {offers[-1]}\r\n"]
            done = Do(say="".join(lines))
        await self.do(done)

    async def login(self, line: str) -> None:
        done = self.sink.next("auth", self.number, "")
        if done.say != "500 5.5.1 what?\r\n":
            await self.do(done)
            return
        _, user, password = base64.b64decode(line.split(" ")[2]).decode().split("\0")
        if self.sink.logins.get(user) == password:
            self.user = user
            await self.do(Do(say="235 2.7.0 welcome\r\n"))
        else:
            await self.do(Do(say="535 5.7.8 wrong user or password\r\n"))

    async def content(self) -> None:
        done = self.sink.next("data", self.number, self.recipient)
        if done.cut is not None:
            await self.do(Do(say=_USUAL["data"]))
            await self.reader.readexactly(done.cut)
            raise _Ended
        await self.do(done)
        if not done.say.startswith("354"):
            return
        stuffed = bytearray()
        while not stuffed.endswith(b"\r\n.\r\n"):
            # Read up to the end of a line, however long the content is.
            stuffed += await self.reader.readuntil(b"\r\n")
        lines = bytes(stuffed).removesuffix(b".\r\n").split(b"\r\n")
        raw = b"\r\n".join(each[1:] if each.startswith(b".") else each for each in lines)
        done = self.sink.next("content", self.number, self.recipient)
        if not done.forget:
            self.sink.received.append(
                Received(
                    sender=self.sender,
                    recipient=self.recipient,
                    raw=raw,
                    is_private=self.is_private,
                    user=self.user,
                    connection=self.number,
                )
            )
        await self.do(done)

    async def answer(self, stage: str) -> None:
        await self.do(self.sink.next(stage, self.number, self.recipient))

    async def do(self, done: Do) -> None:
        if done.wait:
            await asyncio.sleep(done.wait)
        octets = done.say.encode()
        pieces = [octets[at : at + 1] for at in range(len(octets))] if done.split else [octets]
        for piece in pieces:
            self.writer.write(piece)
            await self.writer.drain()
            if done.split:
                await asyncio.sleep(0.001)
        if done.drop:
            raise _Ended


def _address(line: str) -> str:
    return line.partition("<")[2].partition(">")[0]


def obey(_moment: Moment) -> None:
    """The script of a sink that does everything right."""


@contextmanager
def sinking(
    script: Script = obey,
    *,
    tls: ssl.SSLContext | None = None,
    logins: dict[str, str] | None = None,
    is_implicit: bool = False,
    port: int = 0,
) -> Iterator[Sink]:
    """A sink on a free loopback port, in a thread; `is_implicit` speaks TLS from the start."""
    sink = Sink(script=script, tls=None if is_implicit else tls, logins=logins or {})
    loop = asyncio.new_event_loop()
    started = threading.Event()
    end: list[asyncio.Future[None]] = []

    async def run() -> None:
        server = await asyncio.start_server(
            sink.serve, "127.0.0.1", port, ssl=tls if is_implicit else None, limit=1 << 20
        )
        sink.port = server.sockets[0].getsockname()[1]
        end.append(loop.create_future())
        started.set()
        await end[0]
        server.close()
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()
        await asyncio.sleep(0.01)

    def work() -> None:
        loop.run_until_complete(run())
        loop.close()

    thread = threading.Thread(target=work, name="sink", daemon=True)
    thread.start()
    started.wait(10)
    try:
        yield sink
    finally:
        loop.call_soon_threadsafe(end[0].set_result, None)
        thread.join(10)
