"""The engine beside Celery with Redis, arq and Apprise, on the same sink in the same run.

``python bench/peers.py [--messages N] [--delay S] [--json]``

The peers are installed by this program, as requirements/peers.lock says, into ``.bench/peers``;
Redis is Debian's ``redis-server``, which keeps nothing on disk here. Each peer has the best
reasonable form that we found: see docs/benchmarks.md. A queue is first filled, then a worker
is started; its seconds count from the first message at the sink to the last. The engine, too,
first plans everything and then sends it. Processor time is that of all that a peer needs.
"""

import hashlib
import os
import shutil
import socket
import statistics
import subprocess
import sys
import time
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import fanout
from far_end import HTTP, SMTP, FarEnd, far_end
from measure import Outcome, Result, asked, cpu_of, show

HERE = Path(__file__).parent
PLACE = HERE.parent / ".bench" / "peers"
LOCK = HERE.parent / "requirements" / "peers.lock"
TEXT = ("Red warning (level I): Storm surge. Leave the sea wall and low ground now and go to "
        "higher ground. Demo Harbour City, 14:05")  # fmt: skip
GOALS = {"Celery with Redis": 20.0, "arq": 5.0, "Apprise, json": 8.0}


@dataclass(frozen=True)
class Took:
    """Seconds for one message: to put it into the queue, to work it off; ``cpu`` for both.

    Processor time is that of all processes that the peer needs, its queue's too.
    """

    fill: float
    work: float
    cpu: float

    @property
    def both(self) -> float:
        """Return the seconds of one message's whole way, one thing after the other."""
        return self.fill + self.work


@dataclass(frozen=True)
class Queue:
    """Redis; ``process`` is None where there is none."""

    url: str = ""
    process: int | None = None

    @property
    def cpu(self) -> float:
        """Return the processor time that it has taken."""
        return cpu_of(self.process) if self.process else 0.0


@dataclass(frozen=True)
class Stage:
    """Where the peers run: their sink and queue, and how many sends they may have at once."""

    sink: FarEnd
    queue: Queue
    at_once: int
    messages: int

    def run(self, drain: list[str], fill: list[str] | None = None) -> Took:
        """Fill the queue, let a worker run until the sink has everything; return what it took."""
        before = self.queue.cpu
        filled, fill_cpu = self._fill(fill) if fill else (0.0, 0.0)
        worked, work_cpu = self._drain(drain)
        cpu = fill_cpu + work_cpu + self.queue.cpu - before
        return Took(*(what / self.messages for what in (filled, worked, cpu)))

    def words(self, program: str, *words: object) -> list[str]:
        """Return a command in the peers' own environment."""
        return [str(PLACE / "bin" / "python"), str(HERE / program), *map(str, words)]

    def _environment(self) -> dict[str, str]:
        return {**os.environ, "SINK": f"http://127.0.0.1:{self.sink.port}/sms", "TEXT": TEXT,
                "REDIS": self.queue.url, "PYTHONPATH": str(HERE)}  # fmt: skip

    def _fill(self, command: list[str]) -> tuple[float, float]:
        done = subprocess.run(command, env=self._environment(), check=True, capture_output=True,
                              text=True)  # fmt: skip
        wall, cpu = done.stdout.split()
        return float(wall), float(cpu)

    def _drain(self, command: list[str]) -> tuple[float, float]:
        began: list[float] = []
        with subprocess.Popen(
            command, env=self._environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        ) as worker:
            try:
                wall = self.sink.seconds(
                    self.messages, first=lambda: began.append(cpu_of(worker.pid))
                )
                return wall, cpu_of(worker.pid) - began[0]
            finally:
                worker.terminate()


def celery(stage: Stage) -> Took:
    """Threads are the fastest of Celery's pools without delay, greenlets with one."""
    pool = ["-P", "threads", "-c", "20"]
    if stage.at_once > 100:
        pool = ["-P", "gevent", "-c", str(stage.at_once)]
    worker = [str(PLACE / "bin" / "celery"), "-A", "peer_celery", "worker", *pool, "-l", "ERROR",
              "--without-gossip", "--without-mingle", "--without-heartbeat"]  # fmt: skip
    return stage.run(worker, stage.words("peer_celery.py", stage.messages))


def arq(stage: Stage) -> Took:
    """One worker on uvloop, its jobs at once as many as it may send."""
    worker = stage.words("peer_arq.py", "drain", max(100, stage.at_once))
    return stage.run(worker, stage.words("peer_arq.py", "enqueue", stage.messages))


def apprise(stage: Stage) -> Took:
    """One object for each recipient, notified in groups from threads."""
    at_once = min(stage.at_once, 500) if stage.at_once > 100 else 20
    return stage.run(
        stage.words("peer_apprise.py", "json", stage.sink.port, stage.messages, at_once)
    )


def apprise_mail(stage: Stage) -> Took:
    """One object with all recipients, who get a mail each over one connection."""
    return stage.run(stage.words("peer_apprise.py", "mail", stage.sink.port, stage.messages, 1))


NEED_REDIS = {"Celery with Redis", "arq"}
PEERS = {"Celery with Redis": celery, "arq": arq, "Apprise, json": apprise}


