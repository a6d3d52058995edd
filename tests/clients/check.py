#!/usr/bin/env python3
"""Proves the clients that integrators are given, by calling a running demonstration with them.

    check.py DANCU WORK PART...

DANCU is the program, WORK a directory with what `clients/make` made of each PART: `python`, `typescript`;
`bruno` is the collection, which needs its runner in WORK/bruno. Types are checked, examples are run, and
what they print is compared; every request of the collection is sent, and each operation must have one.
"""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HERE = ROOT / "tests/clients"


class Demonstration:
    """A `dancu demo` of its own, on free ports, in a directory that goes with it."""

    def __init__(self, dancu: Path) -> None:
        self.home = Path(tempfile.mkdtemp(prefix="dancu-clients-"))
        (self.home / "dancu.toml").write_text(
            '[http]\nlisten = "127.0.0.1:0"\nmetrics_listen = "127.0.0.1:0"\n'
        )
        command = [dancu, "demo", "--citizens", "1000", "--history", "0"]
        with (self.home / "said.txt").open("wb") as said:
            self.process = subprocess.Popen(
                command, cwd=self.home, stdout=subprocess.PIPE, stderr=said, text=True
            )
        self.url = ""
        self.tokens: dict[str, str] = {}

    def __enter__(self) -> "Demonstration":
        assert self.process.stdout
        for line in self.process.stdout:
            if token := re.fullmatch(r"([A-Z]+)=(\S+)\n", line):
                self.tokens[token[1]] = token[2]
            if "Ctrl-C ends" in line:
                return self
            if curl := re.match(r"curl -s (http://[^/]+)/", line):
                self.url = curl[1]
        self.__exit__()
        sys.exit("the demonstration ended")

    def __exit__(self, *_: object) -> None:
        self.process.send_signal(signal.SIGINT)
        if self.process.wait(60) != 0:
            print((self.home / "said.txt").read_text(), file=sys.stderr)
        # Where root runs it, the cluster lies elsewhere.
        cluster = self.home / "var/cluster"
        if cluster.is_symlink():
            shutil.rmtree(cluster.readlink().parent, ignore_errors=True)
        shutil.rmtree(self.home)

    def environment(self, token: str) -> dict[str, str]:
        return {**os.environ, "DANCU_URL": self.url, "DANCU_TOKEN": token}


def run(*command: str | Path, cwd: Path, env: dict[str, str] | None = None) -> str:
    done = subprocess.run(command, cwd=cwd, env=env, text=True, capture_output=True)
    if done.returncode != 0:
        sys.exit(f"failed: {' '.join(map(str, command))}\n{done.stdout}{done.stderr}")
    return done.stdout


def readme(client: str, language: str) -> str:
    """The example of a client's README."""
    text = (ROOT / "clients" / client / "README.md").read_text()
    return text.split(f"```{language}\n")[1].split("```")[0]


def examples(demo: Demonstration, home: Path, program: list[str | Path], suffix: str) -> None:
    """The example prints what is expected, and the README's prints a match; a bad token is a problem."""
    said = run(*program, f"example{suffix}", cwd=home, env=demo.environment(demo.tokens["ONESTOP"]))
    expected = (HERE / "expected.txt").read_text()
    if said != expected:
        sys.exit(f"{home.name}: printed\n{said}\nand not\n{expected}")
    said = run(*program, f"readme{suffix}", cwd=home, env=demo.environment(demo.tokens["ONESTOP"]))
    if said != "match\n":
        sys.exit(f"{home.name}: the README's example printed {said}")
    command = [*program, f"example{suffix}"]
    env = demo.environment("none")
    refused = subprocess.run(command, cwd=home, env=env, text=True, capture_output=True)
    if refused.returncode != 1 or not refused.stderr.startswith("token_invalid: "):
        sys.exit(f"{home.name}: a bad token gave {refused.returncode}: {refused.stderr}")


def python(demo: Demonstration, home: Path) -> None:
    (home / "readme.py").write_text(readme("python", "python"))
    bin = home / ".venv/bin"
    run(bin / "mypy", "--strict", "example.py", "readme.py", "dancu_client", cwd=home)
    examples(demo, home, [bin / "python"], ".py")


def typescript(demo: Demonstration, home: Path) -> None:
    (home / "readme.ts").write_text(readme("typescript", "ts"))
    (home / "tsconfig.check.json").write_text(
        '{"extends": "./tsconfig.json", "files": ["example.ts", "readme.ts", "dancu.d.ts"]}'
    )
    run(home / "node_modules/.bin/tsc", "--project", "tsconfig.check.json", cwd=home)
    # Programs are run where they were compiled to.
    shutil.copy(home / "package.json", home / "dist/package.json")
    examples(demo, home / "dist", ["node"], ".js")


def bruno(demo: Demonstration, home: Path) -> None:
    collection = ROOT / "clients/bruno"
    uncovered = operations() - set().union(*map(covered, collection.rglob("*.bru")))
    if uncovered:
        sys.exit(f"no request of the collection asks {sorted(uncovered)}")
    report = home / "report.json"
    command = [home / "node_modules/.bin/bru", "run", "-r", "--env", "demonstration"]
    command += ["--env-var", f"url={demo.url}", "--reporter-json", report]
    sent = subprocess.run(
        command, cwd=collection, env={**os.environ, **demo.tokens}, text=True, capture_output=True
    )
    if not report.exists():
        sys.exit(f"bruno: {sent.stdout}{sent.stderr}")
    results = [result for part in json.loads(report.read_text()) for result in part["results"]]
    faults = [fault for result in results for fault in wrong(result)]
    requests = [file for file in collection.rglob("*.bru") if covered(file)]
    if faults or sent.returncode != 0 or len(results) != len(requests):
        told = "\n".join(faults) or sent.stdout + sent.stderr
        sys.exit(f"bruno: {len(results)} of {len(requests)} requests were sent\n{told}")


def operations() -> set[tuple[str, str]]:
    paths = json.loads((ROOT / "openapi.json").read_text())["paths"]
    return {(method, path) for path, item in paths.items() for method in item}


def covered(file: Path) -> set[tuple[str, str]]:
    """The operations a request is one of; refusals of what is no operation are none."""
    sent = re.search(r"^(\w+) \{\n  url: \{\{url\}\}([^?\n]*)", file.read_text(), re.MULTILINE)
    if not sent:
        return set()
    literal = {path for _, path in operations() if path == sent[2]}
    return {
        (method, path)
        for method, path in operations()
        if method == sent[1] and (path in literal if literal else matches(path, sent[2]))
    } or {("", "")}


def matches(path: str, sent: str) -> bool:
    part = re.escape(path).replace(r"\{tile_path\}", ".+")
    return re.fullmatch(re.sub(r"\\\{\w+\\\}", "[^/]+", part), sent) is not None


def wrong(result: dict) -> list[str]:
    """What of one request's assertions did not hold."""
    name = result.get("path") or result["test"]["filename"]
    if result.get("error"):
        return [f"{name}: {result['error']}"]
    return [
        f"{name}: {one['lhsExpr']} {one['rhsExpr']}: {one.get('error')}"
        for one in result["assertionResults"]
        if one["status"] != "pass"
    ]


def main() -> None:
    dancu, work, *parts = sys.argv[1:]
    with Demonstration(Path(dancu).resolve()) as demo:
        for part in parts:
            checks = {"python": python, "typescript": typescript, "bruno": bruno}
            checks[part](demo, Path(work).resolve() / part)
            print(f"the {part} client does what is said of it")


main()
