"""The page of `capture intent`, in a real browser: what it shows, and that it asks for nothing."""

import json

import pytest
from browser import serve, tree


@pytest.fixture(scope="module")
def climbed(capture, tmp_path_factory):
    """The folder of a small ladder of the intender, and its report."""
    out = tmp_path_factory.mktemp("intent") / "intender"
    size = ("--families", 4, "--held-out", 2, "--wordings", 1, "--swaps", 6, "--threads", 1)
    return out, json.loads(capture("intent", "--model", "phantom:intender", "--out", out, *size, "--json"))


def test_the_page_needs_no_network_and_shows_every_claim(browser, climbed):
    out, report = climbed
    opened = serve(browser, out / "report.html")
    assert [line for line in opened.complaints.splitlines() if "favicon.ico" not in line] == []
    assert [path for path in opened.asked if path != "/favicon.ico"] == ["/page.html"]
    page = tree(opened.dom)
    assert page.all("html")[0].attributes.get("data-ready") == "yes"
    assert [s.attributes["id"] for s in page.all("section")] == ["verdict", "rungs", "claims", "declared", "runs"]
    verdict = page.all("section", id="verdict")[0].text
    assert report["sentence"] in verdict and report["verdict"]["because"] in verdict
    assert report["plan_sha256"] in page.all("section", id="declared")[0].text
    rungs = [rung for rung in report["rungs"] if rung["claims"]]
    figures = page.all("figure")
    assert [f.attributes["id"] for f in figures] == [f"rung-{rung['rung']}" for rung in rungs]
    for figure, rung in zip(figures, rungs, strict=True):
        rows = figure.all("tbody")[0].all("tr")
        assert len(rows) == len(rung["claims"])
        for row, claim in zip(rows, rung["claims"], strict=True):
            assert claim["name"] in row.text and row.text.rstrip().endswith(claim["outcome"] + claim.get("note", ""))
            assert claim["outcome"] == "not run" or f"{claim['lower']:.3f}" in row.text.replace("−", "-")
        families = [c for c in rung["claims"] if c["unit"] == "families" and c["name"] != "mass after the swap"]
        assert len(figure.classed("family")) == sum(c["n"] for c in families), "a dot a family"
