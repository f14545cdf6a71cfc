"""The document itself, and where it is served."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from importlib.metadata import version
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from newsletter.server.api import door
from newsletter.server.api.calls import Operation
from newsletter.server.openapi import account, letters, readers
from newsletter.server.openapi.objects import SCHEMAS
from newsletter.server.openapi.words import ID, Described, Schema, ref

DESCRIBED: Mapping[str, Described] = {
    **account.DESCRIBED,
    **readers.DESCRIBED,
    **readers.BULK,
    **letters.DESCRIBED,
}
"""What every operation takes and gives, by method and path; a test compares it with the routes."""

_JSON = "application/json"
_KEY: dict[str, list[str]] = {"ApiKey": []}
_OAUTH = {"OAuth2": ["public"]}
_HAS_BODY = ("POST", "PUT", "PATCH", "DELETE")


@cache
def document() -> dict[str, Any]:
    """The API as OpenAPI 3.1, https://spec.openapis.org/oas/v3.1.1."""
    paths: dict[str, dict[str, Any]] = {}
    for operation in door.OPERATIONS:
        described = DESCRIBED[f"{operation.method} {operation.path}"]
        entry = _operation(operation, described)
        paths.setdefault(f"{door.PREFIX}{operation.path}", {})[operation.method.lower()] = entry
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "The embedded Kit-compatible server of Newsletter",
            "version": version("newsletter"),
            "description": "Ids may be sent as text and booleans as 0 and 1; blank values mean "
            "“not given”. Every list goes on with `after` and the `end_cursor` of the page before.",
        },
        "servers": [{"url": "/"}],
        "security": [_KEY, _OAUTH],
        "paths": paths,
        "components": {
            "schemas": dict(SCHEMAS),
            "responses": {
                "Refused": _response("Refused, with the reasons", ref("Errors")),
                "TooMany": {
                    "description": "Too many calls a minute",
                    "content": {"text/plain": {"schema": {"const": "Retry later"}}},
                },
            },
            "securitySchemes": {
                "ApiKey": {"type": "apiKey", "in": "header", "name": "X-Kit-Api-Key"},
                "OAuth2": {
                    "type": "oauth2",
                    "flows": {
                        "authorizationCode": {
                            "authorizationUrl": "/oauth/authorize",
                            "tokenUrl": "/oauth/token",
                            "refreshUrl": "/oauth/token",
                            "scopes": {"public": "everything the API can do"},
                        }
                    },
                },
            },
        },
    }


def routes() -> list[Route]:
    """/openapi.json, for everybody: it tells nothing of the account."""

    async def shown(_request: Request) -> Response:
        return JSONResponse(document())

    return [Route("/openapi.json", shown, methods=["GET"])]


def _operation(operation: Operation, described: Described) -> dict[str, Any]:
    method, path = operation.method, operation.path
    in_path = [
        {"name": name, "in": "path", "required": True, "schema": ID}
        for name in re.findall(r"\{(\w+)\}", path)
    ]
    in_query = [
        {"name": name, "in": "query", "schema": schema} for name, schema in described.query.items()
    ]
    entry: dict[str, Any] = {
        "operationId": _name(method, path),
        "summary": described.summary,
        "tags": [path.split("/")[1]],
        "parameters": in_path + in_query,
        "responses": {
            **{
                str(status): _response(_MEANS[status], schema)
                for status, schema in described.answers.items()
            },
            "4XX": {"$ref": "#/components/responses/Refused"},
            "429": {"$ref": "#/components/responses/TooMany"},
        },
    }
    if operation.oauth_only:
        entry["security"] = [_OAUTH]
    if described.body is not None and method in _HAS_BODY:
        is_needed = bool(described.body.get("required")) or "anyOf" in described.body
        entry["requestBody"] = {
            "required": is_needed,
            "content": {_JSON: {"schema": described.body}},
        }
    return entry


_MEANS = {
    200: "Done, or was so already",
    201: "Created",
    202: "Taken; finished later",
    204: "Done; nothing to say",
}


def _response(means: str, schema: Schema | None) -> dict[str, Any]:
    content = {} if schema is None else {"content": {_JSON: {"schema": schema}}}
    return {"description": means, **content}


def _name(method: str, path: str) -> str:
    """`GET /tags/{tag_id}/subscribers` as `get_tags_tag_id_subscribers`."""
    return "_".join([method.lower(), *re.findall(r"\w+", path)])
