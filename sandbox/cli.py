# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The command line: `python -m sandbox up|down|reset|status|log|engine`."""

from __future__ import annotations

import argparse
import heapq
import json
import os
import sys
from collections.abc import Sequence

from sandbox import docker as containers
from sandbox import engine, files, lifecycle, server
from sandbox.config import ROLE_LABEL, Config
from sandbox.driver import HostError
from sandbox.errors import SandboxError
from sandbox.mirror import container as mirror
from sandbox.progress import Progress


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command; the exit code is 1 where it failed, with the reason on standard error."""
    options = _parser().parse_args(arguments)
    try:
        return _run(options, Config.from_environment(os.environ), Progress())
    except (SandboxError, HostError) as error:
        print(f"sandbox: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("sandbox: interrupted; run the same command again to go on", file=sys.stderr)
        return 130


def _run(options: argparse.Namespace, config: Config, progress: Progress) -> int:
    match options.command:
        case "up":
            lifecycle.up(config, progress, api_only=options.api_only)
            progress.say(_summary(config))
        case "down":
            (lifecycle.down_all if options.all else lifecycle.down)(config, progress)
        case "reset":
            lifecycle.reset(config, progress)
        case "engine":
            (engine.stop if options.stop else engine.ensure)(config, progress)
        case "log":
            _print_log(config)
        case "serve":
            server.serve(config, api_only=options.api_only)
        case "status":
            return _print_status(config)
    return 0


def _summary(config: Config) -> str:
    offered = files.read_json(config.home / "offer.json")
    hosts = f"hosts run {offered['gcp']['image_family']}" if offered["mirror"] else "no hosts (--api-only)"
    return f"sandbox {config.name} is up: Google Cloud at {config.url}, AWS at {config.aws_url}, {hosts}"


def _print_log(config: Config) -> None:
    logs = [path.read_text().splitlines() for path in config.home.glob("*requests.jsonl")]
    for line in heapq.merge(*logs, key=lambda line: json.loads(line)["time"]):
        print(line)


def _print_status(config: Config) -> int:
    """A table of what there is; the exit code tells whether the server is up."""
    serving = server.mode(config)
    rows = [("Google Cloud", config.url, serving), ("AWS", config.aws_url, server.aws_mode(config))]
    if containers.answers():
        rows.append(("mirror", config.mirror_address, "up" if mirror.answers(config) else "down"))
        rows += [_host_row(config, name) for name in containers.names("container", config.label, f"{ROLE_LABEL}=host")]
    else:
        rows.append(("container engine", "-", "down"))
    widths = [max(len(row[column]) for row in rows) for column in range(2)]
    for first, second, third in rows:
        print(f"{first:<{widths[0]}}  {second:<{widths[1]}}  {third}")
    return 0 if serving == "up" else 1


def _host_row(config: Config, container: str) -> tuple[str, str, str]:
    found = containers.inspect("container", container)
    attached = found["NetworkSettings"]["Networks"].get(config.network) or {}
    address = (attached.get("IPAMConfig") or {}).get("IPv4Address") or "-"
    return container.removeprefix(f"{config.name}-"), address, "running" if found["State"]["Running"] else "off"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m sandbox", description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(dest="command", required=True)
    up = commands.add_parser("up", help="make and start what is missing")
    up.add_argument("--api-only", action="store_true", help="serve the API without hosts; needs no container engine")
    down = commands.add_parser("down", help="remove this sandbox: processes, containers, network, state")
    down.add_argument("--all", action="store_true", help="also images, downloads and an engine that up started")
    commands.add_parser("reset", help="delete hosts and cloud state, keep the mirror")
    commands.add_parser("status", help="what is there; exit code 0 when the API server is up")
    commands.add_parser("log", help="print the API's request log, a line of JSON each")
    daemon = commands.add_parser("engine", help="make sure that a container engine answers")
    daemon.add_argument("--stop", action="store_true", help="end the engine that this command started before")
    serve = commands.add_parser("serve", help="run the API server in the foreground (up does it in the background)")
    serve.add_argument("--api-only", action="store_true", help="without hosts")
    return parser
