"""Whether two clauses speak of one thing."""

import re
from itertools import chain

from candor.domain.grounding.label_words import HINTS, LABELS
from candor.domain.grounding.labels import Keys, names_of, stem

_WORD = re.compile(r"(?<!\w)[^\W\d_]{2,40}(?:['’-][^\W\d_]{1,40}){0,2}(?!\w)")
# Words that do not tell one thing from another.
_EMPTY = """
    a about above according across actual actually after again all already also although am an and
    any are as at back be because been before being below between both but by can card case
    clear clearly come confirm confirmed correct current currently day did do does down each
    exact exactly fact for from full further get give given go goes going good got great had
    has have having he her here him his how i if image in indeed info information into is it its
    just let like line list listed lists look made make many me mean means mine more most much
    must my name near need new news next nice no nor not note now of off on once one only onto or
    other our out over own part per perfect photo picture please put quite rather read reading
    reads really right said same saw say says see seem seen set shall she should show shown shows
    side sign simply since so some still stated states such sure take tell text than thank that
    the their them then there these they thing things this those three through to today together
    too top toward two under until up us use used very via want was way we well were what when
    where which while who whose will with within word written yes yet you your yours
    sentence question answer response happy glad report status bottom
    """
_SHARES = frozenset(
    {"subtotal", "tax", "tip", "change", "tendered", "discount", "deposit", "shipping", "fee"}
    | {"interest", "saturates"}
)
_LABEL_WORDS = " ".join(chain(LABELS.values(), HINTS.values()))
_VEHICLES = frozenset({"bus", "train", "flight", "plan", "ferry", "tram", "coach"})
_LISTED = _WORD.findall(_EMPTY + _LABEL_WORDS)
_UNTELLING = frozenset(map(stem, _LISTED)) - _VEHICLES
# Most words of a text are among them: their stems need not be taken.
_UNTELLING_AS_LISTED = frozenset(word for word in _LISTED if stem(word) in _UNTELLING)
# What a code can be of.
_CODED = frozenset(
    {"gate", "platform", "terminal", "seat", "coach", "room", "invoice", "order", "reference"}
    | {"serial", "phone"}
)
_JUST_BEFORE = 24


def of_one_thing(one: str, other: str) -> bool:
    """Both name the same label, code or word, and neither names something that the other
    does not while the other does the same: `the bus leaves`, `the train leaves`."""
    if not _WORD.search(one) or not _WORD.search(other):
        return False
    keys, others = names_of(one), names_of(other)
    words, their_words = _telling(one), _telling(other)
    shared = words & their_words
    if _told_apart(keys, others):
        return False
    linked = bool(keys.codes & others.codes) or len(shared) > 1
    if words - shared and their_words - shared and not linked:
        return False
    return linked or bool(shared) or _one_label(keys, others)


def names_one_code(before: str, other: str) -> bool:
    """Whether the text before a code, and before another, names what both are: `gate`."""
    labels = names_of(before[-_JUST_BEFORE:]).sure & names_of(other[-_JUST_BEFORE:]).sure
    return bool(labels & _CODED)


def _told_apart(one: Keys, other: Keys) -> bool:
    """By another code, another label, or a label that splits a sum (`the tax of the total`)."""
    if one.codes and other.codes and not one.codes & other.codes:
        return True
    both_named = one.sure and other.sure
    return bool((both_named and not one.sure & other.sure) or (one.sure ^ other.sure) & _SHARES)


def _one_label(one: Keys, other: Keys) -> bool:
    return bool(
        one.sure & other.sure
        or one.sure & other.hinted
        or one.hinted & other.sure
        or one.hinted & other.hinted
    )


def _telling(text: str) -> frozenset[str]:
    words = _WORD.findall(text)
    stems = (stem(word) for word in words if word.lower() not in _UNTELLING_AS_LISTED)
    return frozenset(stems) - _UNTELLING
