"""The gates that the settings describe: what levels ask, the hazard register, the profiles."""

from warnbroker.cap.profiles import load_profile
from warnbroker.intake.gates import Gates
from warnbroker.model.hazard import Hazard
from warnbroker.model.level import LevelScale
from warnbroker.settings import Settings


def gates_of(settings: Settings, scale: LevelScale) -> Gates:
    """Return the gates that the settings describe.

    Raises:
        ConfigError: a profile is named that is not there.
    """
    municipality = settings.municipality
    return Gates(
        scale,
        requires={code: frozenset(level.requires) for code, level in settings.levels.scale.items()},
        languages=tuple(municipality.required_languages),
        hazards=tuple(
            Hazard(
                code,
                hazard.names,
                tuple(hazard.levels),
                hazard.instructions,
                {level: tuple(codes) for level, codes in hazard.notify.items()},
                hazard.reach,
            )
            for code, hazard in settings.hazards.items()
        ),
        profiles=tuple(load_profile(name) for name in municipality.profiles),
    )
