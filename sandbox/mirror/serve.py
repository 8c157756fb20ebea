# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The mirror container's only program: serves files on port 8080 and keeps the registry running beside it."""

from __future__ import annotations

import functools
import http.server
import os
import signal
import subprocess
import sys
import threading

ROOT = "/srv/mirror"
FILES_PORT = 8080


def main() -> None:
    """Serves until told to stop, or until the registry ends."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    registry = subprocess.Popen([f"{ROOT}/docker-registry", "serve", f"{ROOT}/registry.yml"])
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=f"{ROOT}/files")
    server = http.server.ThreadingHTTPServer(("", FILES_PORT), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    code = registry.wait()
    sys.stderr.write("the registry ended\n")
    os._exit(code or 1)


if __name__ == "__main__":
    main()
