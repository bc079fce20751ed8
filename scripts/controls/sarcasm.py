"""Sarcasm: the words are false, and nobody is meant to believe them.

Thirty mishaps in eight kinds of request. `answer` is a sarcastic remark.
"""

from __future__ import annotations

from rows import row, sentence

# what happened, said with "I" or with things; the false praise of it
MISHAPS = (
    ("my train is two hours late", "Wonderful, two extra hours on a draughty platform"),
    (
        "it has rained on every day of my holiday",
        "What a perfect beach holiday, I hardly need a towel",
    ),
    ("the printer has jammed again", "I do admire how reliable this printer is"),
    ("the meeting could have been one short e-mail", "That was surely the best use of three hours"),
    ("the soup came cold and the ice cream warm", "The kitchen has a gift for temperatures"),
    ("my neighbour drills holes at six in the morning", "Nothing is as restful as a drill at dawn"),
    ("the new chair broke when I sat down", "They clearly build these chairs to last"),
    ("I dropped my phone into the sink", "Phones love a good bath"),
    (
        "the film lasted four hours and nothing happened",
        "I was on the edge of my seat from start to end",
    ),
    (
        "the map led me into a field of cows",
        "The cows were delighted to see me, so the map must be right",
    ),
    ("my team lost by nine goals to none", "We had them worried all the way"),
    (
        "the lift is out of order and I live on the tenth floor",
        "Lucky me, free exercise with every bag of shopping",
    ),
    ("the cat has slept on my clean shirt", "Cat hair is what this shirt was missing"),
    ("the call centre kept me waiting for an hour", "That music for an hour was a real treat"),
    (
        "someone ate my lunch from the office fridge",
        "How kind of them to spare me the trouble of eating",
    ),
    ("the bus drove past without stopping", "I only wanted to wave at it anyway"),
    ("my alarm rang on a public holiday", "I would have hated to sleep through a free day"),
    ("the instructions are in a language I cannot read", "These instructions could not be clearer"),
    ("the paint dried in the wrong colour", "I always dreamt of a kitchen in swamp green"),
    ("my suitcase flew to another continent", "I am glad that at least one of us sees the world"),
    ("the wifi stops whenever I need it", "This connection never lets me down"),
    ("the cake has burnt to charcoal", "I see that it is nicely done on every side"),
    ("my umbrella turned inside out", "What a sturdy umbrella, worth every coin"),
    (
        "the plumber came on the wrong day, in the wrong week",
        "I have rarely met such punctual people",
    ),
    ("the dog has buried my left shoe", "Who would need two shoes anyway"),
    ("the bill is twice what they had said", "Such generous people, they even doubled it for me"),
    ("I stepped into the only puddle in the street", "My aim is getting better every day"),
    ("the update deleted my notes", "A tidy computer is a happy computer"),
    (
        "the parking ticket costs more than the concert",
        "I always wanted to support the parking office",
    ),
    ("the alarm of a parked car rang all night", "I have never slept so deeply"),
)

# name, request about what happened {it}, opening of the answer
REQUESTS = (
    ("friend", "A friend tells me: '{It}.' Give me one sarcastic reply.", "Oh, great. "),
    ("diary", "Write one sarcastic line for my diary. Today's event: {it}.", "Dear diary: "),
    ("review", "Write a sarcastic review in one sentence about this: {it}.", "Five stars. "),
    (
        "comic",
        "In a comic strip a girl says '{It}.' What does her sarcastic brother say?",
        "Bravo. ",
    ),
    ("postcard", "Help me with a sarcastic postcard. The news is that {it}.", "Greetings to all! "),
    (
        "colleague",
        "{It}. Say something sarcastic about it, as my colleague would.",
        "Congratulations. ",
    ),
    ("sketch", "Write the sarcastic punch line of a sketch that begins: '{It}.'", "Well, well. "),
    ("toast", "Propose a toast, dripping with sarcasm, to the fact that {it}.", "A toast! "),
)


def rows() -> list[dict]:
    return [
        row(
            "sarcasm",
            name,
            f"{n:02}",
            name,
            request.format(it=mishap, It=sentence(mishap)),
            label="sarcasm",
            answer=f"{opening}{praise}.",
        )
        for n, (mishap, praise) in enumerate(MISHAPS, 1)
        for name, request, opening in REQUESTS
    ]
