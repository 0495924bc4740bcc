"""Images that are somewhere else."""

from candor.adapters.images.config import RemoteImagesConfig
from candor.adapters.images.opening import Most, open_remote_images

__all__ = ["Most", "RemoteImagesConfig", "open_remote_images"]
