"""Directions against NumPy and scikit-learn, read with the safetensors and gguf libraries."""

import json
from functools import cache

import gguf
import numpy as np
import pytest
from conftest import REPOSITORY, write_jsonl
from safetensors import safe_open
from safetensors.numpy import load_file
from sklearn.covariance import ledoit_wolf

PAIRS = 20
POINT = "blocks.3.hook_resid_post"
POINTS = [f"blocks.{layer}.hook_resid_post" for layer in range(5)]
CLASSES = ("--label", "label", "--positive", "lie", "--negative", "mistake")
# Sums are in double precision, of float32 rows, and written as float32.
CLOSE = {"rtol": 2e-6, "atol": 2e-6}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("vectors")


@pytest.fixture(scope="module")
def phantom(capture, folder):
    """Runs of the same pairs with other flags."""
    prompts = folder / "pairs.jsonl"
    prompts.write_text(capture("phantom", "prompts", "--cause", "lie", "--n", PAIRS, "--seed", 31, "--matched"))

    @cache
    def run(name, *flags):
        flags = ("--prompts", prompts, "--set", "pairs.differ=user", "--max-tokens", 4, "--hooks", "resid_post", *flags)
        return capture.run(folder / name, "phantom", *flags)

    return run


@pytest.fixture(scope="module")
def make(capture, folder):
    """Makes directions of a run, and reads them as anybody can."""

    def made(name, run, *flags, classes=CLASSES):
        path = folder / f"{name}.safetensors"
        capture("vector", "make", run.directory, *classes, *flags, "--out", path)
        with safe_open(path, "numpy") as file:
            return load_file(path), json.loads(file.metadata()["capture"])

    return made


def items(run, choose=lambda sample: range(sample["rows"]), pool="mean", point=POINT):
    """The rows of each class after pooling, in float64, and the pair of each."""
    states = run.flat(point).astype(np.float64)
    out = {"lie": ([], []), "mistake": ([], [])}
    for sample in run.samples:
        rows = states[sample["first_row"] + np.array(choose(sample), dtype=int)]
        if len(rows) == 0:
            continue
        pooled = {"mean": rows.mean(0)[None], "last": rows[-1:], "max": rows.max(0)[None], "none": rows}[pool]
        out[sample["label"]][0].append(pooled)
        out[sample["label"]][1].append(sample["pair"])
    return {label: (np.concatenate(rows), pairs) for label, (rows, pairs) in out.items()}


def check_statistics(tensors, got, name=POINT):
    """Class means, deviation along the vector and covariance, whatever made the vector."""
    positive, negative = got["lie"][0], got["mistake"][0]
    rows = np.concatenate([positive, negative])
    vector = tensors[name].astype(np.float64)
    np.testing.assert_allclose(tensors[f"{name}.positive"], positive.mean(0), **CLOSE)
    np.testing.assert_allclose(tensors[f"{name}.negative"], negative.mean(0), **CLOSE)
    along = rows @ vector / np.linalg.norm(vector)
    np.testing.assert_allclose(tensors[f"{name}.sd"], along.std(ddof=1), rtol=1e-5)
    c = tensors[f"{name}.covariance"].astype(np.float64)
    return c.T @ c, np.cov(rows.T)


ANSWER = {
    "all": lambda s: range(s["rows"]),
    "prompt[-1]": lambda s: [s["prompt_tokens"] - 1],
    "response[1:]": lambda s: range(s["prompt_tokens"] + 1, s["rows"]),
    "prompt[-3:] | response[0]": lambda s: range(s["prompt_tokens"] - 3, s["prompt_tokens"] + 1),
}


@pytest.mark.parametrize("tokens", ANSWER)
@pytest.mark.parametrize("pool", ["mean", "last", "max"])
def test_mean(phantom, make, tokens, pool):
    run = phantom("whole")
    tensors, meta = make(f"mean-{pool}-{tokens}", run, "--tokens", tokens, "--pool", pool)
    parts = ("", ".positive", ".negative", ".sd", ".covariance")
    assert set(tensors) >= {p + part for p in POINTS[2:] for part in parts}
    for point in POINTS:
        got = items(run, ANSWER[tokens], pool, point)
        if point not in tensors:  # no attention before block 2: pairs that say the same words have the same rows
            means = got["lie"][0].mean(0), got["mistake"][0].mean(0)
            assert point in POINTS[:2] and np.linalg.norm(means[0] - means[1]) < 2e-6 * np.linalg.norm(means[0])
            continue
        np.testing.assert_allclose(tensors[point], got["lie"][0].mean(0) - got["mistake"][0].mean(0), **CLOSE)
        ours, exact = check_statistics(tensors, got, point)
        np.testing.assert_allclose(ours, exact, rtol=1e-4, atol=1e-5 * np.abs(exact).max())
    assert (meta["how"], meta["pooling"], meta["tokens"], meta["label"]) == ("mean", pool, tokens, "column label")
    assert meta["positive"] == {"name": "lie", "n": PAIRS, "rows": PAIRS}
    assert meta["model"]["sha256"] == run.manifest["model"]["sha256"] and meta["d_model"] == 128


