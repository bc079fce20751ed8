"""The page of a report of probes, in a real browser: what it shows, with and without scripts,
and that it asks for nothing.

Debian's and Ubuntu's Chromium, Chrome or Edge; CAPTURE_BROWSER names another one. Where there
is none the tests are skipped, and say so.
"""

from __future__ import annotations

import copy
import json
import os
import re
import shutil
import struct
import subprocess
import threading
import zlib
from dataclasses import dataclass, field
from html.parser import HTMLParser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import probe_report
import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "microsoft-edge")
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


@pytest.fixture(scope="module")
def write(tmp_path_factory):
    """Writes the page of a report, and gives its path."""
    folder = tmp_path_factory.mktemp("pages")
    program = folder / "page"
    subprocess.run(["go", "build", "-o", program, "./scripts/page"], cwd=REPOSITORY, check=True, timeout=600)

    def made(report: dict, name: str) -> Path:
        done = subprocess.run([program], input=json.dumps(report).encode(), capture_output=True, timeout=600)
        assert done.returncode == 0, done.stderr.decode()
        path = folder / f"{name}.html"
        path.write_bytes(done.stdout)
        return path

    return made


@pytest.fixture(scope="module")
def report() -> dict:
    return probe_report.full()


@pytest.fixture(scope="module")
def page(write, report) -> Path:
    return write(report, "full")


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    """Runs a browser without a window on an address; gives what it printed and what it complained about."""
    named = os.environ.get("CAPTURE_BROWSER")
    found = shutil.which(named) if named else next(filter(None, map(shutil.which, BROWSERS)), None)
    if named and not found:
        pytest.fail(f"CAPTURE_BROWSER={named} is no program", pytrace=False)
    if not found:
        pytest.skip("no browser: apt-get install chromium, or name one with CAPTURE_BROWSER")

    def run(address: str, *flags: str) -> tuple[str, str]:
        # --no-sandbox: as root it does not start with it. The page is our own.
        home = tmp_path_factory.mktemp("profile")
        command = [found, "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
        command += ["--disable-component-update", "--disable-sync", "--hide-scrollbars", "--disable-dev-shm-usage", "--enable-logging=stderr"]
        done = subprocess.run([*command, f"--user-data-dir={home}", *flags, address], capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, done.stderr
        return done.stdout, "\n".join(line for line in done.stderr.splitlines() if "CONSOLE" in line)

    return run


def rgb(path: Path) -> tuple[int, int, list[bytes]]:
    """Width, height and rows of a PNG of 8 bits without interlacing, three or four bytes a pixel."""
    data, at, packed, width, height, channels = path.read_bytes(), 8, b"", 0, 0, 0
    while at < len(data):
        length, kind = struct.unpack(">I4s", data[at : at + 8])
        body = data[at + 8 : at + 8 + length]
        if kind == b"IHDR":
            width, height, depth, colour, _, _, interlaced = struct.unpack(">IIBBBBB", body)
            assert depth == 8 and colour in (2, 6) and not interlaced
            channels = 3 if colour == 2 else 4
        elif kind == b"IDAT":
            packed += body
        at += 12 + length
    raw, rows, before = zlib.decompress(packed), [], bytes(width * channels)
    stride = width * channels
    for y in range(height):
        line = bytearray(raw[y * (stride + 1) + 1 : (y + 1) * (stride + 1)])
        filtered = raw[y * (stride + 1)]
        for i in range(stride if filtered else 0):
            left, up = line[i - channels] if i >= channels else 0, before[i]
            corner = before[i - channels] if i >= channels else 0
            if filtered == 1:
                guess = left
            elif filtered == 2:
                guess = up
            elif filtered == 3:
                guess = (left + up) // 2
            else:
                near = left + up - corner
                guess = min((abs(near - left), 0, left), (abs(near - up), 1, up), (abs(near - corner), 2, corner))[2]
            line[i] = (line[i] + guess) & 255
        before = bytes(line)
        rows.append(b"".join(before[i : i + 3] for i in range(0, stride, channels)))
    return width, height, rows


def test_the_browser_shows_the_whole_page(browser, page, report):
    dom, complaints = browser(page.as_uri(), "--dump-dom")
    assert complaints == "", "the policy refuses something of the page, or the script failed"
    shown = tree(dom)
    root = shown.all("html")[0]
    assert root.attributes.get("data-ready") == "yes", "the script did not run to its end"
    sections = [s.attributes["id"] for s in shown.all("section")]
    assert sections == ["verdict", "task", "figures", "layers", "roc", "scores", "baselines", "controls", "calibration", "control-tasks", "transfer", "samples", "warnings"]
    verdict = shown.all("section", id="verdict")[0].text
    assert report["verdict"]["word"] in verdict
    for reason in report["verdict"]["because"] + report["verdict"]["change"]:
        assert reason in verdict
    for svg in shown.all("svg", role="img"):
        assert svg.attributes["aria-label"] and svg.all("desc")[0].text
    # One sample is shown, and the others can be chosen.
    samples = [d for d in shown.all("details") if "sample" in (d.attributes.get("class") or "").split()]
    assert ["hidden" in s.attributes for s in samples] == [False, True, True]
    options = shown.all("option")
    assert [o.text for o in options] == [s.all("summary")[0].text for s in samples]
    assert [b.text for b in shown.all("button")] == ["Previous", "Next"]


def test_the_page_without_scripts_has_everything(page):
    plain = tree(page.read_text(encoding="utf-8"))
    samples = [d for d in plain.all("details") if "sample" in (d.attributes.get("class") or "").split()]
    assert len(samples) == 3 and not any("hidden" in s.attributes for s in samples)
    figures = plain.all("figure")
    assert len(figures) == 8
    for f in figures:
        (svg,) = f.all("svg", role="img")
        title, desc = svg.all("title", id=svg.attributes["aria-labelledby"]), svg.all("desc", id=svg.attributes["aria-describedby"])
        assert title[0].text and desc[0].text
        assert f.all("details")[0].all("td")


def test_hostile_texts_do_nothing_in_the_browser(browser, write, report):
    bad = copy.deepcopy(report)
    for text in (probe_report.HOSTILE, "<img src=x onerror=\"document.title='owned'\">", "'\"><svg onload=document.title='owned'>", "\u202e\u0000\u2028"):
        bad["warnings"].append(text)
        bad["verdict"]["because"].append(text)
        bad["task"]["positive"]["name"] = text
        bad["curve"][0]["name"] = text
        bad["baselines"][0]["name"] = text
        bad["matrix"]["train"][0] = text
        bad["scores"][0]["name"] = text
        bad["samples"][0]["tokens"][5] = text
    dom, complaints = browser(write(bad, "hostile").as_uri(), "--dump-dom")
    assert complaints == ""
    shown = tree(dom)
    assert "owned" not in shown.all("title")[0].text
    assert not shown.all("img") and len(shown.all("script")) == 1
    assert probe_report.HOSTILE in shown.all("section", id="warnings")[0].text
    assert r"\u202e\u0000\u2028" in shown.all("section", id="warnings")[0].text


def test_nothing_is_asked_of_a_network(browser, page):
    """The page comes from a server of ours, which sees every request; the icon is the browser's own wish."""
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
        dom, _ = browser(f"http://127.0.0.1:{server.server_port}/page.html", "--dump-dom")
    finally:
        server.shutdown()
        server.server_close()
    assert 'data-ready="yes"' in dom
    assert [path for path in asked if path != "/favicon.ico"] == ["/page.html"]
    # What the policy is for: whatever a page of ours would ask for, nothing leaves.
    assert not re.search(r"(?:src|href)=[\"'](?!#)", dom)


def test_light_and_dark_are_painted(browser, page, tmp_path):
    """Pixels of the page as it is painted: the ground of each theme, and colours of both classes."""
    for scheme, ground, positive, negative in ((1, (251, 251, 249), (200, 80, 10), (0, 103, 168)), (0, (20, 23, 26), (236, 124, 56), (74, 154, 222))):
        picture = tmp_path / f"{scheme}.png"
        # From the scores on: a page is long.
        browser(f"{page.as_uri()}#scores", "--window-size=1100,700", f"--blink-settings=preferredColorScheme={scheme}", f"--screenshot={picture}")
        width, height, rows = rgb(picture)
        assert (width, height) == (1100, 700)
        assert tuple(rows[0][:3]) == ground
        seen = {row[i : i + 3] for row in rows for i in range(0, len(row), 3)}
        assert len(seen) > 50
        for colour in (positive, negative):
            # bars are painted with an opacity of 0.75 on the card
            assert any(all(abs(a - b) < 50 for a, b in zip(pixel, colour, strict=True)) for pixel in map(tuple, seen)), colour


@pytest.mark.torture
def test_a_large_page_opens(browser, write):
    big = probe_report.full(layers=100, n=2000)
    tokens = [f" word{i}" for i in range(2000)]
    draw = probe_report.np.random.default_rng(1)
    big["samples"] = [probe_report.sample(i, tokens, 1000, "lie", draw, 1) for i in range(8)]
    page = write(big, "big")
    assert page.stat().st_size < 6_000_000
    dom, complaints = browser(page.as_uri(), "--dump-dom")
    assert complaints == "" and 'data-ready="yes"' in dom
