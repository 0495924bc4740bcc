"""What went wrong, in the fixed words of `RedisUnavailable.reason`."""

import builtins

from redis import exceptions


def reason_of(exc: Exception) -> str:
    match exc:
        case builtins.TimeoutError() | exceptions.TimeoutError():
            return "timeout"
        case exceptions.OutOfMemoryError():
            return "oom"
        case (
            exceptions.AuthenticationError()
            | exceptions.AuthorizationError()
            | exceptions.NoPermissionError()
            | exceptions.AuthenticationWrongNumberOfArgsError()
        ):
            return "denied"
        case exceptions.ConnectionError() | OSError():
            return "refused"
    return "error"


def is_silence(exc: Exception) -> bool:
    """Nobody is there who could answer the next one better. A server that is full, or that does
    not like what it was asked, has answered."""
    if isinstance(exc, exceptions.ClusterDownError):
        return True
    own_fault = exceptions.MaxConnectionsError | exceptions.DataError
    return not isinstance(exc, exceptions.ResponseError | own_fault)
