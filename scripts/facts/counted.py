"""Facts that follow from rules: sums, Roman numerals, the calendar, the alphabet, order.

Answers are words, not digits: tokenizers cut digits into pieces that several numbers share.
"""

from __future__ import annotations

from collections.abc import Iterator

SMALL = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
    "fifteen sixteen seventeen eighteen nineteen"
).split()
TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
MONTHS = (
    "January February March April May June July August September October November December"
).split()
ORDINALS = (
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth"
).split()
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
BANDS = ("common", "less common", "rare")

# (band, what {x} stands for, what is true)
Fact = tuple[str, str, str]


def word(n: int) -> str:
    if n < 20:
        return SMALL[n]
    return TENS[n // 10 - 2] + ("" if n % 10 == 0 else "-" + SMALL[n % 10])


def roman(n: int) -> str:
    out = ""
    for value, letters in (
        (90, "XC"), (50, "L"), (40, "XL"), (10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I"),
    ):  # fmt: skip
        while n >= value:
            out, n = out + letters, n - value
    return out


def sums() -> Iterator[Fact]:
    for a, b in ((1, 2), (2, 2), (3, 2), (4, 2), (5, 2), (6, 2), (4, 5), (5, 5), (6, 5), (7, 5)):
        yield BANDS[0], f"{word(a)} plus {word(b)}", word(a + b)
    for a, b in ((9, 6), (8, 9), (7, 6), (9, 9), (7, 7), (8, 8), (13, 6), (11, 9), (12, 18)):
        yield BANDS[1], f"{word(a)} plus {word(b)}", word(a + b)
    for a, b in (
        (17, 25), (38, 16), (29, 44), (27, 36), (46, 48), (19, 62), (35, 18), (26, 49), (58, 26),
        (47, 45), (33, 29), (14, 57),
    ):  # fmt: skip
        yield BANDS[2], f"{word(a)} plus {word(b)}", word(a + b)


def products() -> Iterator[Fact]:
    for a, b in ((2, 3), (2, 5), (2, 2), (3, 3), (2, 4), (1, 7), (2, 6), (10, 3), (10, 8)):
        yield BANDS[0], f"{word(a)} times {word(b)}", word(a * b)
    for a, b in ((6, 7), (8, 9), (7, 8), (6, 6), (4, 7), (9, 9), (7, 9), (5, 9), (6, 9)):
        yield BANDS[1], f"{word(a)} times {word(b)}", word(a * b)
    for a, b in ((13, 6), (17, 5), (23, 4), (16, 4), (19, 2), (14, 4), (17, 3), (18, 5), (13, 3)):
        yield BANDS[2], f"{word(a)} times {word(b)}", word(a * b)


def numerals() -> Iterator[Fact]:
    for band, numbers in zip(
        BANDS,
        ((1, 2, 3, 5, 6, 7, 10, 11, 12), (4, 9, 14, 15, 16, 20, 18, 30, 19), (44, 59, 67, 49, 94, 88, 37, 26, 73)),
        strict=True,
    ):
        for n in numbers:
            yield band, roman(n), word(n)


def days() -> Iterator[Fact]:
    for i, day in enumerate(DAYS):
        yield BANDS[0], f"the day after {day}", DAYS[(i + 1) % 7]
        yield BANDS[1], f"the day that comes two days before {day}", DAYS[(i - 2) % 7]
        yield BANDS[2], f"the day that comes eleven days after a {day}", DAYS[(i + 11) % 7]


def months() -> Iterator[Fact]:
    for i, month in enumerate(MONTHS):
        yield BANDS[0], f"the month after {month}", MONTHS[(i + 1) % 12]
        yield BANDS[1], f"the {ORDINALS[i]} month of the year", month
        yield BANDS[2], f"the month that comes seven months after {month}", MONTHS[(i + 7) % 12]


def letters() -> Iterator[Fact]:
    for i, letter in enumerate(ALPHABET):
        if 0 < i + 1 < 26:
            yield BANDS[0], f"directly after {letter}", ALPHABET[i + 1]
        if i > 0:
            yield BANDS[1], f"directly before {letter}", ALPHABET[i - 1]
        if i + 5 < 26:
            yield BANDS[2], f"five places after {letter}", ALPHABET[i + 5]


COUNTED = {
    "sum": (
        ("What is {x}?", "How much is {x}?", "Which number do you get from {x}?"),
        sums,
    ),
    "product": (
        ("What is {x}?", "How much is {x}?", "Which number do you get from {x}?"),
        products,
    ),
    "numeral": (
        (
            "Which number is written {x} in Roman numerals?",
            "What does the Roman numeral {x} stand for?",
            "The Romans wrote {x} for which number?",
        ),
        numerals,
    ),
    "day": (
        ("Which day of the week is {x}?", "What is {x} called?", "Name {x}: which one is it?"),
        days,
    ),
    "month": (
        ("Which is {x}?", "What is {x} called?", "Name {x}: which one is it?"),
        months,
    ),
    "letter": (
        (
            "Which letter of the alphabet stands {x}?",
            "What letter comes {x} in the alphabet?",
            "In the alphabet, which letter is {x}?",
        ),
        letters,
    ),
}