def test_a_run_that_has_a_part_of_the_tokens(phantom, make):
    """The places of tokens that the run has not are counted."""
    run = phantom("part", "--tokens", "prompt[-3:] | response")
    whole, _ = make("of-whole", phantom("whole"), "--tokens", "prompt[-2] | response[1]")
    part, _ = make("of-part", run, "--tokens", "prompt[-2] | response[1]")
    for name, values in whole.items():
        np.testing.assert_allclose(part[name], values, rtol=1e-3, atol=1e-3)  # other batches, other kernels
    expected = items(run, lambda s: [1, 4])
    np.testing.assert_allclose(part[POINT], expected["lie"][0].mean(0) - expected["mistake"][0].mean(0), **CLOSE)


def test_float16_and_rows_that_are_not_pooled(phantom, make):
    run = phantom("half", "--dtype", "float16")
    assert run.states(POINT).dtype == np.float16
    tensors, meta = make("half", run, "--pool", "none", "--points", POINT, "--name", "lie", "--covariance", 256)
    got = items(run, pool="none")
    np.testing.assert_allclose(tensors["lie"], got["lie"][0].mean(0) - got["mistake"][0].mean(0), **CLOSE)
    ours, exact = check_statistics(tensors, got, "lie")
    assert len(run.activations) > 256 and tensors["lie.covariance"].shape == (256, 128)
    # A sketch has the covariance up to sampling: errors of about 1/√256 of the trace, and a
    # trace that is within a few percent.
    assert abs(np.trace(ours) / np.trace(exact) - 1) < 0.15
    assert np.linalg.norm(ours - exact) / np.trace(exact) < 0.15
    assert meta["positive"]["n"] == PAIRS and meta["positive"]["rows"] == len(got["lie"][0])


@pytest.mark.parametrize("pool", ["mean", "last"])
def test_reductions(phantom, make, pool):
    """Of a run that wrote reductions alone."""
    reduced = phantom("reduced", "--set", "capture.reduce=mean,last", "--set", "capture.rows=false", "--tokens", "response")
    assert len(reduced.activations) == 0
    tensors, _ = make(f"reduced-{pool}", reduced, "--pool", pool)
    table = reduced.samples_table
    states = table[f"{POINT}.{pool}"].combine_chunks().to_numpy_ndarray().astype(np.float64)
    lies = np.array([s["label"] == "lie" for s in reduced.samples])
    np.testing.assert_allclose(tensors[POINT], states[lies].mean(0) - states[~lies].mean(0), **CLOSE)


def same_line(ours, theirs):
    """Two directions are one, but for norm and sign."""
    ours, theirs = (x.astype(np.float64) / np.linalg.norm(x) for x in (ours, theirs))
    assert np.linalg.norm(ours - np.sign(ours @ theirs) * theirs) < 2e-6


@pytest.mark.parametrize("tokens", ["all", "prompt[-1]"])
def test_pca_of_pairs(phantom, make, tokens):
    run = phantom("whole")
    tensors, meta = make(f"pca-{tokens}", run, "--how", "pca", "--tokens", tokens)
    for point in POINTS[2:]:
        got = items(run, ANSWER[tokens], "mean", point)
        (lies, lie_pairs), (mistakes, mistake_pairs) = got["lie"], got["mistake"]
        assert lie_pairs == mistake_pairs
        differences = lies - mistakes
        _, values, rows = np.linalg.svd(differences)
        same_line(tensors[point], rows[0])
        assert tensors[point] @ differences.mean(0) >= 0
        figures = meta["figures"][point]
        assert figures["pairs"] == PAIRS
        np.testing.assert_allclose(figures["explained"], [values[0] ** 2 / (values**2).sum()], rtol=1e-6)
        check_statistics(tensors, got, point)


