"""Shipped data: templates and configuration, from the wheel or from the source tree."""

from importlib.resources import files
from pathlib import Path


def shipped(folder: str) -> Path:
    """Return a shipped data folder."""
    packaged = Path(str(files("warnbroker"))) / folder
    return packaged if packaged.is_dir() else Path(__file__).parents[1] / folder
