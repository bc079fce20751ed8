"""Executes a notebook, and keeps it with its outputs, also as a page."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbconvert import HTMLExporter

TIMEOUT = 24 * 3600  # seconds a cell


def execute(source: Path, out: Path, parameters: dict[str, str]) -> None:
    """Runs the notebook in its own folder, its parameters as environment variables; writes
    NAME.ipynb and NAME.html into `out`. Where a cell fails, what there is so far is written."""
    book = nbformat.read(source, as_version=4)
    folder = {"metadata": {"path": str(source.parent)}}
    client = NotebookClient(book, timeout=TIMEOUT, kernel_name="python3", resources=folder)
    environment = {
        "OPENBLAS_NUM_THREADS": "1",
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
    }
    environment |= dict(os.environ) | parameters | {"PYDEVD_DISABLE_FILE_VALIDATION": "1"}
    try:
        client.execute(env=environment)
    except CellExecutionError as failure:
        sys.exit(f"error: {source.name} failed\n{failure}")
    finally:
        nbformat.write(book, out / source.name)
    page, _ = HTMLExporter(mathjax_url="", require_js_url="", mermaid_js_url="").from_notebook_node(
        book
    )
    (out / f"{source.stem}.html").write_text(page, encoding="utf-8")
