"""What each tenant has used of what it may use."""

from candor.adapters.limits.config import RateLimitsConfig
from candor.adapters.limits.opening import open_quotas

__all__ = ["RateLimitsConfig", "open_quotas"]
