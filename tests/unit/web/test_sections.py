"""What an alert says to a reader: every event once, in the best language there is."""

from dataclasses import replace

from town import surge, wind

from warnbroker.web.sections import languages, sections

ZH, EN = surge().newest.infos
WIND_ZH, WIND_EN = wind().newest.infos


def test_one_event_in_two_languages_is_told_once():
    [section] = sections((ZH, EN), ("en",), ("zh-CN",))

    assert (section.headline, section.language) == (EN.headline, "en-US")


def test_every_event_is_told_even_if_only_in_another_language():
    told = sections((ZH, EN, WIND_ZH), ("en",), ("zh-CN",))

    assert [section.language for section in told] == ["en-US", "zh-CN"]


def test_without_any_wanted_language_the_issuers_first_one_is_told():
    told = sections((replace(EN, language="fi"),), ("xx",), ())

    assert [section.language for section in told] == ["fi"]
    assert sections((EN,), (), ())[0].headline == EN.headline


def test_infos_of_one_language_are_all_told():
    told = sections((EN, replace(EN, headline="Part two")), ("en",), ())

    assert [section.headline for section in told] == [EN.headline, "Part two"]


def test_an_info_without_a_headline_is_named_by_its_event():
    [section] = sections((replace(EN, headline=""),), ("en",), ())

    assert section.headline == "Storm surge"


def test_lines_become_paragraphs():
    [section] = sections((replace(EN, instruction="one\n\n two \n"),), ("en",), ())

    assert section.instruction == ("one", "two")


def test_only_web_addresses_become_links():
    links = ["https://a.example/x", "http://a.example", "javascript:x", "//a", "http://[", ""]

    made = [sections((replace(EN, web=link),), ("en",), ())[0].web for link in links]

    assert made == ["https://a.example/x", "http://a.example", "", "", "", ""]


def test_the_languages_of_an_alert_come_in_its_own_order():
    assert languages((ZH, EN, WIND_ZH, WIND_EN)) == ("zh-CN", "en-US", "en")
