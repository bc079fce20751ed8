"""Features of capture/probe/baseline against scikit-learn's, and the online code against NumPy."""

import json
import subprocess
from pathlib import Path

import numpy as np
import pytest
from scipy.optimize import minimize
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

REPOSITORY = Path(__file__).resolve().parents[2]
WORDS = r"(?u)\w+|[^\w\s]"
MOST = 512
SIGNS = ["'", ", ", "!", "?\n", " - ", "<|", "|>", "\u00a0", "\t", "...", "_"]


def text(draw: np.random.Generator, words: list[str], length: int) -> str:
    """Words that follow Zipf's law, with signs between some."""
    places = np.minimum(draw.zipf(1.3, length), len(words)) - 1
    return "".join(words[p] + (" " if draw.random() < 0.8 else draw.choice(SIGNS)) for p in places)


def drawn(seed: int, most: int) -> dict:
    draw = np.random.default_rng(seed)
    letters = list("abcdefghijklmnopqrstuvwxyzÄÉßñ日本語ДЖ0123456789½²")
    words = ["".join(draw.choice(letters, draw.integers(1, 7))) for _ in range(most)]
    words = [w.upper() if draw.random() < 0.2 else w for w in words]
    group = np.repeat(np.arange(60), draw.integers(1, 6, 60))
    positive = draw.random(len(group)) < 0.4
    x = draw.normal(size=(len(group), 7)).astype(np.float32)
    x[:, 2] += 1.5 * positive
    x[:, 5] *= 100
    return {
        "group": [f"q{g}" for g in group],
        "prompt": [text(draw, words, 40) for _ in group],
        "answer": [text(draw, words, int(draw.integers(0, 15))) for _ in group],
        "positive": positive.tolist(),
        "x": x.tolist(),
        "c": 0.3,
        "seed": seed,
    }


@pytest.fixture(scope="module", params=[(1, 150), (2, 3000)])
def made(request) -> tuple[dict, dict]:
    job = drawn(*request.param)
    command = ["go", "run", "./scripts/baseline"]
    done = subprocess.run(command, cwd=REPOSITORY, input=json.dumps(job), capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr
    return job, json.loads(done.stdout)


def bag(job: dict, texts: list[str], pairs: bool) -> tuple[list[str], np.ndarray]:
    """Counts by scikit-learn: of what is in two groups or more, those in most groups."""
    count = CountVectorizer(token_pattern=WORDS, ngram_range=(2, 2) if pairs else (1, 1))
    counts = count.fit_transform(texts).toarray()
    names = count.get_feature_names_out()
    group = np.array(job["group"])
    groups = np.array([(counts[group == g] > 0).any(axis=0) for g in sorted(set(group))]).sum(axis=0)
    kept = [k for k in range(len(names)) if groups[k] >= 2 and len(set(counts[:, k])) > 1]
    kept = sorted(kept, key=lambda k: (-groups[k], names[k].encode()))[:MOST]
    kept = sorted(kept, key=lambda k: names[k].encode())
    return [str(names[k]) for k in kept], np.log1p(counts[:, kept])


@pytest.mark.parametrize(
    ("name", "of", "pairs"),
    [("prompt words", "prompt", False), ("prompt word pairs", "prompt", True), ("answer words", "answer", False)],
)
def test_bags_of_words(made, name, of, pairs):
    job, out = made
    columns, values = bag(job, job[of], pairs)
    assert out["baselines"][name]["columns"] == columns
    assert 20 < len(columns) <= MOST
    np.testing.assert_allclose(out["baselines"][name]["rows"], values, rtol=1e-6)


def test_lengths(made):
    job, out = made
    table = out["baselines"]["answer length"]
    rows = np.array(table["rows"])[:, table["columns"].index("characters")]
    assert rows.tolist() == [len(t) for t in job["answer"]]


def platt(scores, y):
    """The probability of the positive class by a logistic fit with Platt's targets."""
    target = np.where(y, (y.sum() + 1) / (y.sum() + 2), 1 / ((~y).sum() + 2))

    def loss(ab):
        z = ab[0] * scores + ab[1]
        return (np.logaddexp(0, z) - target * z).sum()

    a, b = minimize(loss, [0, 0], method="BFGS", options={"gtol": 1e-9}).x
    return lambda s: 1 / (1 + np.exp(-(a * s + b)))


def test_online_code(made):
    """Voita and Titov's formula, with a regression of scikit-learn on all blocks before."""
    job, out = made
    x, y, cell = np.array(job["x"]), np.array(job["positive"]), np.array(out["cells"])
    assert (cell >= 0).all()
    group = np.array(job["group"])
    block = np.maximum(cell - 1, 0)
    for g in set(group):
        assert len(set(block[group == g])) == 1
    assert np.cumsum(np.bincount(block)).tolist() == out["ends"]
    bits, scores, known = float((block == 0).sum()), np.full(len(y), np.nan), 0
    for b in range(1, block.max() + 1):
        before, now = block < b, block == b
        scaler = StandardScaler().fit(x[before])
        model = LogisticRegression(C=job["c"], tol=1e-10, max_iter=10000).fit(scaler.transform(x[before]), y[before])
        probability = np.full(now.sum(), 0.5)
        trained = model.decision_function(scaler.transform(x[before]))
        scores[now] = (model.decision_function(scaler.transform(x[now])) - trained.mean()) / trained.std()
        held = before & (block > 0)
        if held.any() and min(y[held].sum(), (~y[held]).sum()) >= 10:
            probability, known = platt(scores[held], y[held])(scores[now]), known + 1
        bits -= np.log2(np.where(y[now], probability, 1 - probability)).sum()
    assert known > 0
    assert out["code"]["bits"] == pytest.approx(bits, rel=1e-5)
    assert out["code"]["compression"] == pytest.approx(len(y) / bits, rel=1e-5)
    assert out["code"]["uniform"] == len(y)
