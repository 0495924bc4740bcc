"""How callers are told apart."""

from candor.adapters.identity.config import AuthConfig
from candor.adapters.identity.identities import open_identity
from candor.adapters.identity.keys import NewKey, new_key

__all__ = ["AuthConfig", "NewKey", "new_key", "open_identity"]
