"""Pages for a browser: what they hold, and what a browser makes of them."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from html.parser import HTMLParser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

VOID = {"meta", "br", "link", "img", "input", "hr", "base"}


@dataclass
class Node:
    """An element of a page."""

    tag: str
    attributes: dict[str, str | None]
    children: list[Node | str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "".join(c if isinstance(c, str) else c.text for c in self.children)

    def all(self, tag: str = "", **attributes: str) -> list[Node]:
        found = []
        for c in self.children:
            if isinstance(c, Node):
                if tag in ("", c.tag) and all(c.attributes.get(k.rstrip("_")) == v for k, v in attributes.items()):
                    found.append(c)
                found += c.all(tag, **attributes)
        return found

    def classed(self, name: str) -> list[Node]:
        return [n for n in self.all() if name in (n.attributes.get("class") or "").split()]


class Tree(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open = [Node("", {})]

    def handle_starttag(self, tag, attrs):
        node = Node(tag, dict(attrs))
        self.open[-1].children.append(node)
        if tag not in VOID:
            self.open.append(node)

    def handle_endtag(self, tag):
        assert self.open[-1].tag == tag, f"</{tag}> ends <{self.open[-1].tag}>"
        self.open.pop()

    def handle_data(self, data):
        self.open[-1].children.append(data)


def tree(text: str) -> Node:
    parser = Tree()
    parser.feed(text)
    parser.close()
    assert len(parser.open) == 1, [n.tag for n in parser.open]
    return parser.open[0]


@dataclass
class Opened:
    """A page that a browser opened: what it made of it, its complaints, and what it asked our server for."""

    dom: str
    complaints: str
    asked: list[str]


def serve(browser, page: Path) -> Opened:
    """Opens a page from a server that sees every request."""
    asked = []

    class Server(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            found = self.path == "/page.html"
            self.send_response(200 if found else 404)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            if found:
                self.wfile.write(page.read_bytes())

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Server)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        dom, complaints = browser(f"http://127.0.0.1:{server.server_port}/page.html", "--dump-dom")
    finally:
        server.shutdown()
        server.server_close()
    return Opened(dom, complaints, asked)
