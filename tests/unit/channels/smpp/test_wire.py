"""What we write and read on the wire, beside another implementation and at its edges."""

from contextlib import suppress

import smpp34
from hypothesis import given
from hypothesis import strategies as st

from channels._segments import segments
from channels.sms.smpp.incoming import HEADER, Delivered, MalformedError
from channels.sms.smpp.outgoing import Origin, Shape, split, submits, validity_of

SHAPE = Shape("gsm", "udh", "")
GSM = "abc @£€[]{}^~|\\\nÄöñ"


def test_each_field_is_what_another_implementation_reads():
    [submit] = submits("Leave", Origin("Vaara", 5, 0), Shape("gsm", "udh", "WARN"), 0)
    body = submit.body("+358401234567", validity_of(7200))

    pdu = smpp34.decode(HEADER.pack(16 + len(body), 4, 0, 9) + body)

    assert (pdu.sequence_number, pdu.service_type) == (9, "WARN")
    assert (pdu.source_addr, pdu.source_addr_ton, pdu.source_addr_npi) == ("Vaara", 5, 0)
    assert (pdu.destination_addr, pdu.dest_addr_ton, pdu.dest_addr_npi) == ("358401234567", 1, 1)
    assert pdu.validity_period == "000000020000000R"
    assert (pdu.registered_delivery, pdu.data_coding, pdu.short_message) == (1, 0, b"Leave")


def test_a_validity_is_written_in_months_days_and_hours():
    assert validity_of(1) == "000000000001000R"
    assert validity_of(90_061) == "000001010101000R"
    assert validity_of(40 * 86_400) == "000110000000000R"


@given(st.text(alphabet=GSM + "风😀", min_size=1, max_size=700))
def test_the_parts_of_a_text_add_up_and_each_fits(text):
    parts = split(text, "gsm")

    assert "".join(parts) == text
    assert len(parts) == segments(text).count
    sent = submits(text, Origin("1", 1, 1), SHAPE, 7)
    sizes = [submit.tail[2] for submit in sent]
    assert max(sizes) <= 160


@given(st.text(alphabet=GSM, min_size=1, max_size=400))
def test_what_is_written_in_the_default_alphabet_is_read_back(text):
    sent = submits(text, Origin("1", 1, 1), SHAPE, 7)
    bodies = [submit.body("+1", "") for submit in sent]

    assert "".join(Delivered.read(body, "gsm").text for body in bodies) == text


@given(st.binary(max_size=300))
def test_no_bytes_do_more_than_be_refused(body):
    with suppress(MalformedError):
        Delivered.read(body, "gsm").fields()
