"""Turn an alert's facts into the texts of every channel and language."""

from warnbroker.render.renderer import Renderer

__all__ = ["Renderer"]
