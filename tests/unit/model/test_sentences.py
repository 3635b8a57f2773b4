"""Sentences are whole, however their text is wrapped, numbered and abbreviated."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warnbroker.model.sentences import sentences

ENGLISH = "Leave now. Go to St. Mary's by 6 a.m. today; do not drive! Is help needed? Call 112."


def pieces(text: str) -> list[str]:
    return [" ".join(piece.split()) for piece in sentences(text)]


def test_sentences_end_where_people_end_them():
    assert pieces(ENGLISH) == [
        "Leave now.",
        "Go to St. Mary's by 6 a.m. today;",
        "do not drive!",
        "Is help needed? Call 112.",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "1. Leave now.",
        "Water rises 1.5 metres",
        "e.g. boats",
        "(2) Go",
        "Evacuate via Hwy. 101 north to Ft. Bragg now.",
        "Go to St. Mary's Hosp. on Harbour Rd. at once, by Rte. 7 only.",
        "Go to the U.S. Embassy by Sept. 3 at the latest.",
        "Evakuieren Sie bis zum 24. Dezember, ca. 20 Uhr, über die Hauptstr. Richtung Norden.",
        "Évacuez par l'av. Foch avec M. Dupont avant 14.30 au plus tard.",
        "Salga por la Avda. Libertad hasta la pl. Mayor.",
        "Покиньте дом по ул. Ленина, тел. 112.",
        "Leave now &amp; take water.",
        "See https://town.example/a?b=c;d!e for the map.",
    ],
)
def test_a_number_an_abbreviation_or_an_address_ends_no_sentence(text):
    assert sentences(text) == [text]


@pytest.mark.parametrize(
    "text",
    [
        "Leave your\nhome before 03:00 and go\nto the school.",
        "WHAT TO DO:\nLeave by the north road.",
        "WHAT TO DO:\n\nLeave by the north road.",
        "SAFETY ADVICE\n\nLeave by the north road.",
        "What to do\n- Leave by the north road.",
        "PREPAREDNESS ACTIONS...\n\nTurn around, don't drown.",
        "防御指南：\n1.请立即撤离。",
        "Leave these streets:\nOak Street\nElm Street",
        "Leave home\n– if you can – by car.",
        "Leave before\n24. December in the morning.",
    ],
)
def test_a_line_break_ends_no_sentence(text):
    assert sentences(text) == [text]


@pytest.mark.parametrize(
    "text",
    [
        "Attention! Leave now.",
        "¡Atención! Salga por el norte.",
        "注意！请立即撤离。",
        "Do you live by the river? Then leave now.",
        "Warning. Leave now.",
    ],
)
def test_a_call_or_a_question_belongs_to_what_follows(text):
    assert sentences(text) == [text]


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("Leave now\n\n2. Take water", "Leave now"),
        ("- Leave now\n- Take water", "- Leave now"),
        ("(a) Leave now\n(b) Take water", "(a) Leave now"),
        ("1. Leave now. 2. Take water.", "1. Leave now."),
        ("Leave by Sept. 3.\n\nTake water.", "Leave by Sept. 3."),
        ("①立即撤离\n②不要涉水", "①立即撤离"),
        ("一、立即撤离\n二、不要涉水", "一、立即撤离"),
        ("1.立即撤离；2.不要涉水。", "1.立即撤离；"),
        ("立即撤离到高处!不要涉水!", "立即撤离到高处!"),
        ("請前往高處.勿靠近河川.", "請前往高處."),
        ("Be out by 06:00. Take water.", "Be out by 06:00."),
        ("LEAVE YOUR HOME NOW. TAKE WATER.", "LEAVE YOUR HOME NOW."),
        ("Verlassen Sie das Haus! Nehmen Sie Wasser mit.", "Verlassen Sie das Haus!"),
        ("Verlassen Sie sofort das Haus. Nehmen Sie Wasser mit.", "Verlassen Sie sofort das Haus."),
        ("Bleiben Sie dort bis 20 Uhr. Dann gehen Sie.", "Bleiben Sie dort bis 20 Uhr."),
        ("Evacuez la zone ! N'attendez pas.", "Evacuez la zone !"),
        ("Немедленно покиньте дом. Возьмите воду.", "Немедленно покиньте дом."),
        ("غادر المنزل فورا؛ لا تستخدم السيارة.", "غادر المنزل فورا؛"),
        ("高台に避難してください。川に近づかないで。", "高台に避難してください。"),
        ("즉시 대피하십시오. 약을 챙기십시오.", "즉시 대피하십시오."),
        ("तुरंत घर छोड़ें। पानी साथ लें।", "तुरंत घर छोड़ें।"),
    ],
)
def test_where_a_sentence_plainly_ends_the_next_begins(text, first):
    assert pieces(text)[0] == first
    assert "".join(sentences(text)) == text


@pytest.mark.parametrize(
    "piece", ["a\n", "- a\n", "。！", "a. ", "A.\n\n", " ", "&a; ", "1. b 2) "]
)
def test_no_text_takes_long_to_split(piece):
    text = "Leave " + piece * (80_000 // len(piece)) + "."

    assert "".join(sentences(text)) == text


@given(st.text(alphabet='Ab 1.。；;:!?\n-(é"…第', max_size=80))
def test_no_character_is_lost_between_sentences(text):
    assert "".join(sentences(text)).rstrip() == text.rstrip()
