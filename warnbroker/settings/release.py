"""Who must agree before an alert leaves."""

from typing import Self

from pydantic import Field, model_validator

from warnbroker.model.enums import Status
from warnbroker.settings.section import Section


class Step(Section):
    """One agreement, by somebody who has one of the roles and took no other part."""

    name: str = Field(min_length=1)
    roles: list[str] = Field(default=["approver"], min_length=1)


class ChainRule(Section):
    """The steps for alerts that match every given list; an empty list matches all."""

    level: list[str] = []
    status: list[Status] = []
    steps: list[Step] = []

    @model_validator(mode="after")
    def _steps_differ(self) -> Self:
        names = [step.name for step in self.steps]
        if len(set(names)) < len(names):
            raise ValueError("two steps have the same name; a step is known by it")
        return self


class Override(Section):
    """The emergency way out: who may take it, and how many seconds a countersignature may take."""

    enabled: bool = False
    roles: list[str] = ["approver"]
    countersign_within: float = Field(default=1800, gt=0)


class Release(Section):
    """Flows by name; the first rule of a flow that matches decides. Times in seconds.

    ``flow`` is taken unless an alert asks for another, ``relay_flow`` for alerts of other
    platforms.
    """

    flow: str = "standard"
    relay_flow: str = "relay"
    flows: dict[str, list[ChainRule]] = {"standard": [], "relay": []}
    confirm: bool = True
    remind_after: float = Field(default=180, gt=0)
    escalate_after: float = Field(default=600, gt=0)
    retraction_within: float = Field(default=1800, gt=0)
    repeat_within: float = Field(default=3600, ge=0)
    override: Override = Override()

    @model_validator(mode="after")
    def _flows_exist(self) -> Self:
        for name in (self.flow, self.relay_flow):
            if name not in self.flows:
                raise ValueError(f"there is no flow {name!r}; name one of {', '.join(self.flows)}")
        return self