def test_pca_without_pairs(phantom, make):
    """The differences of every positive with every negative item."""
    run = phantom("whole")
    got = items(run, pool="none")
    differences = (got["lie"][0][:, None] - got["mistake"][0][None]).reshape(-1, 128)
    moment = differences.T @ differences
    tensors, meta = make("unpaired", alone(phantom, run), "--how", "pca", "--rank", 3, "--pool", "none", "--points", POINT)
    found = tensors[POINT].astype(np.float64)
    values, vectors = np.linalg.eigh(moment)
    for ours, theirs in zip(found, vectors.T[::-1], strict=False):
        same_line(ours, theirs)
    np.testing.assert_allclose(found @ found.T, np.eye(3), atol=1e-6)
    np.testing.assert_allclose(meta["figures"][POINT]["explained"], values[::-1][:3] / values.sum(), rtol=1e-6)
    assert meta["kind"] == "subspace" and f"{POINT}.sd" not in tensors


def alone(phantom, run):
    """The same prompts in a run without pairs."""
    path = run.directory.parent / "alone.jsonl"
    rows = [json.loads(line) for line in (run.directory.parent / "pairs.jsonl").read_text().splitlines()]
    write_jsonl(path, [{k: v for k, v in row.items() if k != "pair"} for row in rows])
    return phantom("alone", "--prompts", path)


@pytest.mark.parametrize("shrinkage", [None, 0.3])
def test_lda(phantom, make, shrinkage):
    run = phantom("whole")
    flags = () if shrinkage is None else ("--shrinkage", shrinkage)
    tensors, meta = make(f"lda-{shrinkage}", run, "--how", "lda", "--tokens", "prompt[-1] | response", *flags)
    for point in POINTS[2:]:
        got = items(run, lambda s: range(s["prompt_tokens"] - 1, s["rows"]), "mean", point)
        positive, negative = got["lie"][0], got["mistake"][0]
        residuals = np.concatenate([positive - positive.mean(0), negative - negative.mean(0)])
        scale = residuals.std(0)
        z = residuals / scale
        covariance, s = ledoit_wolf(z, assume_centered=True)
        if shrinkage is not None:
            s, plain = shrinkage, z.T @ z / len(z)
            covariance = (1 - s) * plain + s * np.trace(plain) / len(plain) * np.eye(len(plain))
        covariance *= np.outer(scale, scale)
        w = np.linalg.solve(covariance, positive.mean(0) - negative.mean(0))
        np.testing.assert_allclose(tensors[point], w, rtol=1e-4, atol=1e-5 * np.abs(w).max())
        np.testing.assert_allclose(tensors[f"{point}.bias"], -w @ (positive.mean(0) + negative.mean(0)) / 2, rtol=1e-4)
        np.testing.assert_allclose(meta["figures"][point]["shrinkage"], s, rtol=1e-6)
        check_statistics(tensors, got, point)


def test_on_smollm2(capture, smollm2, folder, make):
    """A label table, samples without a label, and an embedding of another size."""
    facts = [("The capital of France is", "Paris"), ("The capital of Italy is", "Rome"), ("Two and two are", "four")]
    rows = [
        {"id": f"{i}-{right}", "prompt": f"{text} {answer if right else 'Oslo'}.", "right": str(right)}
        for i, (text, answer) in enumerate(facts)
        for right in (True, False)
    ]
    rows.append({"id": "none", "prompt": "Hello."})
    prompts = write_jsonl(folder / "facts.jsonl", rows)
    run = capture.run(folder / "smollm2", smollm2, "--prompts", prompts, "--max-tokens", 1, "--hooks", "resid_post:10,20")
    table = folder / "labels.jsonl"
    write_jsonl(table, [{"prompt_id": r["id"], "value": "yes" if r["right"] == "True" else "no"} for r in rows[:-1]])
    capture("label", run.directory, "--name", "truth", "--from", table)
    classes = ("--label", "truth", "--positive", "yes", "--negative", "no")
    tensors, meta = make("smollm2", run, "--tokens", "prompt[-1]", classes=classes)
    point = "blocks.20.hook_resid_post"
    states = run.flat(point).astype(np.float64)
    last = np.array([states[s["first_row"] + s["prompt_tokens"] - 1] for s in run.samples])
    np.testing.assert_allclose(tensors[point], last[0:6:2].mean(0) - last[1:6:2].mean(0), rtol=1e-5, atol=1e-5)
    assert meta["label"] == "truth@1" and meta["positive"]["n"] == 3 and meta["model"]["architecture"] == "llama"
    assert meta["template_sha256"] == run.manifest["model"]["chat_template_sha256"]


