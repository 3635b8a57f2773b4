"""Gateways that are described in YAML: what to ask them, what they answer and report."""

from channels._gateway.box import Box
from channels._gateway.description import Gateway, load_gateway
from channels._gateway.settings import GatewaySettings

__all__ = ["Box", "Gateway", "GatewaySettings", "load_gateway"]
