"""What `/metrics` says, as numbers."""

from dataclasses import dataclass, field

from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample


@dataclass(frozen=True, slots=True)
class Scrape:
    """All samples of one answer of `/metrics`."""

    samples: tuple[Sample, ...] = field(repr=False)

    @classmethod
    def of(cls, text: str) -> "Scrape":
        families = text_string_to_metric_families(text)
        return cls(tuple(sample for family in families for sample in family.samples))

    def total(self, name: str, **labels: str) -> float:
        """Over all series of that name with these labels, `candor_` left out; 0 without any."""
        found = (s for s in self.samples if s.name == f"candor_{name}")
        return sum(s.value for s in found if labels.items() <= s.labels.items())

    def by(self, name: str, label: str) -> dict[str, float]:
        """Sums by the values of a label, without those that are 0."""
        sums: dict[str, float] = {}
        for sample in self.samples:
            if sample.name == f"candor_{name}" and sample.value:
                value = sample.labels[label]
                sums[value] = sums.get(value, 0.0) + sample.value
        return sums
