"""The Python language host, as the engine starts it: `pulumi-language-python ENGINE_ADDRESS`.

The engine's own host for Python cannot be had from a package registry, so this one stands in. The engine
starts one for each command, reads its port from the first line, and interrupts it at the end. Imports are
late, because the interrupt may come during them and must not leave a traceback in the user's terminal.
"""

from __future__ import annotations

import os
import signal
import sys
import threading


def _stop_when_orphaned(stop: threading.Event) -> None:
    """Set `stop` once the engine is gone, even by `kill -9`: it holds the other end of our stdin."""
    try:
        while os.read(0, 4096):
            pass
    except OSError:
        pass
    stop.set()


def main(arguments: list[str]) -> int:
    """Serve until interrupted or orphaned.

    Args:
        arguments: the path of pulumi-language-python-exec, then what the engine passes, its address last.
    """
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())

    from wandb_registry.engine.language_service import start

    executor, *rest = arguments
    # The engine's options (tracing, verbosity) come first, its address last.
    engine_address = rest[-1] if rest else ""
    server = start(executor, engine_address, sys.stdout)
    threading.Thread(target=_stop_when_orphaned, args=(stop,), daemon=True).start()
    stop.wait()
    server.close()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
