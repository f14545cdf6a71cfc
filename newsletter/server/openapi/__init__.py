"""The API described in OpenAPI 3.1, made from the routes and the table of what each takes and gives."""

from newsletter.server.openapi.document import document as document
from newsletter.server.openapi.document import routes as routes
