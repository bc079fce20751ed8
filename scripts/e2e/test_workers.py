"""What goes wrong with a worker ends the run with its name, and the run can be gone on with."""

import contextlib
import json
import os
import signal
import socket
import socketserver
import subprocess

import pytest
from conftest import TIMEOUT, Run, wait_for, write_jsonl
from workers import alike, in_front_of, serving, start_worker

HOOKS = ("--hooks", "resid_post:0,14-16,-1")
LONG = (*HOOKS, "--max-tokens", "24", "--set", "capture.group=1", "--batch", "1")
ROWS = [{"id": f"r{i}", "prompt": f"Tell me a long story about number {i}."} for i in range(8)]


@pytest.fixture(scope="module")
def prompts(tmp_path_factory):
    return write_jsonl(tmp_path_factory.mktemp("rows") / "rows.jsonl", ROWS)


@pytest.fixture
def worker(capture):
    worker = start_worker(capture)
    yield worker
    worker.stop()


def begin(capture, *arguments):
    return subprocess.Popen(
        [str(capture.binary), *map(str, arguments)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=capture.home, env=capture.environment(),
    )  # fmt: skip


def fails(capture, code, *arguments):
    """What a command that fails says."""
    process = begin(capture, *arguments)
    out, err = process.communicate(timeout=TIMEOUT)
    assert process.returncode == code, (process.returncode, out, err)
    return err


def begin_run(capture, smollm2, prompts, out, address, *flags, silence=TIMEOUT):
    """A run under way that has committed a group and has others to come.

    silence: seconds; where a worker is not to be lost, more than a busy machine needs."""
    timeout = ("--set", f"engine.rpc_timeout={silence}")
    process = begin(capture, "run", "--model", smollm2, "--prompts", prompts, *LONG, *alike(capture), "--rpc", address, *timeout, *flags, "--out", out)
    journal = out / "journal.jsonl"
    wait_for(lambda: process.poll() is not None or journal.exists() and len(committed(journal)) >= 2)
    assert process.poll() is None, process.communicate()
    return process


def committed(journal):
    return [line for line in journal.read_text().splitlines() if '"number"' in line]


@pytest.fixture(scope="module")
def uninterrupted(capture, smollm2, prompts, tmp_path_factory):
    return capture.run(tmp_path_factory.mktemp("whole") / "run", smollm2, *LONG, *alike(capture), "--prompts", prompts)


def test_a_run_goes_on_after_its_worker_died(capture, smollm2, prompts, uninterrupted, worker, tmp_path):
    out = tmp_path / "run"
    process = begin_run(capture, smollm2, prompts, out, worker.address, "--gpu-layers", "15")
    worker.kill()
    _, err = process.communicate(timeout=TIMEOUT)
    assert process.returncode == 3, err
    assert f"worker {worker.address}: has ended" in err
    assert f"`capture worker` with --listen {worker.address}" in err and f"capture resume {out}" in err

    gone = fails(capture, 1, "resume", out)
    assert f"worker {worker.address}: cannot be reached: nothing listens there" in gone

    again = start_worker(capture, worker.address)
    try:
        capture("resume", out)
    finally:
        again.stop()
    assert Run(out).activations.equals(uninterrupted.activations)
    assert [p.read_bytes() for p in Run(out).files("activations")] == [p.read_bytes() for p in uninterrupted.files("activations")]
    capture("verify", out)


def test_a_run_goes_on_with_a_worker_elsewhere(capture, smollm2, prompts, uninterrupted, worker, tmp_path):
    out = tmp_path / "run"
    process = begin_run(capture, smollm2, prompts, out, worker.address)
    worker.kill()
    process.communicate(timeout=TIMEOUT)
    other = start_worker(capture)
    try:
        assert "names 2 workers, the run has 1" in fails(capture, 2, "resume", out, "--rpc", f"{other.address},{other.address}")
        capture("resume", out, "--rpc", other.address)
    finally:
        other.stop()
    assert Run(out).activations.equals(uninterrupted.activations)


def test_a_worker_that_stalls_is_named(capture, smollm2, prompts, worker, tmp_path):
    out = tmp_path / "run"
    process = begin_run(capture, smollm2, prompts, out, worker.address, silence=10)
    worker.stall()
    _, err = process.communicate(timeout=TIMEOUT)
    assert process.returncode == 3, err
    assert f"worker {worker.address}: has stalled: it has said nothing for 10s" in err
    assert f"capture resume {out}" in err


def test_a_device_that_fails_ends_the_run_in_llama_cpps_words(capture, smollm2, prompts, uninterrupted, worker, tmp_path):
    """The worker lives and beats, and what is asked of its device fails: as with a card that vanished."""
    out = tmp_path / "run"
    with in_front_of(worker, lambda info: info) as front:
        process = begin_run(capture, smollm2, prompts, out, front.address)
        front.cut()
        _, err = process.communicate(timeout=TIMEOUT)
    assert process.returncode == 3, err
    assert "error: llama.cpp cannot go on: Remote RPC server crashed" in err
    assert "capture doctor" in err and f"capture resume {out}" in err
    capture("resume", out, "--rpc", worker.address)
    assert Run(out).activations.equals(uninterrupted.activations)


def test_an_interrupt_ends_a_run_on_a_worker_in_good_order(capture, smollm2, prompts, uninterrupted, worker, tmp_path):
    out = tmp_path / "run"
    process = begin_run(capture, smollm2, prompts, out, worker.address)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=TIMEOUT)
    assert process.returncode == 130, err
    manifest = json.loads((out / "manifest.json").read_text())
    assert manifest["status"] == "interrupted"
    capture("resume", out)
    assert Run(out).activations.equals(uninterrupted.activations)


