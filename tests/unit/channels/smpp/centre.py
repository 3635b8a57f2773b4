"""An SMPP centre as a process of its own, on another implementation of SMPP (smpp34).

``python centre.py PORT`` writes what it is asked to stdout, a JSON object a line, and takes
``deliver_sm`` to send from stdin. What it does with a text depends on the number: one that
begins with 99 is refused with the status in its last digits, 98 is left without an answer until
``{"accept": true}`` comes from stdin, 97 ends the process. With ``--report`` it sends a receipt
for each text that it takes, by itself: UNDELIV where the number ends in 7, else DELIVRD.
"""

import asyncio
import json
import os
import sys
from typing import Any

import smpp34


def say(**event: Any) -> None:
    sys.stdout.write(json.dumps(event) + "\n")
    sys.stdout.flush()


async def answer(event: Any, number: int, held: list[Any]) -> str:
    say(
        submit=f"m{number}",
        to=event.destination_addr,
        dest=[event.dest_addr_ton, event.dest_addr_npi],
        source=event.source_addr,
        origin=[event.source_addr_ton, event.source_addr_npi],
        esm=event.esm_class,
        coding=event.data_coding,
        receipt=event.registered_delivery,
        body=event.short_message.hex(),
        payload="".join(t.value.hex() for t in event.tlvs if t.tag == smpp34.TLV_MESSAGE_PAYLOAD),
    )
    start, rest = event.destination_addr[:2], event.destination_addr[-4:]
    if start == "99":
        event.reject(int(rest))
    elif start == "98":
        held.append((event, f"m{number}"))
    elif start == "97":
        os._exit(0)
    else:
        event.accept(f"m{number}")
        return f"m{number}"
    return ""


async def send(esme: Any, wanted: dict[str, Any]) -> None:
    tlvs = [smpp34.Tlv(tag, bytes.fromhex(value)) for tag, value in wanted.get("tlvs", [])]
    try:
        answered = await esme.deliver_sm(
            wanted.get("to", "12345"),
            bytes.fromhex(wanted["body"]),
            source_addr=wanted["source"],
            source_addr_ton=wanted.get("ton", 1),
            source_addr_npi=1,
            esm_class=wanted.get("esm", 0),
            data_coding=wanted.get("coding", 0),
            tlvs=tlvs,
        )
    except smpp34.SmppError as error:
        say(failed=str(error))
    else:
        say(delivered=answered.command_status)


async def report(esme: Any, ref: str, number: str) -> None:
    stat = "UNDELIV" if number.endswith("7") else "DELIVRD"
    text = f"id:{ref} sub:001 dlvrd:001 submit date:2607010210 done date:2607010211 stat:{stat}"
    await send(esme, {"body": f"{text} err:000 text:".encode().hex(), "source": number, "esm": 4})


async def orders(bound: list[Any], held: list[Any]) -> None:
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    tasks = set()
    while line := await reader.readline():
        order = json.loads(line)
        if "accept" in order:
            for event, ref in held:
                event.accept(ref)
            held.clear()
        else:
            tasks.add(asyncio.create_task(send(bound[-1], order)))
    os._exit(0)


async def main(port: int, *, reports: bool) -> None:
    server = smpp34.Server("127.0.0.1", port, system_id="centre")
    await server.start()
    say(ready=port)
    bound: list[Any] = []
    held: list[Any] = []
    work: set[asyncio.Task[None]] = set()
    listening = asyncio.create_task(orders(bound, held))
    number = 0
    while not listening.done():
        event = await server.next()
        if isinstance(event, smpp34.Esme):
            bound.append(event)
            say(bound=event.system_id)
        elif isinstance(event, smpp34.Unbound):
            say(unbound=True)
        else:
            number += 1
            taken = await answer(event, number, held)
            if taken and reports:
                work.add(asyncio.create_task(report(bound[-1], taken, event.destination_addr)))


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), reports="--report" in sys.argv))
