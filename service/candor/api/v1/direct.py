"""Routes that read and answer by themselves, and what they do it with."""

import functools
from collections.abc import Callable, Coroutine, Mapping
from typing import Any, TypeVar

from fastapi import FastAPI, Request, Response
from fastapi.routing import APIRoute
from pydantic import BaseModel, ValidationError

from candor.api.validation import in_words

JSON = "application/json"
M = TypeVar("M", bound=BaseModel)


class Direct(APIRoute):
    """Documented like any route, but its endpoint reads and answers by itself: FastAPI's own
    handling of bodies costs more than a verdict from the cache.

    What answers look like is told to the document alone, by a route that is made for it: FastAPI
    would make validators of all of them at the start, which nobody uses.
    """

    def __init__(self, path: str, endpoint: Callable[..., Any], **told: Any) -> None:
        super().__init__(path, endpoint, **{**told, "response_model": None, "responses": None})
        self.documented = functools.partial(APIRoute, path, endpoint, **told)

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handler: Callable[[Request], Coroutine[Any, Any, Response]] = self.endpoint
        return handler


def add_direct(app: FastAPI, path: str, endpoint: Any, method: str = "GET", **told: Any) -> None:
    """`told` is what the OpenAPI document says of it, as `add_api_route` takes it."""
    app.router.add_api_route(path, endpoint, methods=[method], route_class_override=Direct, **told)


def query_of(request: Request, form: type[M]) -> M:
    """Raises: InvalidExchange."""
    try:
        return form.model_validate(dict(request.query_params))
    except ValidationError as exc:
        # Pydantic's error quotes the input: it ends here, and is nobody's cause.
        raise in_words(exc) from None


def answered(
    said: BaseModel, status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    return Response(said.model_dump_json(), status, headers, media_type=JSON)
