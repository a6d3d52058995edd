"""uvicorn with a process a core. The address is printed once all of them answer; they end with this one, which
ends when it is told to or when its input does."""

import ctypes
import os
import signal
import sys
import threading

import uvicorn
from uvicorn.supervisors import Multiprocess

# How long a worker may take until it answers.
START_TIMEOUT_S = 30
# Linux: what a process is sent when the one that started it is gone.
PR_SET_PDEATHSIG = 1


class Workers(Multiprocess):
    """Says where they listen, once all of them do."""

    started = False

    def init_processes(self) -> None:
        super().init_processes()
        self.started = all(process.wait_until_ready(START_TIMEOUT_S) for process in self.processes)
        if self.started:
            host, port = self.sockets[0].getsockname()
            print(f"{host}:{port}", flush=True)
        else:
            self.should_exit.set()


def end_with_input() -> None:
    while os.read(sys.stdin.fileno(), 4096):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    config = uvicorn.Config(
        "app:app",
        host="127.0.0.1",
        port=int(os.environ.get("PEER_PORT", "0")),
        workers=int(os.environ.get("PEER_WORKERS", os.cpu_count() or 1)),
        loop="uvloop",
        http="httptools",
        ws="none",
        log_level="warning",
        access_log=False,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=1,
    )
    threading.Thread(target=end_with_input, daemon=True).start()
    workers = Workers(config, sockets=[config.bind_socket()])
    workers.run()
    sys.exit(not workers.started)
else:
    # A worker, which imports this file first: not even if the first process is killed shall it stay.
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
