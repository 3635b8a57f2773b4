"""What the settings say of release."""

from collections.abc import Iterator
from datetime import timedelta

from warnbroker.app.names import strange
from warnbroker.intake.release.chain import ChainRule, ReleasePolicy, Step
from warnbroker.model.enums import Status
from warnbroker.settings import Settings
from warnbroker.settings.release import ChainRule as RuleSection
from warnbroker.settings.release import Release as Section


def release_policy_of(section: Section) -> ReleasePolicy:
    """Return the policy that a section of the settings describes."""
    override = section.override
    return ReleasePolicy(
        flow=section.flow,
        relay_flow=section.relay_flow,
        flows={name: [_rule(rule) for rule in rules] for name, rules in section.flows.items()},
        confirm=section.confirm,
        remind_after=timedelta(seconds=section.remind_after),
        escalate_after=timedelta(seconds=section.escalate_after),
        retraction_within=timedelta(seconds=section.retraction_within),
        repeat_within=timedelta(seconds=section.repeat_within),
        override=frozenset(override.roles) if override.enabled else frozenset(),
        countersign_within=timedelta(seconds=override.countersign_within),
    )


def release_faults(settings: Settings) -> Iterator[str]:
    """Yield a line for each level that a flow speaks of and the scale does not have."""
    for flow, rules in settings.release.flows.items():
        for number, rule in enumerate(rules):
            named = (f"release.flows.{flow}.{number}.level", rule.level)
            why = "is not in levels.scale, so the rule never holds"
            yield from strange(named, settings.levels.scale, why)


def release_notes(settings: Settings) -> Iterator[str]:
    """Yield a line for each flow that lets one person alone release the gravest alert."""
    policy = release_policy_of(settings.release)
    gravest = min(settings.levels.scale, key=lambda code: settings.levels.scale[code].rank)
    for flow in policy.offered:
        rules = policy.flows[flow]
        if not policy.first(rules, gravest, Status.ACTUAL):
            yield f"release.flows.{flow}: one person alone can release {gravest}"
    if policy.override:
        yield "release.override: one person alone can release, and a second signs afterwards"


def _rule(section: RuleSection) -> ChainRule:
    return ChainRule(
        steps=tuple(Step(step.name, tuple(step.roles)) for step in section.steps),
        level=frozenset(section.level),
        status=frozenset(section.status),
    )
