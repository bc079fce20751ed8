"""Probes of capture/probe/fit against scikit-learn and NumPy, on rows that are drawn here."""

import json
import subprocess
from pathlib import Path

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.special import expit
from sklearn.covariance import ledoit_wolf
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

REPOSITORY = Path(__file__).resolve().parents[2]
FOLDS = 4
ALL = (1 << FOLDS) - 1
TRAINS = [ALL & ~(1 << fold) for fold in range(FOLDS)] + [0b0011]


class Rows:
    """Correlated rows with large means and unlike scales, of two classes."""

    def __init__(self, path: Path, n: int = 600, width: int = 24, paired: bool = False):
        draw = np.random.default_rng(n + width)
        self.y = draw.integers(0, 2, n)
        self.side = None
        self.fold = np.arange(n) % FOLDS
        if paired:  # a statement and its negation, one of which is true
            self.y[1::2] = 1 - self.y[::2]
            self.side = np.arange(n) % 2
            self.fold = np.arange(n) // 2 % FOLDS
        x = draw.normal(size=(n, width)) @ draw.normal(size=(width, width))
        x += np.outer(self.y - 0.5, draw.normal(size=width)) * (3 if paired else 1.5)
        if paired:
            x += np.outer(self.side, draw.normal(size=width)) * 5
        x = x * np.exp(draw.normal(size=width)) + 20 * draw.normal(size=width)
        self.x = x.astype(np.float32)
        self.path = path
        self.x.tofile(path)

    def of(self, train: int) -> np.ndarray:
        return (train >> self.fold & 1) == 1

    def training(self, train: int) -> tuple[np.ndarray, np.ndarray]:
        return self.x[self.of(train)].astype(float), self.y[self.of(train)]


