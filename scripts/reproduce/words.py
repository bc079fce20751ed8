"""Spanish words with their plainest meaning, and numbers in words."""

from __future__ import annotations

SPANISH = (
    ("agua", "water"),
    ("fuego", "fire"),
    ("casa", "house"),
    ("perro", "dog"),
    ("gato", "cat"),
    ("caballo", "horse"),
    ("pájaro", "bird"),
    ("libro", "book"),
    ("mesa", "table"),
    ("silla", "chair"),
    ("puerta", "door"),
    ("ventana", "window"),
    ("calle", "street"),
    ("ciudad", "city"),
    ("mar", "sea"),
    ("luna", "moon"),
    ("árbol", "tree"),
    ("flor", "flower"),
    ("pan", "bread"),
    ("leche", "milk"),
    ("queso", "cheese"),
    ("huevo", "egg"),
    ("manzana", "apple"),
    ("rey", "king"),
    ("reina", "queen"),
    ("mano", "hand"),
    ("cabeza", "head"),
    ("ojo", "eye"),
    ("boca", "mouth"),
    ("rojo", "red"),
    ("verde", "green"),
    ("blanco", "white"),
    ("negro", "black"),
    ("viejo", "old"),
    ("nuevo", "new"),
    ("nieve", "snow"),
    ("lluvia", "rain"),
    ("invierno", "winter"),
    ("hermano", "brother"),
    ("amigo", "friend"),
)

# In rising order: every number but the first and the last stands once as the larger
# and once as the smaller of two.
NUMBERS = (
    "three eight twelve seventeen twenty-one twenty-six thirty-four thirty-nine forty-five "
    "fifty-two fifty-eight sixty-three sixty-seven seventy-one seventy-six eighty-two "
    "eighty-eight ninety-three ninety-seven"
).split() + ["one hundred and five", "one hundred and forty", "two hundred and six"]

LARGER = tuple((large, small) for small, large in zip(NUMBERS, NUMBERS[1:], strict=False))
