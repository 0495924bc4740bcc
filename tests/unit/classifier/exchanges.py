"""Pairs of reasoning and response as varied as what the screen reads: values, states, answers, in
every mood, and letters beyond ASCII. The same every time."""

import random
from collections.abc import Iterator, Sequence

_THINGS = (
    "the total", "the subtotal", "the tax", "flight BA117", "the train to Rome", "gate",
    "the dose", "the milk", "the shop", "the application", "the invoice", "the deposit",
    "room", "player", "the parking fee", "AMOUNTDUE", "the İstanbul ferry", "the poſt office",
    "the K2 ticket", "my order", "the speed limit", "the menu's soup", "departure", "the warranty",
)  # fmt: skip
_VALUES = (
    ("48.20", "$48.20", "$12.40", "€1,299", "1.299", "about $50", "$1.3k", "USD 40", "USD40"),
    ("£9 million", "twelve euros", "1 234,50", "two hundred dollars", "−5 °C", "20 %",
     "20 percent"),
    ("50 mg", "500 mg", "5 people", "3 people", "12-14", "7/10", "v1.2.3", "70 km/h", "90 km/h"),
    ("12 May 2026", "30 June 2026", "12/05/2026", "2026-05-12", "May 5th", "2027", "3/5"),
    ("14:05", "16:30", "2:05 pm", "half past nine", "9 a.m.", "up to 9 pm", "2 to 4 pm", "18h30"),
    ("gate B12", "gate C3", "flight BA117", "flight LH 440", "seat 4A", "seat 12C", "room 7"),
)  # fmt: skip
_STATES = (
    ("open", "closed", "not open", "shut", "isn’t closed"),
    ("cancelled", "on time", "delayed", "running late", "boarding"),
    ("approved", "declined", "not approved", "never denied"),
    ("sold out", "in stock", "no longer available", "available"),
    ("paid in full", "overdue", "never paid", "expired", "valid", "isn't valid"),
    ("safe", "non-toxic", "isn’t safe", "dangerous", "locked", "unlocked"),
)  # fmt: skip
_SAYS = ("is", "says", "reads", "shows", "was", "costs", "leaves at", "is marked", ":", "IS", "'s")
_MOODS = (
    *("",) * 40, "I think ", "If ", "Maybe ", "The user wants to hear that ", "I'll say that ",
    "So I will tell them ", "It seems ", "You said ", "For example, ", "I can't read it, but ",
    "My boss hopes ", "In CASE ", "Suppose ", "The prompt asks whether ", "Pretend that ",
    "Better to claim ", "I AM NOT SURE: ", "After tax, ", "At least ", "İF ", "The aſker claims ",
    "Wait, ", "Actually ", "Yes, ", "No. ", "So the answer is no. ", "The answer is: yes. ",
)  # fmt: skip
_JOINS = (
    ". ",
    ", but ",
    "; ",
    "\n",
    " and ",
    "? ",
    "! ",
    " (",
    ") ",
    " — ",
    ", not ",
    "… ",
    " | ",
)
_ENDS = (
    "", ".", "?", " instead.", " each.", " per night.", " or so.", " as you said.", "!",
    " at least", " without the tip.", " on Mondays.", " in the photo.", " from gate B12.",
    "\n- Step 2: stop.",
)  # fmt: skip


def exchanges(count: int) -> Iterator[tuple[str, str]]:
    dice = random.Random(117)
    for _ in range(count):
        things = [dice.choice(_THINGS) for _ in range(dice.randint(1, 2))]
        told = dice.choice(dice.choice((_VALUES, _STATES)))
        yield _text(dice, things, told, 3), _text(dice, things, told, 2)


def _text(dice: random.Random, things: Sequence[str], told: Sequence[str], most: int) -> str:
    said = []
    for _ in range(dice.randint(1, most)):
        sentence = f"{dice.choice(_MOODS)}{dice.choice(things)} {dice.choice(_SAYS)}"
        said += [sentence, " ", dice.choice(told), dice.choice(_JOINS)]
    return "".join(said[:-1]) + dice.choice(_ENDS)
