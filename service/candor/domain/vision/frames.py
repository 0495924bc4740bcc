"""Count the frames of an image without decoding them."""

from itertools import islice

from PIL import Image

from candor.domain.vision import gif, tiff

# One look each. Above it the count is a lower bound: enough to know that most was not seen.
MAX_COUNTED_FRAMES = 1000


def count(image: Image.Image, data: bytes) -> int:
    """Frames that a viewer would play or page through."""
    match image.format:
        case "MPO":
            return 1  # The others are previews, or the other eye's view, of the same photo.
        case "GIF":
            # Pillow would build every frame's palette on its way.
            return gif.frames(data, MAX_COUNTED_FRAMES)
        case "TIFF":
            # Pillow would read all that every page's directory leads to.
            pages = islice(tiff.directories(data), MAX_COUNTED_FRAMES)
            return max(sum(1 for _ in pages), 1)
        case _:
            return int(getattr(image, "n_frames", 1))
