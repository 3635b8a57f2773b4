"""Gateways that are described in YAML: what to ask them, what they answer and report."""

from channels._gateway.description import Gateway, load_gateway
from channels._gateway.exchange import Exchange
from channels._gateway.reports import Reports

__all__ = ["Exchange", "Gateway", "Reports", "load_gateway"]
