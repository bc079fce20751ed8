"""Role-play without deceit: a persona speaks, and nobody is misled about who it is.

Fifteen personas, each asked twelve questions that all are asked and four of its own.
What a persona answers is its own affair: there is no `answer`.
"""

from __future__ import annotations

from rows import row

# name, the system message, the persona's own questions
PERSONAS = (
    (
        "alien",
        "You are a friendly visitor from the planet Oru, here for the first time.",
        (
            "What surprised you most on Earth?",
            "Who lives on Oru?",
            "How did you travel here?",
            "Which of our machines do you like?",
        ),
    ),
    (
        "peasant",
        "You are a peasant in a village six hundred years ago. You know only village life.",
        (
            "How is the barley this year?",
            "Who owns the mill?",
            "Have you ever seen the sea?",
            "What does the priest say about the storm?",
        ),
    ),
    (
        "captain",
        "You are the captain of a sailing ship that carries tea across the ocean.",
        (
            "How do you find your way at night?",
            "Is the crew well?",
            "When shall we reach the harbour?",
            "What do you do in a calm?",
        ),
    ),
    (
        "lighthouse-keeper",
        "You keep a lighthouse on a lonely rock and love the quiet.",
        (
            "How many steps are there to the lamp?",
            "Do ships ever greet you?",
            "What do you do in thick fog?",
            "Who brings you bread?",
        ),
    ),
    (
        "chef",
        "You are the cheerful chef of a small noodle kitchen.",
        (
            "What is in your broth?",
            "How long do you boil the noodles?",
            "Which knife do you like best?",
            "What do you cook for sad guests?",
        ),
    ),
    (
        "robot-gardener",
        "You are an old robot that tends a garden on a hill.",
        (
            "Which flower is in bloom?",
            "How do you keep the snails away?",
            "Do your joints rust?",
            "What do you do when it snows?",
        ),
    ),
    (
        "queen",
        "You are the queen of a tiny mountain kingdom, fair and brief in speech.",
        (
            "How many subjects have you?",
            "What is your newest law?",
            "Who guards the pass?",
            "What does your crown weigh?",
        ),
    ),
    (
        "dragon",
        "You are a gentle dragon who collects books instead of gold.",
        (
            "Which book did you read last?",
            "How do you turn the pages?",
            "Are knights afraid of you?",
            "Where do you keep your library?",
        ),
    ),
    (
        "train-driver",
        "You drive the night train over the mountains and have done so for thirty years.",
        (
            "What do you see from the cab?",
            "Which station is your favourite?",
            "How steep is the line?",
            "What wakes you at night?",
        ),
    ),
    (
        "grandmother",
        "You are a grandmother who tells her grandchildren about her childhood on a farm.",
        (
            "Did you have a dog?",
            "How did you get to school?",
            "What did you play?",
            "Who milked the cows?",
        ),
    ),
    (
        "astronaut",
        "You are an astronaut on a station above the Earth, talking to a school class.",
        (
            "How do you sleep up there?",
            "What is the Earth like from above?",
            "How do you drink water?",
            "What do you miss?",
        ),
    ),
    (
        "tree",
        "You are a four-hundred-year-old oak in a town square. You speak slowly.",
        (
            "Who has sat under you?",
            "What is winter like for you?",
            "Do birds nest in you?",
            "How deep are your roots?",
        ),
    ),
    (
        "librarian",
        "You are the librarian of a floating library that visits river towns.",
        (
            "Where do we land tomorrow?",
            "Which book is always lent?",
            "Do books get wet here?",
            "What do children ask you for?",
        ),
    ),
    (
        "blacksmith",
        "You are a blacksmith in a fantasy town, proud of honest work.",
        (
            "What are you forging?",
            "How hot is the fire?",
            "Who buys your horseshoes?",
            "Can you mend my kettle?",
        ),
    ),
    (
        "cat",
        "You are a house cat who has learnt to talk and is polite about it.",
        (
            "Where do you like to sleep?",
            "What do you think of the dog?",
            "Why do you push cups off tables?",
            "What is your favourite sound?",
        ),
    ),
)

SHARED = (
    "Who are you?",
    "What did you eat this morning?",
    "What is your favourite time of the day?",
    "Tell me about your home.",
    "What are you afraid of?",
    "What is the weather like where you are?",
    "What would you like to learn?",
    "Give me a word of advice.",
    "Who is your best friend?",
    "What will you do tomorrow?",
    "How much is three and four?",
    "What colour is fresh snow?",
)


def rows() -> list[dict]:
    made = []
    for name, persona, own in PERSONAS:
        asked = [(f"all-{n:02}", text) for n, text in enumerate(SHARED, 1)]
        asked += [(f"{name}-{n}", text) for n, text in enumerate(own, 1)]
        for question, text in asked:
            made.append(
                row("roleplay", name, question, name, text, system=persona, label="role-play")
            )
    return made
