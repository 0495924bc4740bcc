"""How receivers are told that a job or a batch has ended."""

from candor.adapters.webhooks.config import WebhooksConfig
from candor.adapters.webhooks.destinations import AllowedHosts
from candor.adapters.webhooks.opening import open_sender
from candor.adapters.webhooks.posting import PlainPost
from candor.adapters.webhooks.sender import HttpSender

__all__ = ["AllowedHosts", "HttpSender", "PlainPost", "WebhooksConfig", "open_sender"]
