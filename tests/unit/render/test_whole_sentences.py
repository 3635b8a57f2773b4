"""What a text message keeps of what to do is whole sentences, the first among them."""

import re
import unicodedata
from dataclasses import replace
from itertools import chain
from textwrap import TextWrapper

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from channels._segments import segments
from tests.unit.render.conftest import CHINESE, ENGLISH
from tests.unit.render.test_budget import gsm_as, text_of

LATIN = (
    "Leave your home at once by Hwy. 101 towards Mt. Pleasant School.",
    "Take medicine, papers and at least 3.5 litres of water with you.",
    "Attention! Go to St. Mary's Hosp. on Harbour Rd. before 14.30, by Rte. 7 only.",
    "WHAT TO DO:\nStay on the third floor of the U.S. Embassy until Sept. 3 at the latest.",
    "If you live in the red zone on the map of https://x.example/m?z=1;y=2, leave now!",
    "Do you need help? Then call Dr. Lee on 12345 or ring 112.",
    "Verlassen Sie die Hauptstr. bis zum 24. Dezember, ca. 20 Uhr, in Richtung Süden.",
    "Éloignez-vous du fleuve par l'av. Foch et prévenez M. Dupont avant 14 heures.",
    "¡Salga ahora mismo por la Avda. Libertad hasta la pl. Mayor!",
)
OTHERS = (
    "Немедленно покиньте дом по ул. Ленина и возьмите с собой документы.",
    "Звоните спасателям по тел. 112 или 101.",
    "غادر المنزل فورا واتجه إلى المدرسة.",
    "هل تحتاج مساعدة؟ اتصل بالرقم 112 الآن.",
    "즉시 높은 곳으로 대피하십시오.",
    "तुरंत घर छोड़ें और स्कूल जाएं।",
    "고립되면 119에 전화하십시오 👩\u200d🚒!",
)
HAN = (
    "请立即撤离到火车站以北的高处。",
    "注意！来不及撤离的，马上到三楼以上！",
    "行动要求：\n不要驾车涉水，14:30前到达安置点。",
    "有困难的请拨打12345或者119。",
    "高台に避難し、川に近づかないでください。",
)


def wrapped(text: str, width: int) -> str:
    wrapper = TextWrapper(width, break_long_words=False, break_on_hyphens=False)
    lines = (wrapper.wrap(line) for line in text.split("\n"))
    return "\n".join(chain.from_iterable(lines))


def wrapped_han(text: str, width: int) -> str:
    return re.sub(rf"([一-龥]{{{width}}})(?=[一-龥])", "\\1\n", text)


@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    told=st.lists(st.sampled_from(LATIN), min_size=1, max_size=9)
    | st.lists(st.sampled_from(OTHERS), min_size=1, max_size=9),
    width=st.integers(20, 80),
    most=st.integers(1, 6),
    form=st.sampled_from(["NFC", "NFD"]),
)
def test_wrapped_text_is_kept_in_whole_sentences(told, width, most, form):
    instruction = unicodedata.normalize(form, wrapped(" ".join(told), width))

    text = text_of(replace(ENGLISH, instruction=instruction), most=most)

    kept = text.split("Port District. ", 1)[1].rsplit(" Issued ", 1)[0]
    check(kept, [" ".join(told[:count]) for count in range(1, len(told) + 1)], text, most)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    told=st.lists(st.sampled_from(HAN), min_size=1, max_size=9),
    width=st.integers(3, 12),
    most=st.integers(1, 6),
)
def test_wrapped_chinese_is_kept_in_whole_sentences(told, width, most):
    instruction = wrapped_han("".join(told), width)

    text = text_of(replace(CHINESE, instruction=instruction), most=most)

    kept = text.split("滨海区、港口区。", 1)[1].rsplit("有效至", 1)[0]
    check(kept, ["".join(told[:count]) for count in range(1, len(told) + 1)], text, most)


def check(kept: str, beginnings: list[str], text: str, most: int) -> None:
    assert kept in [gsm_as(text, unicodedata.normalize("NFC", said)) for said in beginnings]
    assert segments(text).count <= most or kept == gsm_as(text, beginnings[0])


@pytest.mark.parametrize("most", range(1, 7))
def test_a_heading_alone_is_no_action(most):
    instruction = "WHAT TO DO:\nLeave your home now by the north road" + " and walk on" * 25 + "."

    text = text_of(replace(ENGLISH, instruction=instruction), most=most)

    assert f"{instruction.replace(chr(10), ' ')} Issued" in text
