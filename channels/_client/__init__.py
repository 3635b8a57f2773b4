"""A client for HTTP that sends one request after the other over connections that stay open."""

from channels._client.answer import Answer
from channels._client.client import HttpClient

__all__ = ["Answer", "HttpClient"]
