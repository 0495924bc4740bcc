"""What verdicts are called in Redis."""

PREFIX = "candor:verdict:v1:"
"""Followed by the key, which begins with the version of the policy and a colon."""

CLEARED = "candor:cache:v1:cleared"
"""Channel on which the beginning of keys is told that were cleared: a policy's version and a
colon, or nothing for all."""


def name_of(key: str) -> str:
    return PREFIX + key
