"""The pairing and the table; needs neither PyTorch nor a model."""

import pairs
import pytest
import table


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch):
    monkeypatch.setattr(pairs, "SETTLE", 0)


class Scripted:
    """A side whose rates are given, and which notes in a list when it works."""

    def __init__(self, name, rates, calls):
        self.name, self.rates, self.calls = name, iter(rates), calls

    def side(self):
        return pairs.Side(self.name, lambda: self.calls.append(self.name) or next(self.rates))


def compared(base, other):
    calls = []
    return pairs.compare(Scripted("a", base, calls).side(), Scripted("b", other, calls).side(), len(base) - 1), calls


def test_the_first_pair_is_not_counted():
    c, _ = compared([1000, 10, 20, 40], [1, 20, 20, 20])
    assert c["base_rate"] == {"median": 20, "low": 10, "high": 40}
    assert c["other_rate"] == {"median": 20, "low": 20, "high": 20}


def test_ratios_are_taken_pair_by_pair():
    c, _ = compared([1, 10, 20, 40], [1, 20, 40, 20])
    assert c["ratio"] == {"median": 2, "low": 0.5, "high": 2}


def test_the_sides_alternate():
    _, calls = compared([1, 1, 1], [1, 1, 1])
    assert "".join(calls) == "abbaab"


def test_the_fastest_is_chosen_by_its_best_round():
    calls = []
    best, rates = pairs.fastest([Scripted("a", [5, 1], calls).side(), Scripted("b", [4, 4], calls).side()])
    assert best.name == "a" and rates == {"a": 5, "b": 4} and "".join(calls) == "abab"


def comparison(median, busy=0.0):
    s = {"median": median, "low": median, "high": median}
    return dict(name="decode", unit="tokens/s", target=1.5, base="x", other="y", base_rate=s, other_rate=s, ratio=s, busy_beside=busy)


def test_the_table_says_what_is_held():
    _, _, yes, no = table.markdown([comparison(1.5), comparison(1.49)]).splitlines()
    assert yes == "| decode | x | 2 [2, 2] tokens/s | y | 2 [2, 2] | 1.50 [1.50, 1.50] | 1.50: yes |"
    assert no.endswith("| 1.50: **no** |")


def test_a_busy_process_is_told_of():
    assert table.warnings([comparison(1, busy=0.01)]) == []
    assert len(table.warnings([comparison(1, busy=1.9)])) == 1
