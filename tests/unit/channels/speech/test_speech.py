"""Real speech from the real engine, looked at as sound and as phonemes."""

import json
import re
import subprocess
import sys
import wave
from pathlib import Path

import numpy as np
import pytest
from scipy.signal import lfilter

from channels._speech import NoVoiceError, SpeechError, read, synthesise

CHINESE = (
    "示范港市应急管理局11月23日凌晨2时10分发布风暴潮红色预警（Ⅰ级）。海水预计一小时内漫过"
    "南岸码头，低洼处水深可超过1.5米。立即步行向北撤离，不要驾车涉水。请拨打119求助。"
)
ENGLISH = (
    "Demo Harbour City Emergency Management issued a red storm surge warning at 2:10 a.m. "
    "The sea will come over the south quays within the hour. Go north on foot now. Call 112."
)


def samples_of(path: Path) -> np.ndarray:
    with wave.open(str(path)) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, 48_000)
        return np.frombuffer(file.readframes(file.getnframes()), "<i2") / 32768


def measured_loudness(samples: np.ndarray) -> float:
    """Integrated loudness by recursive filters in the time domain, gated (BS.1770-4)."""
    shelf = lfilter(
        [1.53512485958697, -2.69169618940638, 1.19839281085285],
        [1, -1.69065929318241, 0.73248077421585],
        samples,
    )
    weighted = lfilter([1, -2, 1], [1, -1.99004745483398, 0.99007225036621], shelf)
    blocks = [weighted[i : i + 19_200] for i in range(0, len(weighted) - 19_200, 4_800)]
    powers = np.array([np.mean(block**2) for block in blocks])
    loud = powers[-0.691 + 10 * np.log10(powers + 1e-20) > -70]
    gate = 10 * np.log10(loud.mean()) - 10
    return float(-0.691 + 10 * np.log10(loud[10 * np.log10(loud) > gate].mean()))


@pytest.mark.parametrize("language", ["zh-CN", "zh", "cmn", "yue", "zh-HK"])
async def test_chinese_is_read_as_chinese(language):
    reading = await read(CHINESE, language)

    assert "(en)" not in reading.phonemes
    characters = len(re.findall(r"[\u4e00-\u9fff]", reading.spoken))
    tones = len(re.findall(r"[^\d\s]\d{1,2}", reading.phonemes))
    assert tones == characters


async def test_mandarin_is_pronounced_with_its_tones():
    assert (await read("公众预警", "zh-CN")).phonemes == "k'ong55_| ts.'ong51_| jy51tS;'i214N_|"


@pytest.mark.parametrize(
    ("text", "language", "voice", "rate"),
    [(CHINESE, "zh-CN", "cmn", (2.5, 4.5)), (ENGLISH, "en", "en-us", (10, 17))],
)
async def test_a_recording_has_a_sensible_length_and_level(tmp_path, text, language, voice, rate):
    speech = await synthesise(text, language, tmp_path / "a.wav")

    samples = samples_of(tmp_path / "a.wav")
    assert speech.voice == voice
    assert speech.duration_s == pytest.approx(len(samples) / 48_000, abs=0.01)
    assert rate[0] < len(text) / speech.duration_s < rate[1]
    assert measured_loudness(samples) == pytest.approx(-23, abs=0.3)
    assert 0.1 < np.abs(samples).max() < 10 ** (-1 / 20) + 0.001
    assert np.mean(np.abs(samples) > 0.005) > 0.4


async def test_the_same_text_gives_the_same_bytes_and_another_language_others(tmp_path):
    for name, text, language in [("a", "撤离", "zh"), ("b", "撤离", "zh"), ("c", "Leave", "en")]:
        await synthesise(text, language, tmp_path / name)

    first, second, english = ((tmp_path / name).read_bytes() for name in "abc")
    assert first == second
    assert first != english


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("བོད་ཡིག", "bo"),
        ("монгол", "mn"),
        ("警報です。避難してください。", "ja"),
        ("公众预警", "hak"),
        ("公众预警", "en"),
        ("Go", "../../etc/passwd"),
        ("Go", ""),
    ],
)
async def test_what_no_voice_can_read_is_refused(tmp_path, text, language):
    with pytest.raises(NoVoiceError):
        await synthesise(text, language, tmp_path / "a.wav")

    assert list(tmp_path.iterdir()) == []


def test_a_voice_that_fails_its_proof_is_refused():
    program = """
from channels._speech import runner, voices
voices._PROOFS["ja"] = "公众预警"
try:
    runner._tested(voices.Voice("ja", 150))
except runner.Refusal as refusal:
    print(refusal)
"""
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )

    assert "does not read its language" in run.stdout


@pytest.mark.parametrize(
    "text",
    [
        "<speak><audio src='file:///etc/passwd'/>Go</speak>",
        "\x01\x1b[2J\x00Go\u202e\ud800",
        "$(touch owned); `touch owned` && Go %s %n",
        "[[" * 500 + "Go" + "]]" * 500,
        "Go " * 200,
    ],
)
async def test_hostile_text_is_only_read(tmp_path, text):
    speech = await synthesise(text, "en", tmp_path / "a.wav")

    assert speech.duration_s > 0
    assert [path.name for path in tmp_path.iterdir()] == ["a.wav"]


@pytest.mark.parametrize("text", ["", " \n\t ", "***", "<b></b>", "\x00\x01", "。，！"])
async def test_a_text_with_nothing_to_say_is_refused(tmp_path, text):
    with pytest.raises(SpeechError):
        await synthesise(text, "zh", tmp_path / "a.wav")

    assert list(tmp_path.iterdir()) == []


async def test_a_megabyte_is_refused_before_it_reaches_the_engine(tmp_path):
    with pytest.raises(SpeechError, match="too long"):
        await synthesise("撤" * 1_000_000, "zh", tmp_path / "a.wav")


async def test_a_recording_that_would_never_end_is_refused(tmp_path):
    with pytest.raises(SpeechError, match="longer than 360 s"):
        await synthesise("9" * 5000, "en", tmp_path / "a.wav")

    assert list(tmp_path.iterdir()) == []


async def test_an_engine_that_takes_too_long_is_stopped_and_leaves_nothing(tmp_path):
    with pytest.raises(SpeechError, match="more than"):
        await synthesise(CHINESE, "zh", tmp_path / "a.wav", timeout=0.001)

    assert list(tmp_path.iterdir()) == []


async def test_without_an_engine_no_language_has_a_voice(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "espeakng_loader", None)

    with pytest.raises(NoVoiceError, match=r"install warnbroker\[speech\]"):
        await synthesise("Go", "en", tmp_path / "a.wav")


def test_the_engine_never_enters_the_process_that_asks(tmp_path):
    program = f"""
import asyncio, json, sys
from pathlib import Path
import channels.broadcast
from channels._speech import synthesise
asyncio.run(synthesise("Go", "en", Path({str(tmp_path / "a.wav")!r})))
maps = Path("/proc/self/maps")
print(json.dumps({{
    "modules": [name for name in sys.modules if "espeak" in name],
    "libraries": maps.exists() and "espeak" in maps.read_text(),
}}))
"""
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=tmp_path
    )

    assert json.loads(run.stdout) == {"modules": [], "libraries": False}