def install() -> None:
    """Give the peers their own environment, anew when the lock has changed, and Redis."""
    _install_redis()
    stamp, wanted = PLACE / "stamp", hashlib.sha256(LOCK.read_bytes()).hexdigest()
    if stamp.exists() and stamp.read_text() == wanted:
        return
    print(f"Installing the peers into {PLACE} (once)", file=sys.stderr)
    venv.create(PLACE, with_pip=True, clear=True)
    pip = [str(PLACE / "bin" / "python"), "-m", "pip", "install", "--quiet"]
    options = ["--disable-pip-version-check", "--require-hashes", "-r", str(LOCK)]
    subprocess.run([*pip, *options], check=True)
    stamp.write_text(wanted)


def _install_redis() -> None:
    may = os.geteuid() == 0 and shutil.which("apt-get")
    if shutil.which("redis-server") or not may:
        return
    print("Installing Debian's redis-server (once)", file=sys.stderr)
    # In this run level the package starts no service.
    quiet = {**os.environ, "RUNLEVEL": "1", "DEBIAN_FRONTEND": "noninteractive"}
    words = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", "redis-server"]
    subprocess.run(words, env=quiet, stdout=subprocess.DEVNULL, check=False)


@contextmanager
def redis() -> Iterator[Queue]:
    """Run Redis on a free port for as long as the context is open, if there is one."""
    if not shutil.which("redis-server"):
        print("No redis-server (apt-get install redis-server): Celery and arq are left out",
              file=sys.stderr)  # fmt: skip
        yield Queue()
        return
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    words = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", ""]
    with subprocess.Popen(words, stdout=subprocess.DEVNULL) as process:
        try:
            _until_up(port)
            yield Queue(f"redis://127.0.0.1:{port}/0", process.pid)
        finally:
            process.terminate()


def _until_up(port: int) -> None:
    for _ in range(100):
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise TimeoutError("redis-server did not come up")


def compare(name: str, own: Took, peer: Took) -> list[Result]:
    """Return a peer's lines."""
    rates = (
        f"it {_rate(peer.fill)} and {_rate(peer.work)}, we {_rate(own.fill)} and {_rate(own.work)}"
    )
    costs = f"it {peer.cpu * 10_000:.1f} s, we {own.cpu * 10_000:.1f} s for 10,000"
    return [
        Result(f"× {name}, worked off", peer.work / own.work, GOALS.get(name), note=rates),
        Result(f"× {name}, filled and worked off", peer.both / own.both),
        Result(f"× {name}, processor time", peer.cpu / own.cpu, note=costs),
    ]


def _rate(seconds: float) -> str:
    return f"{1 / seconds:,.0f}/s" if seconds else "–"


def engine(client: str, messages: int, delay: float, at_once: int) -> Took:
    """Return what our own engine takes, by the bench that measures it alone."""
    rounds = fanout.rounds_of(fanout.CLIENTS[client], messages, 2, delay, at_once)
    plans, sends = rounds[fanout.PLAN], rounds[fanout.ENGINE]
    cpu = statistics.median(plan.cpu + send.cpu for plan, send in zip(plans, sends, strict=True))
    walls = (statistics.median(timed.wall for timed in each) for each in (plans, sends))
    return Took(*(what / messages for what in (*walls, cpu)))


def between(messages: int, delay: float, at_once: int, peers) -> dict[str, tuple[Took, Took]]:
    """Measure peers once each, with the engine before and after; return it and them."""
    # Without a delay each has what is best for it, as the peers do.
    names = (fanout.FIRST, messages, delay, at_once if delay else 200)
    with redis() as queue, far_end(HTTP, delay) as sink:
        stage = Stage(sink, queue, at_once, messages)
        before = engine(*names)
        took = {
            name: peer(stage) for name, peer in peers.items() if queue.url or name not in NEED_REDIS
        }
        after = engine(*names)
    own = Took(*(statistics.mean(getattr(t, what) for t in (before, after))
                 for what in ("fill", "work", "cpu")))  # fmt: skip
    return {name: (own, each) for name, each in took.items()}


def run(messages: int, delay: float) -> list[Outcome]:
    """Measure every peer."""
    found = between(messages, delay, 1000 if delay else 100, PEERS)
    results = [line for name, pair in found.items() for line in compare(name, *pair)]
    title = "SMS engine beside its peers" + (f", {delay * 1000:.0f} ms sink" if delay else "")
    outcomes = [Outcome(title, results, {"messages": messages})]
    return outcomes if delay else [*outcomes, mails(messages)]


def mails(messages: int) -> Outcome:
    """Compare sending mail."""
    own = engine("email", messages, 0.0, 32)
    with far_end(SMTP) as sink:
        peer = apprise_mail(Stage(sink, Queue(), 1, messages))
    return Outcome("email engine beside Apprise", compare("Apprise, mailto", own, peer))


def main() -> None:
    parser = asked(__doc__, messages=6000, rounds=1)
    parser.add_argument("--delay", type=float, default=0.0)
    wish = parser.parse_args()
    install()
    show(run(wish.messages, wish.delay), as_json=wish.json)


if __name__ == "__main__":
    main()