@pytest.fixture(scope="module")
def binary(tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("fit") / "fit"
    done = subprocess.run(["go", "build", "-o", out, "./scripts/fit"], cwd=REPOSITORY, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return out


@pytest.fixture(scope="module")
def rows(tmp_path_factory) -> Rows:
    return Rows(tmp_path_factory.mktemp("rows") / "rows.f32")


@pytest.fixture(scope="module")
def pairs(tmp_path_factory) -> Rows:
    return Rows(tmp_path_factory.mktemp("pairs") / "rows.f32", n=400, width=12, paired=True)


@pytest.fixture(scope="module")
def fit(binary):
    def run(rows: Rows, method: str, train: list[int] = TRAINS, **options):
        job = {"width": rows.x.shape[1], "block": 74, "y": rows.y.tolist(), "fold": rows.fold.tolist()}
        job |= {"method": method, "train": train} | options
        if rows.side is not None:
            job["side"] = rows.side.tolist()
        done = subprocess.run([binary, rows.path], input=json.dumps(job), capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return run


def near(got, want, tolerance: float) -> None:
    got, want = np.asarray(got), np.asarray(want)
    assert np.linalg.norm(got - want) <= tolerance * np.linalg.norm(want)


@pytest.mark.parametrize("c", [0.01, 1.0, 100.0])
@pytest.mark.parametrize("raw", [False, True])
def test_logistic_regression(fit, rows, c, raw):
    for train, probe in zip(TRAINS, fit(rows, "logistic", c=c, raw=raw), strict=True):
        x, y = rows.training(train)
        scaler = StandardScaler(with_std=not raw).fit(x)
        model = LogisticRegression(C=c, tol=1e-10, max_iter=100_000).fit(scaler.transform(x), y)
        weights = model.coef_[0] / (1 if raw else scaler.scale_)
        near(probe["Weights"], weights, 1e-4)
        near(probe["Bias"], model.intercept_[0] - weights @ scaler.mean_, 1e-4)
        assert probe["How"]["Converged"]


def test_logistic_regression_without_bias(fit, rows):
    for train, probe in zip(TRAINS, fit(rows, "logistic", c=0.1, no_bias=True), strict=True):
        x, y = rows.training(train)
        scaler = StandardScaler().fit(x)
        model = LogisticRegression(C=0.1, tol=1e-10, max_iter=100_000, fit_intercept=False).fit(scaler.transform(x), y)
        near(probe["Weights"], model.coef_[0] / scaler.scale_, 1e-4)


def test_logistic_regression_with_weights(fit, rows):
    weight = 0.5 + np.arange(len(rows.y)) % 3
    for train, probe in zip(TRAINS, fit(rows, "logistic", c=0.3, weight=weight.tolist()), strict=True):
        (x, y), w = rows.training(train), weight[rows.of(train)]
        scaler = StandardScaler().fit(x, sample_weight=w)
        model = LogisticRegression(C=0.3, tol=1e-10, max_iter=100_000).fit(scaler.transform(x), y, sample_weight=w)
        near(probe["Weights"], model.coef_[0] / scaler.scale_, 1e-4)


def within(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """The covariance about the class means, over n."""
    centred = x - np.stack([x[y == 0].mean(0), x[y == 1].mean(0)])[y]
    return centred.T @ centred / len(x)


def discriminant(z: np.ndarray, y: np.ndarray, shrinkage: float) -> tuple[np.ndarray, float]:
    """Weights and bias by scikit-learn, whose shrinkage aims at the mean variance within the
    classes, and whose bias has the log-odds of their frequencies."""
    aim, total = np.trace(within(z, y)) / z.shape[1], z.var(0).mean()
    ratio = shrinkage / (1 - shrinkage) * total / aim
    theirs = ratio / (1 + ratio)
    model = LinearDiscriminantAnalysis(solver="lsqr", shrinkage=theirs).fit(z, y)
    scale = (1 - theirs) / (1 - shrinkage)
    bias = model.intercept_[0] - np.log(model.priors_[1] / model.priors_[0])
    return model.coef_[0] * scale, bias * scale


@pytest.mark.parametrize("raw", [False, True])
@pytest.mark.parametrize("shrinkage", [0.0, 0.3, None])
def test_lda(fit, rows, raw, shrinkage):
    for train, probe in zip(TRAINS, fit(rows, "lda", raw=raw, shrink=shrinkage), strict=True):
        x, y = rows.training(train)
        scaler = StandardScaler(with_std=not raw).fit(x)
        z = scaler.transform(x)
        s = ledoit_wolf(z)[1] if shrinkage is None else shrinkage
        assert probe["How"]["Shrinkage"] == pytest.approx(s, rel=1e-6)
        weights, bias = discriminant(z, y, s)
        weights = weights / (1 if raw else scaler.scale_)
        near(probe["Weights"], weights, 1e-6)
        near(probe["Bias"], bias - weights @ scaler.mean_, 1e-6)


def test_mass_mean(fit, rows):
    plain, tilted = fit(rows, "mass-mean"), fit(rows, "mass-mean-covariance", atol=1e-3)
    for train, one, two in zip(TRAINS, plain, tilted, strict=True):
        x, y = rows.training(train)
        delta = x[y == 1].mean(0) - x[y == 0].mean(0)
        middle = (x[y == 1].mean(0) + x[y == 0].mean(0)) / 2
        near(one["Weights"], delta, 1e-6)
        near(one["Bias"], -delta @ middle, 1e-6)
        values, vectors = np.linalg.eigh(within(x, y))
        inverse = np.where(values > 1e-3, 1 / values, 0)
        near(two["Weights"], vectors @ (inverse * (vectors.T @ delta)), 1e-6)


@pytest.mark.parametrize("k", [1, 5, 24])
def test_difference_on_components(fit, rows, k):
    for train, probe in zip(TRAINS, fit(rows, "components", k=k), strict=True):
        x, y = rows.training(train)
        scaler = StandardScaler().fit(x)
        z = scaler.transform(x)
        first = np.linalg.svd(z, full_matrices=False)[2][:k]
        delta = z[y == 1].mean(0) - z[y == 0].mean(0)
        near(probe["Weights"], first.T @ (first @ delta) / scaler.scale_, 1e-6)


def test_inlp(fit, rows):
    got = fit(rows, "inlp", train=[0b0111], k=4, c=0.1)
    x, y = rows.training(0b0111)
    basis = np.zeros((0, x.shape[1]))
    for _ in range(4):
        left = x - (x @ basis.T) @ basis
        scaler = StandardScaler().fit(left)
        model = LogisticRegression(C=0.1, tol=1e-10, max_iter=100_000).fit(scaler.transform(left), y)
        v = model.coef_[0] / scaler.scale_
        v = v - basis.T @ (basis @ v)
        basis = np.vstack([basis, v / np.linalg.norm(v)])
    found = np.reshape(got["Basis"], basis.shape)
    near(found @ found.T, np.eye(4), 1e-9)
    near(found, basis, 1e-4)


def consistency(w, statements, negations, decay):
    """The loss of CCS (Burns et al., equations 1 to 3) and its gradient."""
    p, q = expit(statements @ w[:-1] + w[-1]), expit(negations @ w[:-1] + w[-1])
    off, low = p + q - 1, np.minimum(p, q)
    loss = (off**2 + low**2).mean() + decay / 2 * w[:-1] @ w[:-1]
    dp = (2 * off + 2 * p * (p < q)) * p * (1 - p) / len(p)
    dq = (2 * off + 2 * q * (p >= q)) * q * (1 - q) / len(q)
    gradient = np.append(statements.T @ dp + negations.T @ dq + decay * w[:-1], dp.sum() + dq.sum())
    return loss, gradient


def test_ccs(fit, pairs):
    decay = 0.01
    for train, probe in zip(TRAINS, fit(pairs, "ccs", decay=decay), strict=True):
        x, y = pairs.training(train)
        side = pairs.side[pairs.of(train)]
        means = np.stack([x[side == 0].mean(0), x[side == 1].mean(0)])
        sd = (x - means[side]).std(0)
        z = (x - means[side]) / sd
        loss = (z[side == 0], z[side == 1], decay)
        draw = np.random.default_rng(1)
        starts = [np.append(draw.normal(size=x.shape[1]) / np.sqrt(x.shape[1]), 0) for _ in range(10)]
        found = [minimize(consistency, w, loss, jac=True, method="L-BFGS-B", tol=1e-14) for w in starts]
        best = min(found, key=lambda r: r.fun)
        w = best.x * (1 if best.x[:-1] / sd @ (x[y == 1].mean(0) - x[y == 0].mean(0)) > 0 else -1)
        assert probe["How"]["Objective"] == pytest.approx(best.fun, rel=1e-6)
        near(probe["Weights"], w[:-1] / sd, 1e-3)
        near(probe["Bias"], w[-1] - w[:-1] / sd @ means.mean(0), 1e-3)
        scores = x @ probe["Weights"] + probe["Bias"]
        assert ((scores > 0) == y).mean() > 0.9


@pytest.mark.parametrize("method", ["mass-mean", "lda"])
def test_permuted_labels(fit, rows, method):
    draw = np.random.default_rng(5)
    labels = np.stack([draw.permutation(rows.y) for _ in range(300)])
    tests = [ALL & ~train for train in TRAINS]
    got = fit(rows, f"permute {method}", test=tests, labels=labels.tolist())
    for train, split in zip(TRAINS, got, strict=True):
        chosen = rows.of(train)
        assert split["test"] == np.flatnonzero(~chosen).tolist()
        scores = np.reshape(split["scores"], (len(labels), -1))
        x = rows.x.astype(float)
        if method == "lda":
            scaler = StandardScaler().fit(x[chosen])
            x = scaler.transform(x)
            s = ledoit_wolf(x[chosen])[1]
        for k in (0, 255, 256, 299):
            y = labels[k][chosen]
            if method == "lda":
                weights, _ = discriminant(x[chosen], y, s)
            else:
                low, high = (x[chosen][y == c].mean(0) for c in (0, 1))
                weights = high - low
            of_training, want = x[chosen] @ weights, x[~chosen] @ weights
            near(scores[k], (want - of_training.mean()) / of_training.std(), 1e-6)
