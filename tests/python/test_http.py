"""Requests go where they were decided to go: each is a call of its own, to the addresses that were judged."""

import asyncio
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
import toolgate
import toolgate.http
import trustme
from toolgate import ApprovalRequired, Gate, ToolDenied
from toolgate.http import AsyncPinnedTransport, PinError, PinnedTransport, guarded_async_client, guarded_client, pins_of

POLICY = """
network:
  resolve: static
  hosts:
    api.example: [127.0.0.1]
    other.example: [127.0.0.1]
    deaf-first.example: [127.0.0.2, 127.0.0.1]
    deaf.example: [127.0.0.2]
    inside.example: [169.254.169.254]
    münchen.example: [127.0.0.1]
tools:
  http.request: { decision: allow, allowed_ip_ranges: [127.0.0.1, 127.0.0.2] }
rules:
  - { id: no-secrets, when: 'has(args.body) && args.body.contains("secret")', decision: deny }
  - { id: ask, match: { action: http.request, args: { method: DELETE } }, decision: require_approval }
  - { id: guests, match: { principal: { id: guest } }, decision: deny }
"""

UNASKED = "tools: { http.request: { decision: allow, allowed_ip_ranges: [127.0.0.1] } }"


class Server:
    """Answers on the loopback, and remembers what it was asked."""

    def __init__(self, context: ssl.SSLContext | None = None) -> None:
        self.seen: list[tuple[str, str, str]] = []
        self.connections = 0
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def setup(self) -> None:
                server.connections += 1
                super().setup()

            def answer(self) -> None:
                self.rfile.read(int(self.headers.get("Content-Length", 0)))
                while self.headers.get("Transfer-Encoding") == "chunked":
                    size = int(self.rfile.readline(), 16)
                    self.rfile.read(size + 2)
                    if size == 0:
                        break
                server.seen.append((self.command, self.headers["Host"], self.path))
                where = self.path.partition("?to=")[2]
                self.send_response(302 if where else 200)
                if where:
                    self.send_header("Location", where)
                body = b"hello" * (1_000_000 if self.path == "/large" else 1)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_GET = do_POST = do_DELETE = answer

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        if context is not None:
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self.port = self._server.server_address[1]
        # A handshake that the client breaks off is no fault of the server.
        self._server.handle_error = lambda *_: None  # type: ignore[method-assign]
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    def url(self, host: str, path: str = "/", scheme: str = "http") -> str:
        return f"{scheme}://{host}:{self.port}{path}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def server() -> Iterator[Server]:
    one = Server()
    yield one
    one.close()


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def secure(authority: trustme.CA) -> Iterator[Server]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("api.example").configure_cert(context)
    one = Server(context)
    yield one
    one.close()


