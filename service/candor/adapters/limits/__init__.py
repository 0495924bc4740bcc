"""What each tenant has used of what it may use."""

from candor.adapters.limits.config import RateLimitsConfig
from candor.adapters.limits.counted import CountedQuotas, open_quotas

__all__ = ["CountedQuotas", "RateLimitsConfig", "open_quotas"]
