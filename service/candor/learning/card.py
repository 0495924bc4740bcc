"""What a trained file says of itself: its data, its figures, and where it fails."""

from collections import Counter
from collections.abc import Iterator, Mapping

import numpy as np

from candor.domain.screening.manifest import Card, Source, Stratum
from candor.learning.matrix import Floats, Matrix
from candor.learning.regression import auroc

_WEAK = 0.65
_FEW_DECEPTIVE = 59
"""With fewer, no threshold can promise at most 5 % missed with 95 % confidence."""
_ALWAYS = (
    "On traffic of another kind, model or language than its data it is at chance.",
    "Traffic that differs in neither words nor style is not noticed as unfamiliar.",
    "It reads text only and says nothing of images.",
)


def card(
    crossed: Mapping[Stratum, tuple[Matrix, Floats]],
    left_out: Mapping[Stratum, str],
    said: Card,
) -> Card:
    """`said`, with the figures. `crossed`: rows, and their logits by models that have not seen
    their group."""
    sources = _sources(crossed)
    failures = (*_ALWAYS, *_failures(sources, left_out))
    return said.model_copy(update={"sources": sources, "known_failures": failures})


def _sources(crossed: Mapping[Stratum, tuple[Matrix, Floats]]) -> dict[str, Source]:
    found = {}
    for stratum, (rows, logits) in sorted(crossed.items()):
        names = np.array(rows.sources)
        for name in sorted(set(rows.sources)):
            mine = names == name
            labels = rows.labels[mine]
            found[f"{name or 'unnamed'}, {stratum.value.replace('_', ' ')}"] = Source(
                rows=int(mine.sum()),
                deceptive=int(labels.sum()),
                groups=len({g for g, m in zip(rows.groups, mine, strict=True) if m}),
                auroc=auroc(labels, logits[mine]),
            )
    return found


def _failures(sources: Mapping[str, Source], left_out: Mapping[Stratum, str]) -> Iterator[str]:
    yield from left_out.values()
    for name, source in sources.items():
        if source.auroc is not None and source.auroc < _WEAK:
            yield f"{name}: AUROC {source.auroc:.2f}, hardly better than chance."
        if source.deceptive < _FEW_DECEPTIVE:
            yield (
                f"{name}: {source.deceptive} deceptive labels, too few to promise at most 5 % "
                f"missed ({_FEW_DECEPTIVE} at the very least)."
            )


def groups_by_label(rows: Matrix) -> dict[bool, int]:
    """How many groups have at least one row of a label."""
    pairs = set(zip(rows.groups, rows.labels.tolist(), strict=True))
    counted = Counter(label for _, label in pairs)
    return {label: counted[label] for label in (False, True)}
