"""Web requests that go where they were decided to go. Needs `pip install toolgate[httpx]`.

    client = toolgate.http.guarded_client(gate, principal="agent:research")
    client.get("https://api.example.org/")        # runs, or raises ToolDenied, ApprovalRequired or DryRun

Every request is a tool call of its own, each redirect too: none is sent that the gate did not allow. Where the policy
looks names up (`network: { resolve: system }`), a request goes to the addresses that were judged and asks nobody again,
so a name that leads elsewhere the second time leads nowhere. The name stays what the server is asked for and what its
certificate must be for.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from ipaddress import ip_address
from threading import Lock
from typing import TYPE_CHECKING, Any, Generic, TypeVar

try:
    import anyio.to_thread
    import httpx
except ImportError as _missing:
    raise ImportError("toolgate.http needs httpx: pip install toolgate[httpx]") from _missing

from ._errors import ToolgateError, not_allowed
from ._run import Running

if TYPE_CHECKING:
    from ._native import Decision, Gate

__all__ = [
    "AsyncGuardedTransport",
    "AsyncPinnedTransport",
    "GuardedTransport",
    "PinError",
    "PinnedTransport",
    "guarded_async_client",
    "guarded_client",
    "pins_of",
]

Pins = Mapping[tuple[str, int], Sequence[str]]
"""Addresses by host and port."""

TOOL = "http.request"
"""The tool that a request is, unless another is named."""

_BODY_BYTES_MAX = 64 << 10
"""Bytes of a body that the gate gets to see."""
_LINES_MAX = 64
"""Addresses to which connections are kept for the next request."""


class PinError(ToolgateError):
    """A request would have gone somewhere that nobody decided about, so it was not sent."""

    request: httpx.Request
    """The request."""

    def __init__(self, message: str, *, request: httpx.Request) -> None:
        super().__init__(message)
        self.request = request


def pins_of(decision: Decision) -> dict[tuple[str, int], tuple[str, ...]]:
    """The addresses that `decision` obliges its caller to use, by host and port; empty if names were not looked up."""
    duties = (duty for duty in decision.obligations if duty["kind"] == "pin_addresses")
    return {(duty["host"], duty["port"]): tuple(duty["addresses"]) for duty in duties}


class PinnedTransport(httpx.BaseTransport):
    """Sends requests to pinned addresses only; every other host is refused with PinError.

    pins: addresses by host and port, as `pins_of(decision)` gives them. Several are tried in their order.
    options: what `httpx.HTTPTransport` takes, such as `verify`. A proxy would look names up by itself, so there is
        none.

    >>> decision = gate.guard("http.request", {"url": "https://api.example.org/"})
    >>> httpx.Client(transport=PinnedTransport(pins_of(decision))).get("https://api.example.org/")
    """

    def __init__(self, pins: Pins, **options: Any) -> None:
        self._pins = {(host.lower(), port): tuple(addresses) for (host, port), addresses in pins.items()}
        self._lines = _Lines(httpx.HTTPTransport, options)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        addresses = self._pins.get(_place(request.url))
        if addresses is None:
            raise PinError(f"`{request.url.host}` is not pinned", request=request)
        return _send(self._lines, request, addresses)

    def close(self) -> None:
        for transport in self._lines.drain():
            transport.close()


class AsyncPinnedTransport(httpx.AsyncBaseTransport):
    """As PinnedTransport, for `httpx.AsyncClient`."""

    def __init__(self, pins: Pins, **options: Any) -> None:
        self._pins = {(host.lower(), port): tuple(addresses) for (host, port), addresses in pins.items()}
        self._lines = _Lines(httpx.AsyncHTTPTransport, options)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        addresses = self._pins.get(_place(request.url))
        if addresses is None:
            raise PinError(f"`{request.url.host}` is not pinned", request=request)
        return await _send_async(self._lines, request, addresses)

    async def aclose(self) -> None:
        for transport in self._lines.drain():
            await transport.aclose()


class GuardedTransport(httpx.BaseTransport):
    """Asks a gate about every request, and sends what it allows to the addresses that it judged.

    gate: who decides.
    tool: what a request is called; its arguments are `url`, `method`, `headers` and, if it is text, `body`.
    require_pins: refuse a name that was not looked up, with PinError.
    facts: what `Gate.guard` takes besides, such as `principal` and `session`.
    options: what `httpx.HTTPTransport` takes, such as `verify`.
    """

    def __init__(
        self,
        gate: Gate,
        *,
        tool: str = TOOL,
        require_pins: bool = False,
        facts: Mapping[str, Any] | None = None,
        **options: Any,
    ) -> None:
        self._desk = _Desk(gate, tool, require_pins, facts)
        self._lines = _Lines(httpx.HTTPTransport, options)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        decision = self._desk.decide(request)
        with Running(self._desk.gate, decision):
            return _send(self._lines, request, self._desk.addresses(decision, request))

    def close(self) -> None:
        for transport in self._lines.drain():
            transport.close()


class AsyncGuardedTransport(httpx.AsyncBaseTransport):
    """As GuardedTransport, for `httpx.AsyncClient`. The gate decides in a thread, since it may wait for a look-up."""

    def __init__(
        self,
        gate: Gate,
        *,
        tool: str = TOOL,
        require_pins: bool = False,
        facts: Mapping[str, Any] | None = None,
        **options: Any,
    ) -> None:
        self._desk = _Desk(gate, tool, require_pins, facts)
        self._lines = _Lines(httpx.AsyncHTTPTransport, options)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        decision = await anyio.to_thread.run_sync(self._desk.decide, request)
        with Running(self._desk.gate, decision):
            return await _send_async(self._lines, request, self._desk.addresses(decision, request))

    async def aclose(self) -> None:
        for transport in self._lines.drain():
            await transport.aclose()


_FACTS = ("principal", "session", "framework", "server", "cwd", "signals", "labels")
_TRANSPORT_OPTIONS = ("verify", "cert", "http1", "http2", "limits")


def guarded_client(gate: Gate, *, tool: str = TOOL, require_pins: bool = False, **options: Any) -> httpx.Client:
    """An `httpx.Client` whose every request, redirects included, is decided about by `gate`.

    options: `principal`, `session` and the other facts of `Gate.guard`, and what `httpx.Client` takes. Proxies are left
    out, those of the environment too.

    Raises ToolDenied, ApprovalRequired or DryRun from the request that may not be sent.
    """
    ours, rest = _split(options)
    return httpx.Client(transport=GuardedTransport(gate, tool=tool, require_pins=require_pins, **ours), **rest)


def guarded_async_client(
    gate: Gate, *, tool: str = TOOL, require_pins: bool = False, **options: Any
) -> httpx.AsyncClient:
    """As `guarded_client`, an `httpx.AsyncClient`."""
    ours, rest = _split(options)
    return httpx.AsyncClient(
        transport=AsyncGuardedTransport(gate, tool=tool, require_pins=require_pins, **ours), **rest
    )


def _split(options: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """What the transport takes, and what the client does."""
    for name in ("transport", "mounts", "proxy", "app"):
        if name in options:
            raise TypeError(f"`{name}` would lead around the gate")
    facts = {name: options.pop(name) for name in _FACTS if name in options}
    ours = {name: options.pop(name) for name in _TRANSPORT_OPTIONS if name in options}
    return {**ours, "facts": facts}, options


class _Desk:
    """Turns requests into tool calls."""

    def __init__(self, gate: Gate, tool: str, require_pins: bool, facts: Mapping[str, Any] | None) -> None:
        self.gate = gate
        self._tool = tool
        self._require_pins = require_pins
        self._facts = dict(facts or {})

    def decide(self, request: httpx.Request) -> Decision:
        """The decision that lets `request` be sent; raises for every other."""
        decision = self.gate.guard(self._tool, _arguments(request), **self._facts)
        if decision.verdict != "allow":
            raise not_allowed(decision, self.gate)
        return decision

    def addresses(self, decision: Decision, request: httpx.Request) -> tuple[str, ...] | None:
        """The addresses to use; None for the host as it stands.

        What was decided about and what is sent have to be the same place, by either's reading of the URL.
        """
        decided = httpx.URL(decision.action["target"])
        if (decided.scheme, _place(decided)) != (request.url.scheme, _place(request.url)):
            raise PinError(f"`{request.url}` was decided about as `{decided}`", request=request)
        pinned = pins_of(decision).get(_place(request.url))
        if pinned is None and self._require_pins and not _is_address(request.url):
            raise PinError(f"`{request.url.host}` was not looked up", request=request)
        return pinned


def _arguments(request: httpx.Request) -> dict[str, Any]:
    # Whatever `Host` it comes with, the server is asked for by the name in the URL.
    names = [name for name in request.headers if name != "host"]
    arguments: dict[str, Any] = {
        "url": str(request.url),
        "method": request.method,
        "headers": {name: request.headers[name] for name in names},
    }
    try:
        content = request.content
    except httpx.RequestNotRead:
        # It is made while it is sent, so nobody has seen it yet.
        return arguments
    if content and len(content) <= _BODY_BYTES_MAX:
        try:
            return {**arguments, "body": content.decode("utf-8")}
        except UnicodeDecodeError:
            pass
    return {**arguments, "body_bytes": len(content)} if content else arguments


def _place(url: httpx.URL) -> tuple[str, int]:
    """Host and port, as a decision names them."""
    return url.raw_host.decode("ascii").lower().rstrip("."), url.port or {"https": 443, "http": 80}.get(url.scheme, 0)


def _is_address(url: httpx.URL) -> bool:
    try:
        ip_address(url.host)
    except ValueError:
        return False
    return True


_Transport = TypeVar("_Transport", httpx.HTTPTransport, httpx.AsyncHTTPTransport)
_Key = tuple[str, int, str]


class _Line(Generic[_Transport]):
    """The connections to one address on behalf of one host."""

    def __init__(self, transport: _Transport) -> None:
        self.transport: _Transport = transport
        self.users = 0
        self.is_dropped = False


class _Lines(Generic[_Transport]):
    """Lends out connections. Each host has its own, also where two share an address: what was opened and verified for
    one name never serves another."""

    def __init__(self, make: Callable[..., _Transport], options: dict[str, Any]) -> None:
        for name in ("proxy", "uds"):
            if options.get(name) is not None:
                raise TypeError(f"`{name}` would lead around the pins")
        # Made once: reading the certificates of the system takes longer than most requests.
        context = httpx.create_ssl_context(options.pop("verify", True), options.pop("cert", None))
        self._make: Callable[[], _Transport] = lambda: make(**{**options, "verify": context})
        self._lines: OrderedDict[_Key, _Line[_Transport]] = OrderedDict()
        self._lock = Lock()

    def lend(self, key: _Key) -> tuple[_Line[_Transport], list[_Transport]]:
        """The line for `key`, and what is to be closed because nobody has asked for it for long."""
        with self._lock:
            line = self._lines.pop(key, None) or _Line(self._make())
            self._lines[key] = line
            line.users += 1
            idle = []
            while len(self._lines) > _LINES_MAX:
                _, oldest = self._lines.popitem(last=False)
                oldest.is_dropped = True
                if oldest.users == 0:
                    idle.append(oldest.transport)
            return line, idle

    def take_back(self, line: _Line[_Transport]) -> list[_Transport]:
        """What is to be closed now that a user of `line` is gone."""
        with self._lock:
            line.users -= 1
            return [line.transport] if line.is_dropped and line.users == 0 else []

    def drain(self) -> list[_Transport]:
        """Everything, to be closed."""
        with self._lock:
            lines, self._lines = self._lines, OrderedDict()
            return [line.transport for line in lines.values()]


def _send(
    lines: _Lines[httpx.HTTPTransport], request: httpx.Request, addresses: Sequence[str] | None
) -> httpx.Response:
    """Sends `request` to the first of `addresses` that answers; to its host as it stands if nobody named any."""
    host, port = _place(request.url)
    choices = [""] if addresses is None else list(addresses)
    for index, address in enumerate(choices, 1):
        line, idle = lines.lend((host, port, address))
        for transport in idle:
            transport.close()
        held = _Held(lines, line)
        try:
            response: httpx.Response = line.transport.handle_request(_led_to(address, request))
        except BaseException as error:
            held.let_go()
            if index < len(choices) and isinstance(error, (httpx.ConnectError, httpx.ConnectTimeout)):
                continue
            raise
        held.stream = response.stream
        response.stream = held
        return response
    raise PinError(f"`{host}` has no address", request=request)


async def _send_async(
    lines: _Lines[httpx.AsyncHTTPTransport], request: httpx.Request, addresses: Sequence[str] | None
) -> httpx.Response:
    """As `_send`."""
    host, port = _place(request.url)
    choices = [""] if addresses is None else list(addresses)
    for index, address in enumerate(choices, 1):
        line, idle = lines.lend((host, port, address))
        for transport in idle:
            await transport.aclose()
        held = _AsyncHeld(lines, line)
        try:
            response: httpx.Response = await line.transport.handle_async_request(_led_to(address, request))
        except BaseException as error:
            await held.let_go()
            if index < len(choices) and isinstance(error, (httpx.ConnectError, httpx.ConnectTimeout)):
                continue
            raise
        held.stream = response.stream
        response.stream = held
        return response
    raise PinError(f"`{host}` has no address", request=request)


def _led_to(address: str, request: httpx.Request) -> httpx.Request:
    """`request` to `address`, for the host it names: by `Host`, and in the handshake by name and certificate."""
    headers = request.headers.copy()
    headers["Host"] = request.url.netloc.decode("ascii")
    url, extensions = request.url, dict(request.extensions)
    # What a caller says here would be verified in place of the host that was decided about.
    extensions.pop("sni_hostname", None)
    if address:
        url = url.copy_with(host=address)
        extensions["sni_hostname"] = _place(request.url)[0]
    return httpx.Request(request.method, url, headers=headers, stream=request.stream, extensions=extensions)


class _Held(httpx.SyncByteStream):
    """The body of a response, whose line is lent out until it is closed."""

    def __init__(self, lines: _Lines[httpx.HTTPTransport], line: _Line[httpx.HTTPTransport]) -> None:
        self.stream: Any = None
        self._lines = lines
        self._line: _Line[httpx.HTTPTransport] | None = line

    def __iter__(self) -> Iterator[bytes]:
        yield from self.stream

    def close(self) -> None:
        try:
            self.stream.close()
        finally:
            self.let_go()

    def let_go(self) -> None:
        line, self._line = self._line, None
        for transport in self._lines.take_back(line) if line is not None else ():
            transport.close()


class _AsyncHeld(httpx.AsyncByteStream):
    """As _Held."""

    def __init__(self, lines: _Lines[httpx.AsyncHTTPTransport], line: _Line[httpx.AsyncHTTPTransport]) -> None:
        self.stream: Any = None
        self._lines = lines
        self._line: _Line[httpx.AsyncHTTPTransport] | None = line

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for part in self.stream:
            yield part

    async def aclose(self) -> None:
        try:
            await self.stream.aclose()
        finally:
            await self.let_go()

    async def let_go(self) -> None:
        line, self._line = self._line, None
        for transport in self._lines.take_back(line) if line is not None else ():
            await transport.aclose()
