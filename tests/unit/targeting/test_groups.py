from dataclasses import replace
from datetime import timedelta

import pytest
from shapely import box, equals

from warnbroker.errors import AlertError
from warnbroker.model.alert import Area, NamedValue
from warnbroker.model.enums import Category, Certainty, MsgType, Severity, Urgency
from warnbroker.targeting import group_infos

EAST = Area("east", geocodes=(NamedValue("code", "east"),))


def grouped(alert, infos, level_of, tree):
    groups = group_infos(replace(alert, infos=tuple(infos)), level_of, tree)
    assert [group.index for group in groups] == list(range(len(groups)))
    return [[(info.language, info.event) for info in group.infos] for group in groups]


def test_one_event_in_two_languages_is_one_group(alert, level_of, tree):
    (group,) = group_infos(alert, level_of, tree)

    assert group.languages == ("zh-CN", "en-US")
    assert group.level.code == "red"
    assert equals(group.area, box(113.25, 22.25, 113.75, 22.75))


def test_the_name_and_the_order_of_areas_do_not_part_languages(alert, info, area, level_of, tree):
    infos = (
        replace(info, areas=(area, EAST)),
        replace(alert.infos[1], areas=(EAST, replace(area, area_desc="the coast"))),
    )

    assert len(grouped(alert, infos, level_of, tree)) == 1


def test_the_same_place_said_otherwise_does_not_part_languages(alert, info, level_of, tree):
    square = ((22, 114), (22, 115), (23, 115), (23, 114), (22, 114))
    drawn = Area("east", polygons=(square,))
    infos = (replace(info, areas=(EAST,)), replace(alert.infos[1], areas=(drawn,)))

    assert len(grouped(alert, infos, level_of, tree)) == 1


@pytest.mark.parametrize(
    "change",
    [
        {"categories": (Category.GEO,)},
        {"urgency": Urgency.EXPECTED},
        {"severity": Severity.SEVERE},
        {"certainty": Certainty.LIKELY},
        {"areas": (EAST,)},
        {"event_codes": (NamedValue("SAME", "SSW"),)},
    ],
)
def test_infos_that_differ_in_fact_are_groups_of_their_own(alert, info, level_of, tree, change):
    coded = replace(info, event_codes=(NamedValue("SAME", "SSA"),))
    infos = (coded, replace(alert.infos[1], **change))

    assert len(grouped(alert, infos, level_of, tree)) == 2


@pytest.mark.parametrize("name", ["effective", "onset", "expires"])
def test_infos_of_other_times_are_groups_of_their_own(alert, info, level_of, tree, name):
    later = replace(alert.infos[1], **{name: alert.sent + timedelta(hours=3)})

    assert len(grouped(alert, (info, later), level_of, tree)) == 2


def test_an_absent_effective_is_the_time_of_sending(alert, info, level_of, tree):
    stated = replace(alert.infos[1], effective=alert.sent)

    assert len(grouped(alert, (info, stated), level_of, tree)) == 1


def test_the_order_of_categories_does_not_matter(alert, info, level_of, tree):
    both = (Category.MET, Category.SAFETY)
    infos = (replace(info, categories=both), replace(alert.infos[1], categories=both[::-1]))

    assert len(grouped(alert, infos, level_of, tree)) == 1


def test_two_events_of_one_language_stay_apart_and_meet_their_translations(
    alert, info, level_of, tree
):
    wind = replace(info, event="大风")
    surge_en, wind_en = alert.infos[1], replace(alert.infos[1], event="Gale")

    found = grouped(alert, (info, wind, surge_en, wind_en), level_of, tree)

    assert found == [
        [("zh-CN", "风暴潮"), ("en-US", "Storm surge")],
        [("zh-CN", "大风"), ("en-US", "Gale")],
    ]


def test_event_codes_pair_translations_in_any_order(alert, info, level_of, tree):
    def coded(info, code):
        return replace(info, event_codes=(NamedValue("GBT", code),))

    surge, wind = coded(info, "11B22"), coded(replace(info, event="大风"), "11B06")
    surge_en = coded(alert.infos[1], "11B22")
    wind_en = coded(replace(alert.infos[1], event="Gale"), "11B06")

    found = grouped(alert, (surge, wind, wind_en, surge_en), level_of, tree)

    assert found == [
        [("zh-CN", "风暴潮"), ("en-US", "Storm surge")],
        [("zh-CN", "大风"), ("en-US", "Gale")],
    ]


def test_the_same_event_twice_in_one_language_is_one_group(alert, info, level_of, tree):
    more = replace(info, language="zh-cn", description="more")

    assert len(grouped(alert, (info, more), level_of, tree)) == 1


def test_the_gravest_group_comes_first(alert, info, level_of, tree):
    infos = [
        replace(info, event=severity.value, severity=severity, areas=(EAST,))
        for severity in (Severity.UNKNOWN, Severity.MINOR, Severity.SEVERE, Severity.EXTREME)
    ]

    found = grouped(alert, infos, level_of, tree)

    assert [events[0][1] for events in found] == ["Extreme", "Severe", "Minor", "Unknown"]


def test_the_level_counts_before_the_severity(alert, info, level_of, tree):
    minor = replace(info, event="b", severity=Severity.MINOR)
    extreme = replace(info, event="a")

    def reversed_levels(info):
        level = level_of(info)
        return replace(level, code=f"x{level.code}", rank=5 - level.rank)

    assert grouped(alert, (extreme, minor), reversed_levels, tree)[0] == [("zh-CN", "b")]


def test_the_faults_of_all_areas_come_at_once(alert, info, area, level_of, tree):
    unknown = Area("", geocodes=(NamedValue("code", "north"),))
    infos = (
        replace(info, areas=(area, Area("nothing"))),
        replace(info, areas=()),
        replace(info, language="en", areas=(unknown, unknown)),
    )

    with pytest.raises(AlertError) as caught:
        group_infos(replace(alert, infos=infos), level_of, tree)

    assert [(fault.rule, fault.path) for fault in caught.value.faults] == [
        ("area.unplaced", "info[0]/area[1]"),
        ("info.unplaced", "info[1]"),
        ("area.geocode.unknown", "info[2]/area[0]/geocode[0]"),
        ("area.geocode.unknown", "info[2]/area[1]/geocode[0]"),
    ]


def test_a_cancel_may_have_no_area(alert, info, level_of, tree):
    cancel = replace(alert, msg_type=MsgType.CANCEL, infos=(replace(info, areas=()),))

    (group,) = group_infos(cancel, level_of, tree)

    assert group.area.is_empty


def test_a_level_with_names_in_a_dictionary_is_no_obstacle(alert, level_of, tree):
    def named(info):
        return replace(level_of(info), names={"en": "Red"})

    assert len(group_infos(alert, named, tree)) == 1
