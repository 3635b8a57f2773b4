"""A plan for those whom nothing else has reached: the same alert, its next revision."""

import csv
import io
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from channels.van.files import read_plan, write_whole
from channels.van.request import PlanRequest
from warnbroker.errors import FileError
from warnbroker.model.alert import Position


def turn_of(alert: str, directory: Path) -> tuple[int, int]:
    """Return the turn and the revision of an alert's plan, 0 where there is none."""
    try:
        plan = read_plan(alert, directory)
    except FileError:
        plan = None
    return (plan.briefing.turn, plan.briefing.revision) if plan else (0, 0)


def favoured(
    request: PlanRequest,
    where: Sequence[tuple[Position, int]],
    turn: int,
    revision: int,
    directory: Path,
) -> PlanRequest:
    """Return a request for those people alone, whose number and places lie beside the plan.

    Raises:
        OSError: they could not be written.
    """
    revision = max(request.briefing.revision, revision + 1)
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(("lat", "lon", "people"))
    writer.writerows((latitude, longitude, people) for (latitude, longitude), people in where)
    file = directory / request.alert / f"unreached-r{revision}.csv"
    write_whole(file, text.getvalue().encode())
    briefing = request.briefing.model_copy(update={"revision": revision, "turn": turn})
    return replace(request, briefing=briefing, population=file if where else request.population)
