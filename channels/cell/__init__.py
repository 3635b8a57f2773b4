"""Area orders: carriers and cell-broadcast centres tell everybody in an area, without numbers."""

from channels.cell.channel import CellChannel
from channels.cell.settings import CellSettings

__all__ = ["CellChannel", "CellSettings"]
