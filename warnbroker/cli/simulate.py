"""``warnbroker simulate``: the stand-ins for paid providers, alone."""

import asyncio
import signal
from pathlib import Path
from typing import Annotated

import orjson
import typer

from warnbroker.cli.terminal import err, run

ACCOUNT = "AC00000000000000000000000000000000"


def simulate(
    port: Annotated[int, typer.Option(min=0, max=65535, help="HTTP port; 0: any free one.")] = 8081,
    smtp_port: Annotated[
        int, typer.Option(min=0, max=65535, help="SMTP port; 0: any free one.")
    ] = 8025,
    faults: Annotated[
        Path | None, typer.Option(help="A fault script; see config/faults.example.yaml.")
    ] = None,
    journal: Annotated[Path | None, typer.Option(help="Where to write the journal.")] = None,
    mail: Annotated[Path | None, typer.Option(help="Folder for a sample of the mails.")] = None,
    seed: Annotated[int, typer.Option(help="What the faults are drawn from.")] = 0,
    low_faults: Annotated[bool, typer.Option(help="Faults at the demo's low rates.")] = False,
) -> None:
    """Play an SMS and voice provider and a mail relay until told to stop.

    The first line on stdout is JSON: the addresses and the credentials.
    """
    run(_simulate(port, smtp_port, faults, (journal, mail), seed, low=low_faults))


async def _simulate(
    port: int,
    smtp_port: int,
    faults: Path | None,
    outputs: tuple[Path | None, Path | None],
    seed: int,
    *,
    low: bool,
) -> None:
    from warnbroker.simulator.faults import FaultScript
    from warnbroker.simulator.server import Simulator, SimulatorSettings

    script = FaultScript.read(faults) if faults else FaultScript.none()
    settings = SimulatorSettings(
        account_sid=ACCOUNT,
        auth_token="simulator",  # noqa: S106  it guards nothing: the far end is a simulator
        port=port,
        smtp_port=smtp_port,
        seed=seed,
        faults=FaultScript.low() if low and not faults else script,
        journal=outputs[0],
        mail_directory=outputs[1],
    )
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    simulator = Simulator(settings)
    await simulator.start()
    try:
        typer.echo(
            orjson.dumps(
                {
                    "http": simulator.http_url,
                    "smtp_port": simulator.smtp_port,
                    "account_sid": settings.account_sid,
                    "auth_token": settings.auth_token,
                }
            ).decode()
        )
        err.print("[green]The simulator runs[/] - Ctrl-C stops it")
        await stopped.wait()
    finally:
        await simulator.stop()
