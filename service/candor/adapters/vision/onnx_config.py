"""Networks in ONNX form, as an operator names them."""

from pathlib import Path
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict, Field

from candor.domain.vision.pool import Pool

if TYPE_CHECKING:
    from candor.adapters.vision.onnx_depth import OnnxDepth
    from candor.adapters.vision.onnx_segment import OnnxSegmenter

Triple = tuple[float, float, float]


class Normalisation(BaseModel):
    """What a network expects of its pixels: (value * scale - mean) / deviation, per channel."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    scale: float = Field(gt=0, description="Applied to values of 0 to 255 first.")
    mean: Triple = Field(description="Of red, green, blue, after the scale.")
    deviation: Triple = Field(description="Of red, green, blue, after the scale.")


_SAM = Normalisation(scale=1, mean=(123.675, 116.28, 103.53), deviation=(58.395, 57.12, 57.375))
# ImageNet's colours, in values of 0 to 1.
_IMAGENET = Normalisation(
    scale=1 / 255, mean=(0.485, 0.456, 0.406), deviation=(0.229, 0.224, 0.225)
)


class OnnxSegmentConfig(BaseModel):
    """Encoder and decoder of the SAM family, with point and box prompts. The defaults are those
    of MobileSAM's export."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["onnx"] = "onnx"
    encoder: Path = Field(description="File of the image encoder.")
    decoder: Path = Field(description="File of the prompt decoder.")
    side: int = Field(1024, ge=16, le=2048, description="Rows and columns of the encoder.")
    normalisation: Normalisation = _SAM
    encoder_input: str = Field("images", description="1 x 3 x side x side.")
    encoder_output: str = Field("embeddings", description="What the decoder is handed.")
    image_embeddings: str = Field("image_embeddings", description="Decoder's input of that.")
    point_coords: str = Field("point_coords", description="Decoder's input of spots.")
    point_labels: str = Field("point_labels", description="Decoder's input of their meaning.")
    mask_input: str = Field("mask_input", description="Decoder's input of an earlier mask.")
    has_mask_input: str = Field("has_mask_input", description="Whether there is one: never.")
    orig_im_size: str = Field("orig_im_size", description="Rows and columns of the masks.")
    masks: str = Field("masks", description="Decoder's output of masks.")
    scores: str = Field("iou_predictions", description="Decoder's output of their quality.")
    threshold: float = Field(0.0, description="Above it a pixel belongs to the thing.")
    remember: int = Field(4, ge=0, le=64, description="Encoded pictures kept, about 4 MB each.")

    def build(self, pool: Pool) -> "OnnxSegmenter":
        """Raises: ConfigError."""
        # numpy and onnxruntime are loaded where a network is configured.
        from candor.adapters.vision.onnx_segment import OnnxSegmenter  # noqa: PLC0415

        return OnnxSegmenter.loaded(self, pool)

    @property
    def asked(self) -> tuple[str, ...]:
        """The decoder's inputs."""
        prompts = (self.image_embeddings, self.point_coords, self.point_labels)
        return (*prompts, self.mask_input, self.has_mask_input, self.orig_im_size)


class OnnxDepthConfig(BaseModel):
    """A monocular depth network: one picture in, one value per pixel out. The defaults are those
    of Depth Anything (V1 and V2)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["onnx"] = "onnx"
    path: Path = Field(description="The model file.")
    input: str = Field("pixel_values", description="Name of the input, 1 x 3 x height x width.")
    output: str = Field("predicted_depth", description="Name of the output.")
    height: int = Field(518, gt=0, le=2048, description="Rows that the network is given.")
    width: int = Field(518, gt=0, le=2048, description="Columns that the network is given.")
    normalisation: Normalisation = _IMAGENET
    larger_is: Literal["nearer", "farther"] = Field(
        "nearer", description="What a larger value of the output means."
    )

    def build(self, pool: Pool) -> "OnnxDepth":
        """Raises: ConfigError."""
        from candor.adapters.vision.onnx_depth import OnnxDepth  # noqa: PLC0415 # as above

        return OnnxDepth.loaded(self, pool)
