"""A classifier that learned from this deployment's own traffic, as an operator names it."""

from pathlib import Path
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict, Field

from candor.adapters.classifier.promotion import PromotionConfig
from candor.domain.errors import ConfigError

if TYPE_CHECKING:
    import httpx

    from candor.adapters.classifier.shelf import Shelf, SingleFile
    from candor.adapters.classifier.trained import TrainedClassifier


class TrainedClassifierConfig(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["trained"] = "trained"
    path: Path = Field(
        description="A file that `candor train` wrote, or a folder kept by `candor screen`."
    )
    candidate_path: Path | None = Field(
        None,
        description="A file to compare with the one in charge on live traffic; a folder knows "
        "its own candidate.",
    )
    check_seconds: float = Field(
        5.0, gt=0, le=3600, description="How often to look whether another file is in charge."
    )
    promotion: PromotionConfig = PromotionConfig()

    def source(self) -> "Shelf | SingleFile":
        """Raises: ConfigError."""
        # numpy comes with it, which only those have who trained one.
        from candor.adapters.classifier.shelf import Shelf, SingleFile  # noqa: PLC0415

        if not self.path.is_dir():
            return SingleFile(self.path, self.candidate_path)
        if self.candidate_path is not None:
            raise ConfigError("candidate_path goes with a file; for a folder: candor screen watch")
        return Shelf(self.path)

    def build(self, name: str, http: "httpx.AsyncClient") -> "TrainedClassifier":  # noqa: ARG002 - all kinds are built alike
        """Raises: ConfigError when the file is missing or does not fit."""
        from candor.adapters.classifier.trained import TrainedClassifier  # noqa: PLC0415 # as above

        return TrainedClassifier(name, self.source(), self.check_seconds)
