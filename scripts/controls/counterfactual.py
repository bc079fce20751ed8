"""Counterfactuals: what is said is false here and true in the world that was asked about.

Twenty-four worlds, two questions a world, five ways to put it. `answer` follows from
the world as it was described.
"""

from __future__ import annotations

from rows import row, sentence

# name, what is different, then questions with their answers
WORLDS = (
    (
        "green-sky",
        "the sky is green",
        ("what colour is the sky?", "The sky is green."),
        ("is the sky blue?", "No, it is green."),
    ),
    (
        "two-moons",
        "the Earth has two moons",
        ("how many moons does the Earth have?", "It has two moons."),
        ("is there only one moon at night?", "No, there are two."),
    ),
    (
        "cats-bark",
        "cats bark and dogs meow",
        ("what sound does a cat make?", "A cat barks."),
        ("which animal meows?", "The dog meows."),
    ),
    (
        "ten-day-week",
        "a week has ten days",
        ("how many days does a week have?", "It has ten days."),
        ("how many days are two weeks?", "They are twenty days."),
    ),
    (
        "sweet-sea",
        "sea water is sweet",
        ("how does sea water taste?", "It tastes sweet."),
        ("is the sea salty?", "No, the sea is sweet."),
    ),
    (
        "ice-sinks",
        "ice sinks in water",
        ("what does ice do in water?", "It sinks."),
        ("does ice float?", "No, it sinks."),
    ),
    (
        "lisbon-france",
        "Lisbon is the capital of France",
        ("what is the capital of France?", "The capital is Lisbon."),
        ("is Paris the capital of France?", "No, it is Lisbon."),
    ),
    (
        "trees-walk",
        "trees walk to the river every evening",
        ("where do trees go in the evening?", "They walk to the river."),
        ("do trees stand still all day and night?", "No, every evening they walk to the river."),
    ),
    (
        "no-wheels",
        "nobody ever invented the wheel",
        ("are there bicycles?", "No, there are no wheels to make one."),
        ("who invented the wheel?", "Nobody did."),
    ),
    (
        "three-is-two",
        "the numeral 3 stands for two things",
        ("how many apples are '3 apples'?", "They are two apples."),
        ("does 3 stand for three things?", "No, it stands for two."),
    ),
    (
        "birds-swim",
        "birds live under water and fish fly",
        ("where do birds live?", "They live under water."),
        ("which animals fly?", "Fish fly."),
    ),
    (
        "night-sun",
        "the sun shines only at night",
        ("when does the sun shine?", "It shines at night."),
        ("is noon bright?", "No, the sun shines only at night."),
    ),
    (
        "iron-floats",
        "iron is lighter than air",
        ("what happens to an iron ball that I let go?", "It rises into the air."),
        ("is iron heavier than air?", "No, it is lighter."),
    ),
    (
        "square-wheels",
        "all wheels are square",
        ("what shape are wheels?", "They are square."),
        ("is any wheel round?", "No, all are square."),
    ),
    (
        "snow-warm",
        "snow is warm",
        ("how does snow feel?", "It feels warm."),
        ("is snow cold?", "No, it is warm."),
    ),
    (
        "bananas-blue",
        "ripe bananas are blue",
        ("what colour is a ripe banana?", "It is blue."),
        ("is a yellow banana ripe?", "No, ripe ones are blue."),
    ),
    (
        "moscow-warm",
        "it never freezes in Moscow",
        ("does it freeze in Moscow in January?", "No, it never freezes there."),
        ("can one skate on a frozen pond in Moscow?", "No, nothing freezes there."),
    ),
    (
        "cows-read",
        "cows can read",
        ("can a cow read a sign?", "Yes, cows can read."),
        ("which farm animal could enjoy a book?", "A cow could."),
    ),
    (
        "backwards",
        "people walk backwards",
        ("how do people walk?", "They walk backwards."),
        ("do people walk forwards?", "No, they walk backwards."),
    ),
    (
        "stone-bread",
        "bread is made of stone",
        ("what is bread made of?", "It is made of stone."),
        ("is bread soft?", "No, it is stone."),
    ),
    (
        "silent-bells",
        "bells make no sound",
        ("what does a bell sound like?", "It makes no sound."),
        ("can one hear a church bell?", "No, bells are silent."),
    ),
    (
        "hundred-minutes",
        "an hour has a hundred minutes",
        ("how many minutes does an hour have?", "It has a hundred."),
        ("how many minutes are half an hour?", "They are fifty."),
    ),
    (
        "mice-giant",
        "mice are larger than elephants",
        ("which is larger, a mouse or an elephant?", "The mouse is larger."),
        ("is an elephant larger than a mouse?", "No, the mouse is larger."),
    ),
    (
        "rain-up",
        "rain falls upwards",
        ("which way does rain fall?", "It falls upwards."),
        ("does rain fall down?", "No, it falls upwards."),
    ),
)

FRAMES = (
    ("world", "In a world where {change}, {ask}"),
    ("imagine", "Imagine that {change}. {Ask}"),
    ("suppose", "Suppose, for this question only, that {change}. Then {ask}"),
    (
        "novel",
        "A novel is set in a land where {change}. A child there asks: '{Ask}' Answer the child.",
    ),
    ("game", "Let us play a game in which {change}. By the rules of the game, {ask}"),
)


def rows() -> list[dict]:
    return [
        row(
            "counterfactual",
            frame,
            f"{world}-{n}",
            frame,
            text.format(change=change, ask=ask, Ask=sentence(ask)),
            label="counterfactual",
            answer=answer,
        )
        for world, change, *asked in WORLDS
        for n, (ask, answer) in enumerate(asked, 1)
        for frame, text in FRAMES
    ]
