"""The page of a report of probes, in a real browser: what it shows, with and without scripts,
and that it asks for nothing.

`scripts/browser.sh` finds one. Where there is none these tests are skipped, and say so.
"""

from __future__ import annotations

import copy
import json
import re
import subprocess
from pathlib import Path

import numpy as np
import probe_report
import pytest
from conftest import REPOSITORY
from matplotlib.image import imread
from browser import Opened, serve, tree

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
def opened(browser, page) -> Opened:
    return serve(browser, page)


def test_the_browser_shows_the_whole_page(opened, report):
    complaints = [line for line in opened.complaints.splitlines() if "favicon.ico" not in line]
    assert complaints == [], "the policy refuses something of the page, or the script failed"
    shown = tree(opened.dom)
    root = shown.all("html")[0]
    assert root.attributes.get("data-ready") == "yes", "the script did not run to its end"
    sections = [s.attributes["id"] for s in shown.all("section")]
    assert sections == [
        "verdict",
        "task",
        "figures",
        "layers",
        "roc",
        "scores",
        "baselines",
        "controls",
        "calibration",
        "control-tasks",
        "transfer",
        "samples",
        "warnings",
    ]
    verdict = shown.all("section", id="verdict")[0].text
    assert report["verdict"]["word"] in verdict
    for reason in report["verdict"]["because"] + report["verdict"]["change"]:
        assert reason in verdict
    for svg in shown.all("svg", role="img"):
        assert svg.attributes["aria-label"] and svg.all("desc")[0].text
    # One sample is shown, and the others can be chosen.
    samples = shown.classed("sample")
    assert ["hidden" in s.attributes for s in samples] == [False, True, True]
    options = shown.all("option")
    assert [o.text for o in options] == [s.all("summary")[0].text for s in samples]
    assert [b.text for b in shown.all("button")] == ["Previous", "Next"]


def test_nothing_is_asked_of_a_network(opened):
    """The page comes from a server that sees every request; the icon is the browser's own wish."""
    assert [path for path in opened.asked if path != "/favicon.ico"] == ["/page.html"]
    assert not re.search(r"(?:src|href)=[\"'](?!#)", opened.dom)


def test_the_page_without_scripts_has_everything(page):
    plain = tree(page.read_text(encoding="utf-8"))
    samples = plain.classed("sample")
    assert len(samples) == 3 and not any("hidden" in s.attributes for s in samples)
    figures = plain.all("figure")
    assert len(figures) == 8
    for f in figures:
        (svg,) = f.all("svg", role="img")
        title, desc = (
            svg.all("title", id=svg.attributes["aria-labelledby"]),
            svg.all("desc", id=svg.attributes["aria-describedby"]),
        )
        assert title[0].text and desc[0].text
        assert f.all("details")[0].all("td")


def test_hostile_texts_do_nothing_in_the_browser(browser, write, report):
    bad = copy.deepcopy(report)
    for text in (
        probe_report.HOSTILE,
        "<img src=x onerror=\"document.title='owned'\">",
        "'\"><svg onload=document.title='owned'>",
        "\u202e\u0000\u2028",
    ):
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


def test_hovers_and_the_choice_of_samples(browser, page):
    """A hand that the policy would refuse, so it is taken out of this copy: it clicks and points."""
    hand = """<script>
      document.querySelectorAll(".bar button")[1].click();
      const said = [];
      for (const what of [".samples details.sample:not([hidden]) .tokens span", "#matrix .cell", "#curve-1 .hit"]) {
        const at = document.querySelector(what);
        at.dispatchEvent(new PointerEvent("pointerover", {bubbles: true, clientX: 5, clientY: 5}));
        const tip = document.getElementById("tip");
        said.push(tip.hidden ? "" : tip.textContent);
      }
      document.querySelector("h1").dispatchEvent(new PointerEvent("pointerover", {bubbles: true}));
      said.push(document.getElementById("tip").hidden ? "hidden" : "shown");
      document.body.dataset.said = JSON.stringify(said);
    </script></body>"""
    text = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", page.read_text(encoding="utf-8"))
    touched = page.with_name("touched.html")
    touched.write_text(text.replace("</body>", hand), encoding="utf-8")
    dom, complaints = browser(touched.as_uri(), "--dump-dom")
    assert complaints == ""
    shown = tree(dom)
    token, cell, point, away = json.loads(shown.all("body")[0].attributes["data-said"])
    assert token == "0: none"
    assert re.fullmatch(
        r"trained on plain, tested on plain\nAUROC 0\.\d{3} \[0\.\d{3}, \d\.\d{3}\], n 240 in 80 groups", cell
    )
    assert point.startswith("blocks.0.hook_resid_mid\nAUROC 0.")
    assert away == "hidden"
    samples = shown.classed("sample")
    assert ["hidden" in s.attributes for s in samples] == [True, False, True]


# The ground, a card, and the colours of the positive and the negative class.
LIGHT = ((251, 251, 249), (255, 255, 255), (200, 80, 10), (0, 103, 168))
DARK = ((20, 23, 26), (27, 31, 35), (236, 124, 56), (74, 154, 222))


@pytest.mark.parametrize(("scheme", "colours"), [(1, LIGHT), (0, DARK)], ids=["light", "dark"])
def test_light_and_dark_are_painted(browser, write, report, tmp_path, scheme, colours):
    """Pixels of a page that has distributions alone: the ground, and bars of both classes."""
    ground, card, *classes = colours
    page = write({k: report[k] for k in ("version", "kind", "task", "scores")}, "scores")
    picture = tmp_path / "page.png"
    browser(
        page.as_uri(),
        "--window-size=1100,1200",
        f"--blink-settings=preferredColorScheme={scheme}",
        f"--screenshot={picture}",
    )
    pixels = imread(picture)[:, :, :3] * 255
    assert pixels.shape == (1200, 1100, 3)

    def painted(colour: np.ndarray) -> int:
        return int((np.abs(pixels - colour) < 3).all(axis=2).sum())

    assert painted(np.array(ground)) > 100_000 and painted(np.array(card)) > 100_000
    for colour in classes:  # bars let a quarter of the card through
        assert painted(0.75 * np.array(colour) + 0.25 * np.array(card)) > 2000


@pytest.mark.torture
def test_a_large_page_opens(browser, write):
    big = probe_report.full(layers=100, n=2000)
    tokens = [f" word{i}" for i in range(2000)]
    draw = np.random.default_rng(1)
    big["samples"] = [probe_report.sample(i, tokens, 1000, "lie", draw, 1) for i in range(8)]
    page = write(big, "big")
    assert page.stat().st_size < 6_000_000
    dom, complaints = browser(page.as_uri(), "--dump-dom")
    assert complaints == "" and 'data-ready="yes"' in dom
