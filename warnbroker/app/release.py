"""What the settings say of release."""

from datetime import timedelta

from warnbroker.intake.release.chain import ChainRule, ReleasePolicy, Step
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


def _rule(section: RuleSection) -> ChainRule:
    return ChainRule(
        steps=tuple(Step(step.name, tuple(step.roles)) for step in section.steps),
        level=frozenset(section.level),
        status=frozenset(section.status),
    )
