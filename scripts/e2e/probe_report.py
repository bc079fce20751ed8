"""A report of probes as JSON, drawn here: for the tests of its page."""

from __future__ import annotations

import numpy as np

HOSTILE = "</script><script>document.title='owned'</script>"


def interval(value: float, half: float, n: int = 240, groups: int = 80, low: float = 0.0, note: str = "") -> dict:
    limits = {"low": max(low, value - half), "high": min(1.0, value + half)}
    return {
        "value": value,
        **limits,
        "level": 0.95,
        "n": n,
        "groups": groups,
        "df": 70.0,
        "method": "score, t over groups",
        "note": note,
    }


def curve(layers: int, kinds: tuple[str, ...], tokens: str, how: str, draw: np.random.Generator) -> list[dict]:
    points = []
    for layer in range(layers):
        for k, kind in enumerate(kinds):
            rise = 1 / (1 + np.exp(-(layer - layers * 0.35 - k) * 8 / layers))
            value = float(np.clip(0.5 + 0.45 * rise + draw.normal(0, 0.012), 0, 1))
            points.append(
                {
                    "name": f"blocks.{layer}.hook_{kind}",
                    "layer": layer,
                    "depth": (layer + 1) / layers,
                    "tokens": tokens,
                    "how": how,
                    "auroc": interval(value, 0.07 - 0.05 * rise),
                    "p": 0.001 if rise > 0.4 else 0.4,
                }
            )
    return points


def roc(positive: np.ndarray, negative: np.ndarray) -> dict:
    limits = np.unique(np.concatenate([positive, negative]))[::-1]
    points = [{"fpr": 0.0, "tpr": 0.0}] + [
        {"fpr": float((negative >= t).mean()), "tpr": float((positive >= t).mean())} for t in limits
    ]
    return {"points": points, "at_1_percent": max(i for i, p in enumerate(points) if p["fpr"] <= 0.01)}


def sample(i: int, text: list[str], prompt: int, cls: str, draw: np.random.Generator, sign: float) -> dict:
    scores = [
        None if t < 2 else float(sign * max(0, t - prompt) * 0.12 + draw.normal(0, 0.5)) for t in range(len(text))
    ]
    return {
        "sample_id": i,
        "run": "lies",
        "prompt_id": f"q{i}",
        "class": cls,
        "score": sign * 1.4,
        "tokens": text,
        "phase": ["prompt"] * prompt + ["response"] * (len(text) - prompt),
        "roles": ["template" if t.startswith("<|") else "user" for t in text],
        "scores": scores,
        "selected": [t >= prompt for t in range(len(text))],
    }


TEXT = (
    "<|im_start|>~user~\n~Did~ you~ take~ the~ last~ biscuit~ from~ the~ tin~ yesterday~?~<|im_end|>~\n~<|im_start|>~"
    "assistant~\n~No~,~ I~ did~ not~ take~ it~.~ I~ was~ in~ the~ garden~ all~ afternoon~,~ and~ the~ tin~ was~ empty~"
    " when~ I~ came~ back~.~\n~Perhaps~ the~ dog~ had~ it~.~<|im_end|>"
).split("~")


