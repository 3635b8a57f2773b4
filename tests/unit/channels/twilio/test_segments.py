import pytest

from channels._segments import Encoding, Segments, segments

GSM, UCS = Encoding.GSM_7, Encoding.UCS_2


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("", Segments(GSM, 1, 0), id="nothing"),
        pytest.param("a" * 160, Segments(GSM, 1, 160), id="160 letters"),
        pytest.param("a" * 161, Segments(GSM, 2, 161), id="161 letters"),
        pytest.param("a" * 306, Segments(GSM, 2, 306), id="twice 153"),
        pytest.param("a" * 307, Segments(GSM, 3, 307), id="twice 153 and one"),
        pytest.param("ÄÖÜß£¥èéΔΩ\n\r", Segments(GSM, 1, 12), id="the basic alphabet"),
        pytest.param("[a]^{b}\\~|€\f", Segments(GSM, 1, 22), id="the extension takes two"),
        pytest.param("a" * 159 + "€", Segments(GSM, 2, 161), id="a euro past the end"),
        pytest.param("a" * 158 + "€", Segments(GSM, 1, 160), id="a euro that just fits"),
        pytest.param(
            "a" * 152 + "€" + "a" * 152, Segments(GSM, 3, 306), id="an escape pair is not split"
        ),
        pytest.param("ç", Segments(UCS, 1, 1), id="a small c with cedilla is not in the alphabet"),
        pytest.param("`", Segments(UCS, 1, 1), id="a backtick is not in the alphabet"),
        pytest.param("\x1b", Segments(UCS, 1, 1), id="a bare escape is not a character"),
        pytest.param("’", Segments(UCS, 1, 1), id="a curly apostrophe"),
        pytest.param("警" * 70, Segments(UCS, 1, 70), id="70 Chinese characters"),
        pytest.param("警" * 71, Segments(UCS, 2, 71), id="71 Chinese characters"),
        pytest.param("警" * 134, Segments(UCS, 2, 134), id="twice 67"),
        pytest.param("警" * 135, Segments(UCS, 3, 135), id="twice 67 and one"),
        pytest.param(
            "a" * 69 + "警", Segments(UCS, 1, 70), id="one Chinese character makes all wide"
        ),
        pytest.param("🌊" * 35, Segments(UCS, 1, 70), id="35 emoji"),
        pytest.param(
            "警" * 66 + "🌊" + "警" * 66, Segments(UCS, 3, 134), id="a surrogate pair is not split"
        ),
    ],
)
def test_a_text_takes_as_many_segments_as_the_standard_says(text: str, expected: Segments) -> None:
    assert segments(text) == expected