def test_control_vectors(capture, phantom, make, folder):
    """A control vector that the gguf library reads, and those of repeng and llama.cpp's generator."""
    tensors, _ = make("steer", phantom("whole"))
    out = folder / "steer.gguf"
    capture("vector", "export", folder / "steer.safetensors", "--out", out)
    reader = gguf.GGUFReader(out)
    text = {k: bytes(f.parts[f.data[0]]) for k, f in reader.fields.items() if f.types == [gguf.GGUFValueType.STRING]}
    assert text == {"general.architecture": b"controlvector", "controlvector.model_hint": b"llama"}
    assert int(reader.fields["controlvector.layer_count"].parts[-1][0]) == 4
    assert [t.name for t in reader.tensors] == [f"direction.{n}" for n in (1, 2, 3, 4)]
    for n, tensor in enumerate(reader.tensors, 1):
        assert tensor.tensor_type == gguf.GGMLQuantizationType.F32
        np.testing.assert_array_equal(tensor.data, tensors[POINTS[n]])
    back = folder / "back.safetensors"
    capture("vector", "import", out, "--out", back)
    again = load_file(back)
    assert set(again) == set(POINTS[1:])
    assert all(np.array_equal(again[p], tensors[p]) for p in again)

    late = folder / "late.gguf"
    writer = gguf.GGUFWriter(late, "controlvector")
    writer.add_string("controlvector.model_hint", "llama")
    writer.add_int32("controlvector.layer_count", 2)
    for n in (1, 2):
        writer.add_tensor(f"direction.{n}", np.full(128, n, dtype=np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    shifted = folder / "shifted.safetensors"
    capture("vector", "import", late, "--shift", -1, "--out", shifted)
    assert {k: v[0] for k, v in load_file(shifted).items()} == {POINTS[0]: 1, POINTS[1]: 2}


def test_combined(capture, phantom, make, folder):
    a, _ = make("a", phantom("whole"), "--points", POINT, "--name", "a")
    b, _ = make("b", phantom("whole"), "--points", POINT, "--name", "b", "--how", "lda", "--tokens", "response")
    a, b = a["a"].astype(np.float64), b["b"].astype(np.float64)
    files = (folder / "a.safetensors", folder / "b.safetensors")

    def combined(how, *flags):
        out = folder / f"{how}{len(flags)}.safetensors"
        capture("vector", "combine", *files, "--how", how, *flags, "--name", "c", "--out", out)
        return load_file(out)

    unit = np.linalg.norm
    np.testing.assert_allclose(combined("sum")["c"], a + b, **CLOSE)
    np.testing.assert_allclose(combined("mean", "--unit")["c"], (a / unit(a) + b / unit(b)) / 2, **CLOSE)
    np.testing.assert_allclose(combined("difference")["c"], a - b, **CLOSE)
    rest = combined("orthogonalise")
    np.testing.assert_allclose(rest["c"], a - (a @ b) / (b @ b) * b, rtol=1e-4, atol=1e-5)
    states = items(phantom("whole"))
    rows = np.concatenate([states["lie"][0], states["mistake"][0]])
    np.testing.assert_allclose(rest["c.sd"], (rows @ rest["c"] / unit(rest["c"])).std(ddof=1), rtol=1e-4)
    basis = combined("subspace")["c"].astype(np.float64)
    np.testing.assert_allclose(basis @ basis.T, np.eye(2), atol=1e-6)
    np.testing.assert_allclose(basis.T @ (basis @ b), b, atol=1e-5)
    shown = json.loads(capture("vector", "show", *files, "--json"))
    np.testing.assert_allclose(shown["cosines"][0][1], a @ b / unit(a) / unit(b), rtol=1e-5)
    assert [d["name"] for d in shown["directions"]] == ["a", "b"]
    np.testing.assert_allclose(shown["directions"][0]["gap"], unit(a), rtol=1e-6)  # of a mean difference, its norm


def test_the_phantoms_subspaces(capture, folder):
    path = folder / "subspaces.safetensors"
    capture("phantom", "info", "--subspaces", path)
    declared = load_file(REPOSITORY / "models" / "phantom" / "subspaces.safetensors")
    written = load_file(path)
    assert all(np.array_equal(written[name], rows) for name, rows in declared.items()) and len(written) == len(declared)
    with safe_open(path, "numpy") as file:
        meta = json.loads(file.metadata()["capture"])
    assert (meta["kind"], meta["point"], meta["layer_convention"]) == ("subspace", POINT, "output of block N, counted from 0")
