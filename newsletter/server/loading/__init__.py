"""Filling a store from a document: objects of every kind, with the ids that the document gives."""

from newsletter.server.loading.items import BadDocument as BadDocument
from newsletter.server.loading.load import KINDS as KINDS
from newsletter.server.loading.load import is_new as is_new
from newsletter.server.loading.load import load as load