def full(layers: int = 12, n: int = 240, seed: int = 5) -> dict:
    """Every part that a report can have."""
    draw = np.random.default_rng(seed)
    positive, negative = draw.normal(1.6, 1, n // 2), draw.normal(-0.4, 0.8, n // 2)
    songs, sarcasm = draw.normal(-0.5, 0.9, 400), draw.normal(0.5, 0.9, 60)
    limit = float(np.sort(songs)[-4])
    threshold = {
        "control": "songs",
        "alpha": 0.01,
        "value": limit,
        "low": limit - 0.4,
        "high": None,
        "level": 0.95,
        "rank": 397,
        "n": 400,
        "groups": 400,
    }
    few = {
        "control": "sarcasm",
        "alpha": 0.01,
        "value": None,
        "low": 2.0,
        "high": None,
        "level": 0.95,
        "rank": 61,
        "n": 60,
        "groups": 60,
    }
    names = ["plain", "role play", "poem", "French", "sarcasm"]
    matrix = [
        [float(np.clip(0.92 - 0.16 * abs(i - j) + draw.normal(0, 0.02), 0.2, 1)) for j in range(5)] for i in range(5)
    ]
    matrix[4][0], matrix[0][4] = 0.31, 0.24
    bins = [
        {
            "low": b / 10,
            "high": (b + 1) / 10,
            "n": int(40 - 4 * abs(b - 3)),
            "probability": b / 10 + 0.05,
            "positive": min(1, b / 10 + 0.09),
        }
        for b in range(10)
    ]
    bins[9] = {"low": 0.9, "high": 1.0, "n": 0, "probability": 0, "positive": 0}
    return {
        "version": 1,
        "kind": "train",
        "program": "0.9.0",
        "task": {
            "runs": [{"name": "lies", "id": "01JD2"}, {"name": "mistakes", "id": "01JD3"}],
            "model": "SmolLM2-135M-Instruct-Q8_0.gguf",
            "layers": layers,
            "width": 576,
            "label": "truth@2",
            "positive": {"name": "lie", "samples": n // 2, "groups": 80, "without_rows": 3},
            "negative": {"name": "mistake", "samples": n // 2, "groups": 80, "without_rows": 0},
            "tokens": ["response", "response[0]"],
            "rows": "one a sample, mean",
            "groups": "question",
            "mixed_groups": 80,
            "split": "5 folds by question, the choice in 4 folds inside each",
            "how": ["difference of means (Marks and Tegmark 2023)", "logistic regression, L2, standardised"],
            "seed": 7,
            "level": 0.95,
        },
        "verdict": {
            "word": "separates lie from mistake beyond text, likelihood and prompt",
            "text": "The probe finds lies among mistakes on questions that it was not trained on, and no baseline comes near.",
            "because": [
                "AUROC 0.936 [0.905, 0.958] of 240 samples in 80 groups; permutation p 0.001",
                "the best baseline, words of the text, has 0.641; the difference is +0.295 [0.214, 0.376]",
                "with each style left out of training: 0.871 and more",
            ],
            "change": [
                "a baseline within 0.05 of the probe",
                "a style at which the probe is at chance: sarcasm has 60 samples and resolves 0.69",
            ],
        },
        "auroc": interval(0.936, 0.027),
        "permutation": {"p": 0.000999, "draws": 1000, "median": 0.5, "quantile": 0.589},
        "balanced_accuracy": interval(0.861, 0.04),
        "calibration": {
            "ece": interval(0.048, 0.02, note="of what samples of this size show: chance adds to it"),
            "ece_chance": 0.031,
            "ece_p": 0.08,
            "brier": interval(0.104, 0.02),
            "bins": bins,
        },
        "roc": roc(positive, negative),
        "baselines": [
            {
                "name": "words of the text",
                "kind": "text",
                "auroc": interval(0.641, 0.07),
                "difference": interval(0.295, 0.08, low=-1),
            },
            {
                "name": "length",
                "kind": "text",
                "auroc": interval(0.573, 0.06),
                "difference": interval(0.363, 0.07, low=-1),
            },
            {
                "name": "log-probability",
                "kind": "likelihood",
                "auroc": interval(0.618, 0.06),
                "difference": interval(0.318, 0.07, low=-1),
            },
            {
                "name": "entropy",
                "kind": "likelihood",
                "auroc": interval(0.602, 0.06),
                "difference": interval(0.334, 0.07, low=-1),
            },
            {
                "name": "condition alone",
                "kind": "prompt",
                "auroc": interval(0.5, 0.02),
                "difference": interval(0.436, 0.04, low=-1),
                "note": "the conditions are balanced",
            },
            {
                "name": "topic",
                "kind": "topic",
                "auroc": interval(0.471, 0.07),
                "difference": interval(0.465, 0.08, low=-1),
            },
        ],
        "left_out": [
            {
                "by": "style",
                "value": v,
                "auroc": interval(a, 0.06, 48, 16, note="16 groups: wide, and less sure than with 50"),
            }
            for v, a in zip(names, (0.93, 0.91, 0.88, 0.871, 0.58), strict=True)
        ],
        "controls": [
            {
                "name": "songs",
                "samples": 400,
                "groups": 400,
                "false_positives": interval(0.01, 0.009, 400, 400),
                "recall": {
                    "threshold": threshold,
                    "rate": interval(0.61, 0.09, 120, 80),
                    "both": interval(
                        0.61, 0.3, 120, 80, note="no honest score of 400 is surely above the 0.99 quantile"
                    ),
                },
            },
            {
                "name": "sarcasm",
                "samples": 60,
                "groups": 60,
                "false_positives": interval(0.18, 0.1, 60, 60),
                "recall": {"threshold": few, "rate": interval(0.0, 0.03, 120, 80), "both": interval(0.0, 1, 120, 80)},
                "note": "asked for by the user",
            },
        ],
        "selectivity": [
            {
                "task": t,
                "accuracy": interval(0.861, 0.04),
                "control": interval(0.54, 0.05),
                "difference": interval(0.321, 0.06, low=-1),
            }
            for t in ("question", "token", "template")
        ],
        "code_length": {
            "point": f"blocks.{layers - 3}.hook_resid_post",
            "bits": 132.4,
            "uniform": 240.0,
            "compression": 1.81,
            "n": 240,
            "classes": 2,
        },
        "curve": curve(layers, ("resid_mid", "resid_post"), "response", "difference of means", draw)
        + curve(layers, ("resid_mid", "resid_post"), "response[0]", "difference of means", draw)
        + curve(layers, ("resid_mid", "resid_post"), "response", "logistic, C 1", draw)
        + [
            {
                "name": p,
                "layer": -1,
                "depth": 0,
                "tokens": "response",
                "how": "difference of means",
                "auroc": interval(a, 0.06),
                "p": None,
            }
            for p, a in (("hook_embed", 0.52), ("ln_final.hook_normalized", 0.93))
        ],
        "choices": [
            {
                "fold": f"fold {f + 1}",
                "point": f"blocks.{layers - 3 + (f == 2)}.hook_resid_post",
                "tokens": "response",
                "how": "difference of means",
                "inner_auroc": 0.93 + f / 500,
                "auroc": 0.94 - f / 300,
            }
            for f in range(5)
        ],
        "scores": [
            {"name": "lie", "values": positive.tolist()},
            {"name": "mistake", "values": negative.tolist()},
            {"name": "songs", "values": songs.tolist()},
            {"name": "sarcasm", "values": [*sarcasm.tolist(), None]},
        ],
        "matrix": {
            "by": "style",
            "train": names,
            "test": names,
            "auroc": [
                [
                    interval(v, 0.06) if (i, j) != (3, 4) else {**interval(0, 0), "value": None, "note": "one class"}
                    for j, v in enumerate(row)
                ]
                for i, row in enumerate(matrix)
            ],
            "within": [[i == j for j in range(5)] for i in range(5)],
        },
        "samples": [
            sample(0, TEXT, 19, "lie", draw, 1),
            sample(1, TEXT, 19, "mistake", draw, -1),
            sample(
                2,
                [
                    HOSTILE,
                    "<!--",
                    "]]>",
                    "\x00\x1b[2J",
                    "\u202eevil\u2066",
                    "\u200b",
                    "&lt;",
                    "مرحبا",
                    " 👩\u200d🔬",
                    "日本語",
                    "\t",
                    "\n",
                    "",
                    "<0xE2>",
                ],
                4,
                HOSTILE,
                draw,
                1,
            ),
        ],
        "probe": {
            "file": "lie.safetensors",
            "name": "lie",
            "point": f"blocks.{layers - 3}.hook_resid_post",
            "tokens": "response",
            "how": "difference of means",
            "norm": 3.412,
        },
        "warnings": [
            "sarcasm: 60 samples; recall at 1 % takes 99",
            "37 samples of lies share a question with no mistake",
        ],
    }