@pytest.fixture
def trusting(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context


@pytest.fixture
def gate() -> Gate:
    return Gate.from_yaml(POLICY, audit=False)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names that somebody looked up: each leads to a metadata service, as after a rebinding."""
    names: list[str] = []
    real = socket.getaddrinfo

    def rebound(host: Any, port: Any, *rest: Any, **more: Any) -> Any:
        text = host.decode() if isinstance(host, bytes) else str(host)
        if text.replace(".", "").isdigit():
            return real(host, port, *rest, **more)
        names.append(text)
        return real("169.254.169.254", port, *rest, **more)

    monkeypatch.setattr(socket, "getaddrinfo", rebound)
    return names


def test_a_request_goes_to_the_address_that_was_judged(gate: Gate, server: Server, asked: list[str]) -> None:
    with guarded_client(gate) as client:
        response = client.get(server.url("api.example", "/a?b"))
    assert (response.text, server.seen) == ("hello", [("GET", f"api.example:{server.port}", "/a?b")])
    assert str(response.url) == server.url("api.example", "/a?b")
    assert asked == []


def test_without_pins_the_client_would_have_been_led_astray(server: Server, asked: list[str]) -> None:
    with httpx.Client(timeout=0.2) as client, pytest.raises(httpx.TransportError):
        client.get(server.url("api.example"))
    assert asked == ["api.example"]


def test_an_international_name_goes_by_its_ascii_form(gate: Gate, server: Server, asked: list[str]) -> None:
    with guarded_client(gate) as client:
        assert client.get(server.url("münchen.example")).text == "hello"
    assert (server.seen[0][1], asked) == (f"xn--mnchen-3ya.example:{server.port}", [])


def test_what_may_not_be_sent_is_not_sent(gate: Gate, server: Server) -> None:
    with guarded_client(gate) as client:
        with pytest.raises(ToolDenied) as denied:
            client.get(server.url("inside.example"))
        assert denied.value.decision.code == "net.private_address"
        with pytest.raises(ToolDenied) as denied:
            client.get(server.url("unknown.example"))
        assert denied.value.decision.code == "net.unresolved_host"
        with pytest.raises(ApprovalRequired):
            client.delete(server.url("api.example"))
        with pytest.raises(ToolDenied) as denied:
            client.post(server.url("api.example"), content="a secret")
        assert denied.value.decision.rules[0] == "no-secrets"
    assert server.seen == []


@pytest.mark.parametrize(
    ("target", "code"),
    [
        ("http://169.254.169.254/latest/meta-data/", "net.private_address"),
        ("http://inside.example/", "net.private_address"),
        ("http://[::ffff:169.254.169.254]/", "net.private_address"),
        ("http://2852039166/", "net.private_address"),
        ("http://unknown.example/", "net.unresolved_host"),
    ],
)
def test_a_redirect_is_a_call_of_its_own(gate: Gate, server: Server, target: str, code: str) -> None:
    with guarded_client(gate, follow_redirects=True) as client, pytest.raises(ToolDenied) as denied:
        client.get(server.url("api.example", f"/?to={target}"))
    assert denied.value.decision.code == code
    assert len(server.seen) == 1


def test_a_redirect_to_an_allowed_place_is_followed(gate: Gate, server: Server, asked: list[str]) -> None:
    with guarded_client(gate, follow_redirects=True) as client:
        response = client.get(server.url("api.example", f"/?to={server.url('other.example', '/b')}"))
    assert response.text == "hello"
    assert [host for _, host, _ in server.seen] == [f"api.example:{server.port}", f"other.example:{server.port}"]
    assert asked == []


def test_each_request_is_recorded_with_its_outcome(server: Server, tmp_path: Path) -> None:
    gate = Gate.from_yaml(POLICY, audit=tmp_path / "audit")
    with guarded_client(gate, principal="agent:web", session="run-7", follow_redirects=True) as client:
        client.get(server.url("api.example", f"/?to={server.url('other.example')}"))
        with pytest.raises(httpx.ConnectError):
            client.get("http://deaf.example:1/")
    lines = [line for file in (tmp_path / "audit").glob("*.jsonl") for line in file.read_text().splitlines()]
    decisions = [line for line in lines if '"event":"decision"' in line]
    executions = [line for line in lines if '"event":"execution"' in line]
    assert (len(decisions), len(executions)) == (3, 3)
    assert all('"actor":"agent:web"' in line and '"session":"run-7"' in line for line in decisions)
    assert ["failed" in line for line in executions] == [False, False, True]


def test_who_asks_may_come_from_the_context(gate: Gate, server: Server) -> None:
    with toolgate.context(principal="guest"), guarded_client(gate) as client, pytest.raises(ToolDenied):
        client.get(server.url("api.example"))

    async def ask() -> None:
        async with guarded_async_client(gate) as client:
            with toolgate.context(principal="guest"):
                await client.get(server.url("api.example"))

    with pytest.raises(ToolDenied):
        asyncio.run(ask())
    assert server.seen == []


def test_the_next_address_is_tried_if_one_is_deaf(gate: Gate, server: Server) -> None:
    with guarded_client(gate) as client:
        assert client.post(server.url("deaf-first.example"), content="x").text == "hello"


def test_connections_are_kept_for_the_same_host_alone(gate: Gate, server: Server) -> None:
    with guarded_client(gate) as client:
        for host in ("api.example", "api.example", "other.example"):
            assert client.get(server.url(host)).text == "hello"
    assert server.connections == 2


def test_the_certificate_has_to_be_the_names(gate: Gate, secure: Server, trusting: ssl.SSLContext) -> None:
    with guarded_client(gate, verify=trusting) as client:
        assert client.get(secure.url("api.example", scheme="https")).text == "hello"
        # The same address and port, over which a verified connection is open.
        with pytest.raises(httpx.ConnectError, match="certificate"):
            client.get(secure.url("other.example", scheme="https"))
    with guarded_client(gate) as client, pytest.raises(httpx.ConnectError, match="certificate"):
        client.get(secure.url("api.example", scheme="https"))
    assert len(secure.seen) == 1


def test_neither_the_host_nor_the_certificate_can_be_talked_away(
    gate: Gate, secure: Server, server: Server, trusting: ssl.SSLContext
) -> None:
    with guarded_client(gate, verify=trusting) as client:
        with pytest.raises(httpx.ConnectError, match="certificate"):
            client.get(secure.url("other.example", scheme="https"), extensions={"sni_hostname": "api.example"})
        client.get(server.url("api.example"), headers={"Host": "internal.example"})
    # A place that was not pinned either.
    by_name = Gate.from_yaml(
        "tools: { http.request: { decision: allow, allowed_ip_ranges: [127.0.0.1] } }", audit=False
    )
    with guarded_client(by_name, verify=trusting) as client, pytest.raises(httpx.ConnectError, match="certificate"):
        client.get(secure.url("127.0.0.1", scheme="https"), extensions={"sni_hostname": "api.example"})
    assert server.seen[0][1] == f"api.example:{server.port}"


def test_coroutines_are_guarded_alike(gate: Gate, server: Server, asked: list[str]) -> None:
    async def ask() -> tuple[str, str]:
        async with guarded_async_client(gate, follow_redirects=True) as client:
            text = (await client.get(server.url("api.example", f"/?to={server.url('deaf-first.example')}"))).text
            with pytest.raises(ToolDenied) as denied:
                await client.get(server.url("api.example", "/?to=http://169.254.169.254/"))
            return text, denied.value.decision.code

    assert asyncio.run(ask()) == ("hello", "net.private_address")
    assert (len(server.seen), asked) == (3, [])


def test_a_pinned_transport_refuses_every_other_host(gate: Gate, server: Server, asked: list[str]) -> None:
    pins = pins_of(gate.guard("http.request", {"url": server.url("api.example")}))
    assert pins == {("api.example", server.port): ("127.0.0.1",)}
    with httpx.Client(transport=PinnedTransport(pins), follow_redirects=True) as client:
        assert client.get(server.url("api.example")).text == "hello"
        assert client.get(server.url("API.example.")).text == "hello"
        for url in (
            server.url("other.example"),
            server.url("127.0.0.1"),
            "http://api.example/",
            server.url("api.example", f"/?to={server.url('other.example')}"),
        ):
            with pytest.raises(PinError):
                client.get(url)
    assert (len(server.seen), asked) == (3, [])

    async def ask() -> str:
        async with httpx.AsyncClient(transport=AsyncPinnedTransport(pins)) as client:
            with pytest.raises(PinError):
                await client.get(server.url("other.example"))
            return (await client.get(server.url("api.example"))).text

    assert asyncio.run(ask()) == "hello"


def test_a_pin_without_addresses_leads_nowhere(server: Server, asked: list[str]) -> None:
    with httpx.Client(transport=PinnedTransport({("api.example", server.port): ()})) as client:
        with pytest.raises(PinError):
            client.get(server.url("api.example"))
    assert asked == []


def test_where_names_are_not_looked_up_pins_may_be_demanded(server: Server) -> None:
    gate = Gate.from_yaml(UNASKED, audit=False)
    with guarded_client(gate) as client:
        assert client.get(server.url("localhost")).text == "hello"
    with guarded_client(gate, require_pins=True) as client:
        with pytest.raises(PinError):
            client.get(server.url("localhost"))
        assert client.get(server.url("127.0.0.1")).text == "hello"


def test_a_call_that_is_not_about_the_url_sends_nothing(server: Server) -> None:
    gate = Gate.from_yaml("tools: { get_time: { decision: allow } }", audit=False)
    with guarded_client(gate, tool="get_time") as client, pytest.raises(PinError):
        client.get(server.url("api.example"))


def test_a_body_that_nobody_saw_is_no_text(gate: Gate, server: Server) -> None:
    with guarded_client(gate) as client:
        assert client.post(server.url("api.example"), content=b"\xff\xfe").text == "hello"
        assert client.post(server.url("api.example"), content=iter([b"a", b"b"])).text == "hello"
        assert client.post(server.url("api.example"), content=b"x" * (1 << 20)).text == "hello"


def test_lines_that_are_not_used_for_long_are_closed(
    gate: Gate, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(toolgate.http, "_LINES_MAX", 1)
    with guarded_client(gate) as client:
        with client.stream("GET", server.url("api.example", "/large")) as held:
            assert client.get(server.url("other.example")).text == "hello"
            assert len(held.read()) == 5_000_000
        assert client.get(server.url("api.example")).text == "hello"
    assert server.connections == 3


@pytest.mark.parametrize("name", ["transport", "mounts", "proxy"])
def test_nothing_leads_around_the_gate(gate: Gate, name: str) -> None:
    unlawful: dict[str, Any] = {name: None}
    with pytest.raises(TypeError, match=name):
        guarded_client(gate, **unlawful)
    with pytest.raises(TypeError, match=name):
        guarded_async_client(gate, **unlawful)


def test_a_proxy_of_the_environment_is_not_used(
    gate: Gate, server: Server, monkeypatch: pytest.MonkeyPatch, asked: list[str]
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://proxy.example:1")
    monkeypatch.setenv("ALL_PROXY", "http://proxy.example:1")
    with guarded_client(gate) as client:
        assert client.get(server.url("api.example")).text == "hello"
    assert asked == []
    with pytest.raises(TypeError, match="proxy"):
        PinnedTransport({}, proxy="http://proxy.example:1")


def test_without_httpx_it_says_what_to_install() -> None:
    program = "import sys; sys.modules['httpx'] = None; import toolgate; import toolgate.http"
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False)
    assert run.stderr.splitlines()[-1] == "ImportError: toolgate.http needs httpx: pip install toolgate[httpx]"
