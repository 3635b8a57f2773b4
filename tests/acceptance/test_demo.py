"""The demo as a newcomer runs it: one command, six media, everything it made opened."""

import email
import email.policy
import json
import shutil
import subprocess
import sys
import wave
from dataclasses import dataclass
from pathlib import Path

import feedparser
import pytest

from tests.integration.alerts import alert, info, xml
from warnbroker.cap import parse_xml

pytestmark = pytest.mark.timeout(300)

HEADLINE = "风暴潮红色预警"


@dataclass(frozen=True)
class Demo:
    """What a run of the demo left."""

    out: Path
    status: int
    summary: dict
    stderr: str


def run(out: Path, *flags: str) -> Demo:
    done = subprocess.run(
        [sys.executable, "-m", "warnbroker", "demo", "--once", "--json", "--port", "0",
         "--out", str(out), "--subscribers", "400", *flags],
        capture_output=True, text=True, cwd=out.parent, check=False,
    )  # fmt: skip
    lines = done.stdout.splitlines()
    summary = json.loads(lines[-1]) if lines else {}
    return Demo(out, done.returncode, summary, done.stderr)


@pytest.fixture(scope="module")
def demo(tmp_path_factory) -> Demo:
    return run(tmp_path_factory.mktemp("demo") / "out")


def program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


def test_nobody_is_lost_on_any_of_the_six_channels(demo):
    assert demo.status == 0, demo.stderr
    assert demo.summary["lost"] == 0
    assert set(demo.summary["channels"]) == {"sms", "voice", "email", "feed", "broadcast", "van"}
    assert all(sum(states.values()) > 0 for states in demo.summary["channels"].values())
    assert "Nobody was lost." in demo.stderr


def test_the_alert_is_released_by_a_second_person_who_typed_what_it_is(demo):
    lines = demo.stderr.splitlines()

    assert any(line.startswith("demo duty desk: ") for line in lines)
    assert any(
        line.startswith("demo shift leader: ") and "Actual / red / " in line for line in lines
    )


def test_the_feeds_hold_the_warning_in_both_languages(demo):
    feeds = demo.out / "feeds"
    for name in ("alerts.rss", "alerts.atom"):
        parsed = feedparser.parse((feeds / name).read_bytes())
        assert not parsed.bozo
        assert len(parsed.entries) == 1
        assert any(link.get("type") == "application/cap+xml" for link in parsed.entries[0].links)
    titles = {
        feedparser.parse(path.read_bytes()).entries[0].title for path in feeds.glob("alerts*.atom")
    }
    assert any("Storm surge" in title or "storm surge" in title for title in titles)
    assert any("风暴潮" in title for title in titles)


def test_xmllint_finds_no_fault_in_the_feeds(demo):
    files = sorted((demo.out / "feeds").iterdir())

    subprocess.run([program("xmllint"), "--noout", *map(str, files)], check=True)


def test_the_cap_that_readers_get_is_valid_and_says_the_same(demo):
    (file,) = (demo.out / "cap").glob("*.xml")

    published = parse_xml(file.read_bytes())

    assert published.infos[0].areas
    assert HEADLINE in "".join(found.headline for found in published.infos)


def test_every_station_has_a_whole_package(demo):
    packages = list(demo.out.glob("broadcast/*/incoming/*"))

    assert len(packages) == 3
    for package in packages:
        subprocess.run(
            [program("sha256sum"), "--quiet", "-c", "SHA256SUMS"], cwd=package, check=True
        )
        assert "风暴潮" in (package / "crawl.zh-CN.txt").read_text(encoding="utf-8")
        manifest = json.loads((package / "manifest.json").read_text(encoding="utf-8"))
        assert manifest
        for sound in package.glob("audio.*.wav"):
            with wave.open(str(sound)) as audio:
                assert audio.getnframes() / audio.getframerate() > 10


def test_every_van_has_a_sheet_with_the_words_to_read(demo):
    sheets = list(demo.out.glob("vans/*/*-r1.pdf"))

    assert len(sheets) == 3
    for sheet in sheets:
        text = subprocess.run(
            [program("pdftotext"), str(sheet), "-"], capture_output=True, text=True, check=True
        ).stdout
        assert "风暴潮" in text
        fonts = subprocess.run(
            [program("pdffonts"), str(sheet)], capture_output=True, text=True, check=True
        ).stdout.splitlines()[2:]
        assert fonts
        for line in fonts:
            assert "Noto" in line
            emb = line.split()[-5]
            assert emb == "yes", line
        for suffix in (".geojson", ".gpx", ".csv"):
            assert sheet.with_suffix(suffix).stat().st_size > 0


def test_a_mail_reads_as_text_and_as_a_page(demo):
    mail = sorted((demo.out / "mail").glob("*.eml"))[0]

    message = email.message_from_bytes(mail.read_bytes(), policy=email.policy.default)

    kinds = {part.get_content_type() for part in message.walk()}
    assert {"multipart/alternative", "text/plain", "text/html"} <= kinds
    assert message["Message-ID"]
    assert message["To"].endswith(".example")


def test_the_people_who_were_called_heard_the_warning_in_their_language(demo):
    entries = map(json.loads, (demo.out / "journal.jsonl").read_text("utf-8").splitlines())

    heard = [entry["text"] for entry in entries if entry["kind"] == "heard"]

    assert heard
    assert all("风暴潮" in text or "torm surge" in text for text in heard)
    assert any("风暴潮" in text for text in heard)
    assert any("torm surge" in text for text in heard)


def test_the_summary_names_what_was_made(demo):
    outputs = demo.summary["outputs"]

    for name in ("mail sample", "broadcast package", "van sheet", "feeds"):
        assert Path(outputs[name]).exists(), name
    assert outputs["public page"].startswith("http://")


def test_a_blue_alert_of_ones_own_takes_feed_and_mail_alone(tmp_path):
    file = tmp_path / "blue.xml"
    file.write_bytes(xml(alert("own-1", infos=(info("blue"), info("blue", "zh-CN")))))

    demo = run(tmp_path / "out", "--alert", str(file), "--no-faults")

    assert demo.status == 0, demo.stderr
    assert set(demo.summary["channels"]) == {"feed", "email"}
    assert demo.summary["lost"] == 0


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"no xml at all", "XML"), (None, "cannot be read")],
)
def test_an_alert_that_cannot_be_used_is_one_clear_line(tmp_path, content, words):
    file = tmp_path / "bad.xml"
    if content is not None:
        file.write_bytes(content)

    demo = run(tmp_path / "out", "--alert", str(file))

    assert demo.status in {1, 2}
    assert words in demo.stderr
    assert "Traceback" not in demo.stderr
