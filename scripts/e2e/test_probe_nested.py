"""The choice of probes inside folds (capture/probe/nested) against scikit-learn and NumPy, on rows drawn here."""

import json
import subprocess
from pathlib import Path

import numpy as np
import pytest
from sklearn.covariance import ledoit_wolf
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.preprocessing import StandardScaler

REPOSITORY = Path(__file__).resolve().parents[2]
WIDTH = 10
METHODS = [
    {"kind": "mean"},
    {"kind": "lda", "scale": True},
    {"kind": "logistic", "c": 0.01, "scale": True},
    {"kind": "logistic", "c": 1, "scale": True},
]
TIGHT = {"Logistic": {"Tolerance": 1e-10}}


class Data:
    """Samples in groups of three, in spaces that tell their classes apart more or less."""

    def __init__(self, folder: Path, rows_per_sample: int = 1, n: int = 120, spaces: int = 3):
        draw = np.random.default_rng(7 + rows_per_sample)
        self.group = np.arange(n) // 3
        self.positive = draw.permutation(np.arange(self.group[-1] + 1) % 2)[self.group] == 1
        self.style = (self.group // 2) % 3
        lengths = np.full(n, 1) if rows_per_sample == 1 else draw.integers(1, rows_per_sample + 1, n)
        self.sample = np.repeat(np.arange(n), lengths)
        self.x, self.paths = [], []
        for k in range(spaces):
            shared = draw.normal(size=(n, WIDTH))[self.sample]
            x = (shared + draw.normal(size=(len(self.sample), WIDTH))) @ draw.normal(size=(WIDTH, WIDTH)) / 3
            x += 4 * draw.normal(size=WIDTH)
            x[:, :2] += np.outer(self.positive[self.sample], [0.4 + 0.5 * k, -0.3])
            x = (x * np.exp(draw.normal(size=WIDTH))).astype(np.float32)
            path = folder / f"{rows_per_sample}-{k}.f32"
            x.tofile(path)
            self.x.append(x.astype(float))
            self.paths.append(str(path))
        self.candidates = [{"Space": k, "Method": m} for k in range(spaces) for m in METHODS]


@pytest.fixture(scope="module")
def binary(tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("nested") / "nested"
    done = subprocess.run(
        ["go", "build", "-o", out, "./scripts/nested"], cwd=REPOSITORY, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return out


@pytest.fixture(scope="module")
def search(binary):
    def run(data: Data, **options):
        job = {"positive": data.positive.tolist(), "group": data.group.astype(str).tolist(), "width": WIDTH}
        job |= {"block": 41, "candidates": data.candidates, "options": TIGHT} | options
        done = subprocess.run([binary, *data.paths], input=json.dumps(job), capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return run


def fitted(method: dict, x: np.ndarray, y: np.ndarray, weight: np.ndarray):
    """A function that scores rows; that of LDA is in the units of Gaussian log-odds."""
    if method["kind"] == "mean":
        low, high = (np.average(x[y == c], axis=0, weights=weight[y == c]) for c in (0, 1))
        return lambda rows: rows @ (high - low)
    scaler = StandardScaler().fit(x, sample_weight=weight)
    z = scaler.transform(x)
    if method["kind"] == "logistic":
        model = LogisticRegression(C=method["c"], tol=1e-10, max_iter=100_000).fit(z, y, sample_weight=weight)
        return lambda rows: model.decision_function(scaler.transform(rows))
    shrinkage = ledoit_wolf(z)[1]
    centred = z - np.stack([z[y == 0].mean(0), z[y == 1].mean(0)])[y]
    ratio = shrinkage / (1 - shrinkage) / ((centred**2).sum() / len(z) / z.shape[1])
    model = LinearDiscriminantAnalysis(solver="lsqr", shrinkage=ratio / (1 + ratio)).fit(z, y)
    scale = (1 - ratio / (1 + ratio)) / (1 - shrinkage)
    bias = model.intercept_[0] - np.log(model.priors_[1] / model.priors_[0])
    return lambda rows: (scaler.transform(rows) @ model.coef_[0] + bias) * scale


class Pipeline:
    """The same by plain loops."""

    def __init__(self, data: Data, found: dict, pool):
        self.data, self.pool, self.cell, self.known = data, pool, np.array(found["cells"]), {}

    def samples(self, cells: int) -> np.ndarray:
        return np.flatnonzero((self.cell >= 0) & (cells >> np.maximum(self.cell, 0) & 1 == 1))

    def scores(self, candidate: dict, train: int) -> np.ndarray:
        """Of all samples, by a probe fitted to those of the cells."""
        key = (candidate["Space"], tuple(candidate["Method"].items()), train)
        if key not in self.known:
            self.known[key] = self.fit(candidate, train)
        return self.known[key]

    def fit(self, candidate: dict, train: int) -> np.ndarray:
        d = self.data
        rows = np.isin(d.sample, self.samples(train))
        weight = (1 / np.bincount(d.sample))[d.sample]
        x = d.x[candidate["Space"]]
        y = d.positive[d.sample].astype(int)
        by_row = fitted(candidate["Method"], x[rows], y[rows], weight[rows])(x)
        return np.array([self.pool(by_row[d.sample == i]) for i in range(len(d.positive))])

    def area(self, scores: np.ndarray, cells: int) -> float:
        at = self.samples(cells)
        return roc_auc_score(self.data.positive[at], scores[at])

    def standard(self, scores: np.ndarray, train: int) -> np.ndarray:
        of_training = scores[self.samples(train)]
        return (scores - of_training.mean()) / of_training.std()


def compare(data: Data, found: dict, pool=lambda s: s[0], candidates=None) -> None:
    p = Pipeline(data, found, pool)
    candidates = data.candidates if candidates is None else candidates
    each = np.full((len(candidates), len(data.positive)), np.nan)
    chosen, scores, outer = [], np.full(len(data.positive), np.nan), []
    for k, split in enumerate(found["splits"]):
        inner = []
        for i, candidate in enumerate(candidates):
            of_inner = [p.area(p.scores(candidate, s["Train"]), s["Test"]) for s in split["Inner"] or []]
            inner.append(np.mean(of_inner) if of_inner else 0)
            by = p.scores(candidate, split["Train"])
            at = p.samples(split["Test"])
            each[i][at] = p.standard(by, split["Train"])[at]
        if found["inner"]:
            assert found["inner"][k] == pytest.approx(inner, abs=1e-12)
        chosen.append(int(np.argmax(inner)))
        scores[at] = each[chosen[-1]][at]
        outer.append([p.area(each[i], split["Test"]) for i in range(len(candidates))])
    assert found["chosen"] == chosen
    for candidate, got, want in zip(candidates, found["each"], each, strict=True):
        tolerance = 1e-4 if candidate["Method"]["kind"] == "logistic" else 1e-6
        assert np.array(got, dtype=float) == pytest.approx(want, abs=tolerance, nan_ok=True)
    assert np.array(found["scores"], dtype=float) == pytest.approx(scores, abs=1e-4, nan_ok=True)
    final = int(np.argmax(np.mean(outer, axis=0))) if len(outer) > 1 else chosen[0]
    assert found["final"] == final
    assert found["unconverged"] == 0
    trained = np.bitwise_or.reduce([s["Train"] for s in found["splits"]])
    weights = np.array(found["probe"]["Weights"])
    rows = data.x[candidates[final]["Space"]] @ weights
    got = np.array([pool(rows[data.sample == i]) for i in range(len(data.positive))])
    want = p.scores(candidates[final], int(trained))
    assert np.ptp(got) == pytest.approx(np.ptp(want), rel=1e-4)
    assert got - got[0] == pytest.approx(want - want[0], abs=1e-4 * np.ptp(want))


@pytest.fixture(scope="module")
def data(tmp_path_factory) -> Data:
    return Data(tmp_path_factory.mktemp("samples"))


def disjoint(found: dict, data: Data) -> None:
    """No group is on both sides, written anew from the cells alone."""
    p = Pipeline(data, found, None)
    for split in found["splits"]:
        for s in [split, *(split["Inner"] or [])]:
            train, test = (set(data.group[p.samples(s[side])]) for side in ("Train", "Test"))
            assert train and test and not train & test


def test_cross_validation(search, data):
    found = search(data, how="cross", folds=4, inner=3)
    disjoint(found, data)
    p = Pipeline(data, found, None)
    held = np.concatenate([p.samples(s["Test"]) for s in found["splits"]])
    assert sorted(held) == list(range(len(data.positive)))
    for split in found["splits"]:
        assert split["Train"] & split["Test"] == 0
        inner = np.concatenate([p.samples(s["Test"]) for s in split["Inner"]])
        assert sorted(inner) == sorted(p.samples(split["Train"]))
    compare(data, found)


def test_one_candidate_needs_no_inner_folds(search, data):
    one = data.candidates[5:6]
    found = search(data, how="cross", folds=5, inner=1, candidates=one)
    assert found["inner"] is None
    compare(data, found, candidates=one)


@pytest.mark.parametrize("validation", [True, False])
def test_given_split(search, data, validation):
    names = np.array(["train", "train", "train", "validation" if validation else "train", "test", ""])[data.group % 6]
    found = search(data, how="given", by=names.tolist(), inner=3)
    disjoint(found, data)
    p = Pipeline(data, found, None)
    (split,) = found["splits"]
    assert set(names[p.samples(split["Test"])]) == {"test"}
    assert set(names[p.samples(split["Train"])]) == {"train"} | ({"validation"} if validation else set())
    if validation:
        (inner,) = split["Inner"]
        assert set(names[p.samples(inner["Test"])]) == {"validation"}
        assert set(names[p.samples(inner["Train"])]) == {"train"}
    assert [s is None for s in found["scores"]] == (names != "test").tolist()
    compare(data, found)


@pytest.mark.parametrize("crossed", [True, False])
def test_values_left_out(search, data, crossed):
    style = np.arange(len(data.group)) % 3 if crossed else data.style
    found = search(data, how="leave-out", by=style.astype(str).tolist(), inner=3)
    disjoint(found, data)
    p = Pipeline(data, found, None)
    for split in found["splits"]:
        held = set(style[p.samples(split["Test"])])
        assert len(held) == 1 and not held & set(style[p.samples(split["Train"])])
    assert len(found["splits"]) == (9 if crossed else 3)
    assert None not in found["scores"]
    compare(data, found)


@pytest.mark.parametrize(
    ("pool", "by"),
    [
        ({"Kind": "mean"}, np.mean),
        ({"Kind": "max"}, np.max),
        ({"Kind": "last"}, lambda s: s[-1]),
        ({"Kind": "first", "K": 2}, lambda s: s[:2].mean()),
    ],
)
def test_rows_of_tokens(search, tmp_path, pool, by):
    data = Data(tmp_path, rows_per_sample=5, n=90, spaces=2)
    data.candidates = [c for c in data.candidates if c["Method"]["kind"] != "lda"]  # ledoit_wolf takes no weights
    found = search(data, how="cross", folds=3, inner=2, sample=data.sample.tolist(), pool=pool)
    compare(data, found, by)
