"""A process that dies while it drops a package, at every line of the code that does it."""

import json
import subprocess
import sys
import textwrap

# Runs alone, so that forking is safe: one child per line, killed when it gets there. After
# each death the parent looks at what a station sees, then starts again as a new process would.
EVERY_LINE = textwrap.dedent(
    """
    import json, os, shutil, sys
    from pathlib import Path
    from channels.broadcast import courier, drop, ledger
    from channels.broadcast.ledger import Ledger
    from channels.broadcast.package import Package, sha256
    from warnbroker.model.receipt import AttemptKey

    NAME = "20261123T001000Z_" + "a" * 26 + "_v01_alert"
    FACTS = {"alert": "a", "kind": "alert", "in_area": True, "station": {}, "level": {},
             "expires": "", "files": []}
    FILES = {"crawl.en.txt": b"go", "manifest.json": json.dumps(FACTS).encode(), "SHA256SUMS": b""}
    PACKAGE = Package(NAME, FILES)
    WATCHED = {module.__file__ for module in (courier, drop, ledger)}
    root = Path(sys.argv[1])
    station = root / "radio"

    def attempt(number):
        drop.lay_out(station)
        made = courier.Courier(station, Ledger(root / ".sent" / "radio"))
        return made.hand_over(PACKAGE, AttemptKey("a" * 26, 7, number))

    def die_at(line):
        seen = 0
        def trace(frame, event, _):
            nonlocal seen
            if frame.f_code.co_filename not in WATCHED:
                return None
            seen += event == "line"
            if seen == line:
                os._exit(9)
            return trace
        sys.settrace(trace)
        attempt(1)
        os._exit(0)

    def whole():
        found = list((station / "incoming").glob("*")) if station.exists() else []
        contents = [{p.name: p.read_bytes() for p in folder.iterdir()} for folder in found]
        return contents in ([], [FILES]) and all(p.name == NAME for p in found), len(found)

    deaths, absent, present, faults = 0, 0, 0, []
    for line in range(1, 2000):
        child = os.fork()
        if not child:
            die_at(line)
        died = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9
        right, count = whole()
        receipt = attempt(2)
        right_after, count_after = whole()
        entry = Ledger(root / ".sent" / "radio").entry(NAME)
        staged = list((station / ".staging").iterdir())
        if not (right and right_after and count_after == 1 and not staged
                and entry.manifest_sha256 == sha256(FILES["manifest.json"])
                and entry.key.attempt == 2 and receipt.provider_ref == NAME):
            faults.append(line)
        deaths, absent, present = deaths + died, absent + (not count), present + count
        shutil.rmtree(root)
        if not died:
            break
    print(json.dumps({"deaths": deaths, "absent": absent, "present": present, "faults": faults}))
    """
)


def test_a_crash_at_any_line_leaves_nothing_or_the_whole_package_and_a_retry_makes_it_one(tmp_path):
    run = subprocess.run(
        [sys.executable, "-c", EVERY_LINE, str(tmp_path / "drop")],
        capture_output=True,
        text=True,
        check=False,
    )

    assert run.returncode == 0, run.stderr
    result = json.loads(run.stdout)
    assert result["faults"] == []
    assert result["deaths"] > 50
    assert result["absent"] > 10
    assert result["present"] > 10
