"""One command in the image's root, confined by bubblewrap as Kubernetes would confine it."""

import os
import subprocess
import time
from pathlib import Path

ID = 65532
START_S = 60

# Namespaces of its own but for the network, on which the database is; the command is process 1, as
# it is in a container, so that signals are what they are there.
CONFINED = [
    "bwrap", "--unshare-user", "--uid", str(ID), "--gid", str(ID), "--unshare-pid", "--unshare-ipc",
    "--unshare-uts", "--unshare-cgroup-try", "--hostname", "dancu", "--as-pid-1", "--die-with-parent",
    "--new-session", "--cap-drop", "ALL", "--clearenv",
]


def confined():
    """Root becomes the user of the image first, so that root's files are another's inside too."""
    ours = ["setpriv", f"--reuid={ID}", f"--regid={ID}", "--clear-groups"] if os.getuid() == 0 else []
    return ours + CONFINED


class Sandbox:
    """A command, its process, and what it says."""

    @staticmethod
    def check(unable):
        """Whether namespaces can be made here at all."""
        tried = subprocess.run(confined() + ["--ro-bind", "/", "/", "--proc", "/proc", "/bin/true"],
                               capture_output=True, text=True, check=False)
        if tried.returncode != 0:
            raise unable(f"bubblewrap cannot run: {tried.stderr.strip()}")

    def __init__(self, root, log, mounts, writable, command):
        self.command, self.log = command, Path(log)
        options = ["--ro-bind", root, "/", "--proc", "/proc", "--dev", "/dev"]
        for kind, places in (("--ro-bind", mounts), ("--bind", writable)):
            for inside, outside in places.items():
                options += [kind, outside, inside]
        options += ["--remount-ro", "/", "--", "/usr/bin/dancu", *command]
        with self.log.open("wb") as output:
            self.outer = subprocess.Popen(confined() + options, stdin=subprocess.DEVNULL,
                                          stdout=output, stderr=subprocess.STDOUT)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.outer.kill()
        self.outer.wait()

    def said(self):
        return self.log.read_text(errors="replace")

    def line(self, beginning):
        """What follows `beginning` in what it says, once it says it."""
        deadline = time.monotonic() + START_S
        while True:
            for line in self.said().splitlines():
                if beginning in line:
                    return line.split(beginning, 1)[1]
            assert self.runs() and time.monotonic() < deadline, f"{self.command}:\n{self.said()}"

    def runs(self):
        """Whether it goes on to run, for a moment at least."""
        try:
            self.outer.wait(0.05)
        except subprocess.TimeoutExpired:
            return True
        return False

    def finish(self):
        """Waits for a command that ends by itself."""
        code = self.wait(START_S)
        assert code == 0, f"{self.command} ended with {code}:\n{self.said()}"

    def wait(self, seconds):
        try:
            return self.outer.wait(seconds)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"{self.command} did not end in {seconds} s:\n{self.said()}") from None

    @property
    def pid(self):
        """The command's process, as this machine counts."""
        outer = self.outer.pid
        return int(Path(f"/proc/{outer}/task/{outer}/children").read_text().split()[0])

    def status(self):
        text = Path(f"/proc/{self.pid}/status").read_text()
        return dict(line.split(":\t", 1) for line in text.splitlines() if ":\t" in line)

    def uid_inside(self):
        """As whom it runs in its own namespace: the only one that is mapped."""
        return int(Path(f"/proc/{self.pid}/uid_map").read_text().split()[0])

    def inside(self, path):
        """A place as the process sees it."""
        return Path(f"/proc/{self.pid}/root") / path.lstrip("/")
