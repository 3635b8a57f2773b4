"""The page of one list, as the holder's phone gets it."""

import re
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from town import EXPIRES, SENT, Town

from warnbroker.model.doorstep import DESK, Answer, Door, DoorList, Holder
from warnbroker.model.enums import MsgType
from warnbroker.model.ladder import Action
from warnbroker.model.record import AlertRecord, AlertState
from warnbroker.resources import shipped
from warnbroker.web.doors import DoorPages

NEXT_MINUTE = SENT + timedelta(minutes=1)


@dataclass
class Desk:
    """Everything that the page asks, in memory."""

    town: Town = field(default_factory=Town)
    officer: Holder | None = field(default_factory=lambda: Holder(5, "grid-7", "Li", "en"))
    stopped_as: MsgType | None = None
    people: list[Door] = field(default_factory=list)
    answers: list[tuple[int, Answer]] = field(default_factory=list)

    @property
    def found(self):
        return DoorList(
            1, 1, "a", Action.LAST_MILE, 1, 5 if self.officer else DESK, SENT, len(self.people),
            expires=EXPIRES, stopped_as=self.stopped_as,
        )  # fmt: skip

    def open(self, token):
        return 1 if token == "good" else None

    async def find(self, list_id):
        return self.found

    async def holder(self, subscriber_id):
        return self.officer

    async def doors(self, lists):
        return sorted(self.people, key=lambda door: door.turn)

    async def get(self, alert_id):
        document = (shipped("config") / "demo" / "storm-surge.cap.xml").read_bytes()
        return AlertRecord(
            1, "a", "a", 1, 1, "s@x.example", "id", SENT, b"h", MsgType.ALERT, "red", 1,
            AlertState.PLANNED, "", document, document, "application/cap+xml", SENT, EXPIRES,
            stopped_as=self.stopped_as,
        )  # fmt: skip

    async def all(self):
        return self.town.region_tree

    async def append(self, actor, event, subject, detail):
        pass

    async def answer(self, alert_id, answers, *, via, actor, ref=""):
        for door, answer in answers:
            self.answers.append((door.number, answer))
            self.people[door.number - 1] = replace(door, answer=answer, answered_at=NEXT_MINUTE)
        return len(answers)


def somebody(number, name, role="resident", **more):
    return Door(
        1, number, number, f"p-{number}", name, role, "zh-CN", "demo-seafront", (60.16, 24.94),
        f"+155500000{number:02d}", {"sms": "ACCEPTED"}, **more,
    )  # fmt: skip


@pytest.fixture
def desk():
    made = Desk()
    made.people = [somebody(1, "王芳"), somebody(2, "Harbour School", "school")]
    return made


@asynccontextmanager
async def served(desk):
    pages = DoorPages(desk, desk, desk, desk, desk, desk, desk.town.site(), timedelta(days=1))
    app = web.Application()
    app.add_routes(pages.routes())
    async with TestServer(app) as server, aiohttp.ClientSession() as session:
        yield str(server.make_url("/last-mile/good")), session


@pytest.fixture
async def phone(desk):
    """Return what gets the page, or posts to it: the status and the text."""
    async with served(desk) as (url, session):

        async def ask(form=None, lang="", accept=""):
            headers = {"Accept-Language": accept} if accept else {}
            query = {"lang": lang} if lang else {}
            method = "POST" if form else "GET"
            async with session.request(
                method, url, data=form, params=query, headers=headers
            ) as answer:
                return answer.status, await answer.text()

        yield ask


def heading(page):
    return re.sub(r"<[^>]+>", "", re.search(r"<h1>(.*?)</h1>", page, re.DOTALL)[1]).strip()


def pressed(page):
    return re.findall(r'value="(\w+)" aria-pressed="true"', page)


async def test_no_answer_looks_chosen_before_one_is(phone):
    _, page = await phone()

    assert pressed(page) == []
    assert page.count('aria-pressed="false"') == 8
    assert 'class="reached"' not in page


async def test_the_answer_that_was_given_alone_is_marked(phone, desk):
    _, page = await phone({"number": "1", "answer": "not_at_home"})

    assert desk.answers == [(1, Answer.NOT_AT_HOME)]
    assert pressed(page) == ["not_at_home"]


def test_the_style_fills_the_chosen_answer_and_leaves_the_focus_its_own_mark():
    style = (shipped("templates") / "web" / "static" / "style.css").read_text()
    of_answers = [line for line in style.splitlines() if line.startswith(".answers button")]

    assert [line for line in of_answers if "--focus" in line or "outline" in line] == []
    filled = [line for line in of_answers if "background: var(--ink)" in line]
    assert [line.partition(" {")[0] for line in filled] == [
        '.answers button[aria-pressed="true"]'
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("lang", "accept", "speaks"),
    [("", "", "en"), ("", "fi", "en"), ("zh-CN", "", "zh-CN"), ("", "zh-CN", "zh-CN"),
     ("en", "zh-CN", "en")],
)  # fmt: skip
async def test_the_holders_language_goes_before_the_citys_first(phone, lang, accept, speaks):
    _, page = await phone(lang=lang, accept=accept)

    assert f'<html lang="{speaks}">' in page


async def test_a_list_without_a_holder_opens_in_the_citys_first_language(phone, desk):
    desk.officer = None

    assert '<html lang="zh-CN">' in (await phone())[1]


async def test_one_person_is_not_one_people(phone, desk):
    assert heading((await phone())[1]) == "2 people to go to"

    desk.people = desk.people[:1]

    assert heading((await phone())[1]) == "One person to go to"


@pytest.mark.parametrize(
    ("ended", "lang", "says"),
    [(MsgType.CANCEL, "en", "The warning is over"), (MsgType.CANCEL, "zh-CN", "预警已结束"),
     (MsgType.UPDATE, "en", "The warning was updated"), (None, "en", "The warning is over")],
)  # fmt: skip
async def test_nobody_is_sent_out_once_it_is_over(phone, desk, ended, lang, says):
    desk.stopped_as = ended
    if ended is None:
        desk.town.clock.present = EXPIRES

    _, page = await phone(lang=lang)

    assert heading(page) == says
    assert "Still to be told" not in page
    assert "Tell them yourself" not in page
    assert '<div class="act"' not in page
    assert page.index("<details") < page.index('<form method="post"')


async def test_what_came_of_a_visit_can_still_be_said_when_it_is_over(phone, desk):
    desk.stopped_as = MsgType.CANCEL

    status, page = await phone({"number": "2", "answer": "reached"})

    assert (status, desk.answers) == (200, [(2, Answer.REACHED)])
    assert "Saved: 2 Harbour School, Told." in page


@pytest.mark.parametrize(
    ("form", "says"),
    [({"number": "99", "answer": "reached"}, "Nothing was saved: this list has no number 99."),
     ({"number": "1", "answer": "perhaps"}, "choose one of the four answers for number 1."),
     ({"number": "<b>&" * 90, "answer": "reached"}, "no number &lt;b&gt;&amp;&lt;b&gt;")],
)  # fmt: skip
async def test_a_wrong_form_is_told_what_is_wrong_and_keeps_the_list(phone, desk, form, says):
    status, page = await phone(form)

    assert status == 400
    assert says in page
    assert "Harbour School" in page
    assert desk.answers == []