def test_a_worker_serves_one_run_after_the_other(capture, smollm2, worker, tmp_path):
    many = write_jsonl(tmp_path / "many.jsonl", [{"id": f"m{i}", "prompt": f"Tell me about {i}."} for i in range(500)])
    first = begin_run(capture, smollm2, many, tmp_path / "first", worker.address)
    err = fails(capture, 1, "run", "--model", smollm2, "--prompt", "Hello", *HOOKS, "--rpc", worker.address, "--out", tmp_path / "second")
    assert f"worker {worker.address} works for another client" in err and "another port" in err
    assert not (tmp_path / "second").exists()
    first.send_signal(signal.SIGINT)
    assert first.wait(timeout=TIMEOUT) == 130, first.communicate()
    capture("run", "--model", smollm2, "--prompt", "Hello", "--max-tokens", 1, *HOOKS, "--rpc", worker.address, "--out", tmp_path / "second")


def test_a_worker_of_another_version_is_refused(capture, smollm2, worker, tmp_path):
    for key, value in (("engine", "0.4.9"), ("ggml", "0.25.2"), ("rpc", "6.0.0")):
        with in_front_of(worker, lambda info, k=key, v=value: info | {k: v}) as address:
            err = fails(capture, 1, "run", "--model", smollm2, "--prompt", "Hello", "--rpc", address, "--out", tmp_path / "run")
        assert f"worker {address} is of another version" in err
        assert value in err and worker.info[key] in err
        assert not (tmp_path / "run").exists()


def test_what_is_no_worker_is_refused(capture, smollm2, tmp_path):
    class Web(socketserver.BaseRequestHandler):
        def handle(self):
            self.request.recv(100)
            self.request.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    with serving(Web) as address:
        err = fails(capture, 1, "run", "--model", smollm2, "--prompt", "Hello", "--rpc", address, "--out", tmp_path / "run")
    assert f"worker {address}: is no capture worker" in err and f"`capture worker` with --listen {address}" in err


def test_layers_that_do_not_fit_are_refused_with_a_number_that_does(capture, smollm2, worker, tmp_path):
    def small(info):
        for device in info["devices"]:
            device["memory_free"] = 340 << 20
        return info

    common = ("run", "--model", smollm2, "--prompt", "Hello", "--max-tokens", "2", *HOOKS)
    with in_front_of(worker, small) as address:
        err = fails(capture, 1, *common, "--rpc", address, "--gpu-layers", "all", "--ctx", "1000", "--batch", "4", "--out", tmp_path / "all")
        assert "31 layers of model" in err and "on RPC0, where 0.3 GiB are free" in err
        fits = int(err.split("--gpu-layers ")[1].split(",")[0])
        assert 0 < fits < 31
        capture(*common, "--rpc", address, "--gpu-layers", fits, "--ctx", 1000, "--out", tmp_path / "fits")
        auto = capture.run(tmp_path / "auto", smollm2, "--max-tokens", 2, *HOOKS, "--rpc", address, "--ctx", 1000, "--batch", 4, prompts=["Hello"])
        placed = auto.manifest["spec"]["engine"]["gpu_layers"]
        assert 0 < placed <= 31


def test_layers_without_a_device_are_refused(capture, smollm2, tmp_path):
    err = fails(capture, 2, "run", "--model", smollm2, "--prompt", "Hello", "--gpu-layers", "3", "--device", "none", "--out", tmp_path / "run")
    assert "there is no accelerator" in err and "--rpc" in err
    err = fails(capture, 2, "run", "--model", smollm2, "--prompt", "Hello", "--device", "CUDA7", "--out", tmp_path / "run")
    assert 'names "CUDA7", which is not there' in err and "capture doctor" in err


@pytest.mark.parametrize("address", ["127.0.0.1", "[::1]:50052", "127.0.0.1:0", ":50052"])
def test_addresses_that_are_none(capture, smollm2, address, tmp_path):
    assert "is not HOST:PORT" in fails(capture, 1, "run", "--model", smollm2, "--prompt", "Hello", "--rpc", address, "--out", tmp_path / "run")


def test_a_worker_listens_on_loopback_unless_told_otherwise(capture):
    err = fails(capture, 2, "worker", "--listen", "0.0.0.0:0")
    assert "no authentication" in err and "--network" in err
    open_to_all = start_worker(capture, "0.0.0.0:0", "--network")
    said = open_to_all.stop()
    assert "warning: anyone who reaches 0.0.0.0:" in said


def test_a_taken_port_is_said(capture, worker):
    assert "choose another --listen" in fails(capture, 2, "worker", "--listen", worker.address)


def test_doctor_asks_workers(capture, worker):
    told = json.loads(capture("doctor", "--json", "--rpc", worker.address))
    assert told["workers"][0]["devices"] == worker.info["devices"] or told["workers"][0]["devices"][0]["name"] == "CPU"
    assert not any(worker.address in p["problem"] for p in told["problems"])
    worker.kill()
    told = json.loads(capture("doctor", "--json", "--rpc", worker.address))
    assert any(f"worker {worker.address}: cannot be reached" in p["problem"] for p in told["problems"])


def test_a_worker_that_nobody_greets_properly_lives_on(capture, worker):
    host, port = worker.address.split(":")
    for text in (b"GET / HTTP/1.1\r\n\r\n", os.urandom(64), b"\x0e" + os.urandom(200), b"\x0e"):
        with socket.create_connection((host, int(port))) as conn:
            conn.settimeout(TIMEOUT)
            with contextlib.suppress(OSError):  # closed with bytes unread
                conn.sendall(text)
                conn.shutdown(socket.SHUT_WR)
                conn.recv(64)
    capture("doctor", "--rpc", worker.address)
    assert worker.process.poll() is None
