"""Runs the program as its container image would: in the image's own root, read-only, as 65532.

    python3 tests/container/run.py target/debug/dancu

No engine is needed: container/rootfs lays the image's root out and bubblewrap makes the namespaces.
What is not here: how the image is built, packed and pulled. Exit code 77 and a line on standard
output say that this machine cannot do it, and why.
"""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

from issuer import Issuer
from postgres import Postgres
from sandbox import ID, Sandbox

SOURCE = Path(__file__).resolve().parents[2]
LOG = "dancu.example/log"
READY_S = 60
END_S = 40  # what docs/operations/health.md says a process may take


class Unable(Exception):
    """This machine cannot run the test."""


def main(binary):
    for tool in ("bwrap", "setpriv", "openssl", "ldd"):
        if not shutil.which(tool):
            raise Unable(f"{tool} is not installed")
    Sandbox.check(Unable)
    with contextlib.ExitStack() as stack:
        place = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="dancu-container-")))
        place.chmod(0o755)
        root = place / "root"
        subprocess.run([SOURCE / "container/rootfs", binary, root], check=True)
        look_at(root)
        database = stack.enter_context(Postgres.start(place / "postgres", Unable))
        issuer = Issuer(place / "issuer")
        secrets, second = keep_secrets(place, binary, issuer)

        def inside(name, *command, writable=None):
            mounts = {"/etc/dancu": place / name, "/run/dancu": secrets[name]}
            command = [*command, "--config", "/etc/dancu/dancu.toml"]
            return Sandbox(root, place / f"{name}.log", mounts, writable or {}, command)

        configure(place, "migrate", migrate(database.urls()))
        inside("migrate", "migrate").finish()
        database.give_passwords()
        for name, text in (("maintain", maintain), ("serve", serve), ("seal", seal)):
            configure(place, name, text(database.urls()))
        inside("maintain", "maintain").finish()
        inside("serve", "generate", "--citizens", "20").finish()
        service = stack.enter_context(inside("serve", "serve"))
        address = service.line("dancu answers on ").strip()
        confined(service, ("/", "/etc", "/usr/bin", "/tmp", "/run", "/run/dancu", "/etc/dancu"))
        answers(address, issuer, database)
        sealer = stack.enter_context(inside("seal", "seal", writable={"/var/lib/dancu/second-place": second}))
        metrics = sealer.line("its metrics are on ").strip()
        confined(sealer, ("/", "/etc/dancu", "/run/dancu"))
        sealed(sealer, metrics, second)
        for process in (sealer, service):
            ends(process)
    print("container: 1 image laid out, 4 commands ran in it; 1 passed, 0 failed")


def look_at(root):
    """The root holds one program, no shell, and nothing that changes whoever runs it."""
    programs, libraries = [], []
    for path in (path for path in root.rglob("*") if path.is_file() and not path.is_symlink()):
        mode = path.stat().st_mode
        assert not mode & 0o7022, f"{path} may be written by others, or changes who runs it"
        if mode & 0o111:
            (libraries if ".so" in path.name else programs).append(path.relative_to(root))
    assert programs == [Path("usr/bin/dancu")], f"programs in the image: {programs}"
    assert any("libc.so" in path.name for path in libraries), "the C library is missing"


def keep_secrets(place, binary, issuer):
    """Each command's own, as the manifests of k8s/ mount them, and the sealer's second place."""
    kek = subprocess.check_output(["openssl", "rand", "-base64", "32"])
    note = place / "log-note"
    subprocess.run([binary, "keys", "make-note", note, "--name", LOG], check=True,
                   stdout=subprocess.DEVNULL, cwd=place)
    contents = {
        "migrate": {},
        "maintain": {"audit-kek": kek},
        "serve": {"audit-kek": kek, "jwks.json": issuer.jwks().encode()},
        "seal": {"log-note": note.read_bytes()},
    }
    secrets = {name: place / f"{name}-secrets" for name in contents}
    for name, files in contents.items():
        secrets[name].mkdir(mode=0o755)
        for file, content in files.items():
            secret(secrets[name] / file, content)
    second = place / "second"
    second.mkdir(mode=0o700)
    own(second)
    return secrets, second


AUDIT = f'[audit]\nkek_file = "/run/dancu/audit-kek"\nseal = "elsewhere"\nlog_origin = "{LOG}"\n'
HTTP = '[http]\nlisten = "127.0.0.1:0"\nmetrics_listen = "127.0.0.1:0"\n'


def database_section(urls, service, *others):
    lines = [f'{role}_url = "{urls[f"dancu_{role}"]}"' for role in others]
    return "\n".join(["[database]", f'url = "{urls[f"dancu_{service}"]}"', *lines, ""])


def migrate(urls):
    return database_section(urls, "owner")


def maintain(urls):
    return database_section(urls, "service", "maintain") + AUDIT


def serve(urls):
    """Every role but those of other commands, whichever there are."""
    others = {user.removeprefix("dancu_") for user in urls} - {"postgres", "owner", "service", "maintain", "seal"}
    issuers = Issuer.section("/run/dancu/jwks.json")
    return HTTP + database_section(urls, "service", *sorted(others)) + AUDIT + issuers


def seal(urls):
    return (HTTP + database_section(urls, "seal")
            + f'[audit]\nlog_origin = "{LOG}"\nnote_key_file = "/run/dancu/log-note"\n'
            'second_place = "/var/lib/dancu/second-place"\n')


def configure(place, name, text):
    (place / name).mkdir(mode=0o755)
    (place / name / "dancu.toml").write_text(text)


def secret(path, content):
    """A secret as the platform mounts it: root's, and readable by the group of the process."""
    path.unlink(missing_ok=True)
    path.write_bytes(content)
    if os.getuid() == 0:
        os.chown(path, 0, ID)
        path.chmod(0o440)
    else:
        path.chmod(0o400)


def own(path):
    if os.getuid() == 0:
        os.chown(path, ID, ID)


def confined(process, places):
    """What the kernel says of the process, and that no mount lets it write."""
    status = process.status()
    if os.getuid() == 0:
        assert status["Uid"].split() == status["Gid"].split() == [str(ID)] * 4, status
    assert process.uid_inside() == ID
    for held in ("CapInh", "CapPrm", "CapEff", "CapAmb"):
        assert int(status[held], 16) == 0, f"{held} is {status[held]}"
    assert status["NoNewPrivs"] == "1", status
    assert status["NSpid"].split()[-1] == "1", "it is not the first process of its namespace"
    for namespace in ("pid", "ipc", "uts", "mnt", "user"):
        ours, its = (os.readlink(f"/proc/{pid}/ns/{namespace}") for pid in ("self", process.pid))
        assert ours != its, f"the {namespace} namespace is this machine's"
    for place in places:
        try:
            (process.inside(place) / "written").touch()
        except OSError as error:
            assert error.errno == 30, f"{place}: {error}"  # EROFS: not even root may
        else:
            raise AssertionError(f"{place} can be written")


def answers(address, issuer, database):
    """Probes, and a question from its token to its entry."""
    for probe in ("startup", "live", "ready"):
        assert request(address, f"/health/{probe}")[0] == 200, probe
    admin = issuer.token("admin-cli", "admin audit:read register:write")
    asks = issuer.token("counter", "citizen:verify")
    procedure = "1.004194"
    for path, body in (
        ("agencies/H29", {"code": "H29", "name": "UBND (mẫu)"}),
        (f"procedures/{procedure}", {"code": procedure, "name": "Đăng ký tạm trú (mẫu)"}),
        ("clients/counter", {"client_id": "counter", "agency_code": "H29", "name": "Một cửa (mẫu)",
                             "scopes": ["citizen:verify"]}),
        ("agreements/counter", {"id": "counter", "client_id": "counter", "procedure_code": procedure,
                                "operations": ["verify"], "read_fields": [], "valid_from": "2026-01-01"}),
    ):
        status, answer = request(address, f"/v1/admin/{path}", admin, body, "PUT")
        assert status in (200, 201), (path, status, answer)
    number, name, born = database.ask(
        "SELECT personal_id, full_name, birth_date FROM register.citizen ORDER BY personal_id LIMIT 1")
    question = {
        "context": {"procedure_code": procedure, "officer_id": "079085001234", "case_id": "H29-1"},
        "subject": {"personal_id": number},
        "claims": {"full_name": name, "birth_date": born},
    }
    status, answer = request(address, "/v1/verify", asks, question, "POST")
    assert status == 200 and answer["result"] == "match", (status, answer)
    status, entry = request(address, f"/v1/audit/entries/{answer['audit_id']}", admin)
    assert status == 200, (status, entry)


def sealed(sealer, metrics, second):
    """The sealer signs what was recorded, and remembers it in the one place it may write."""
    deadline = time.monotonic() + READY_S
    while True:
        text = urllib.request.urlopen(metrics, timeout=5).read().decode()
        values = dict(line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))
        if float(values.get("dancu_seal_tree_size", 0)) > 0 and len(list(second.rglob("*"))) > 1:
            return
        assert sealer.runs() and time.monotonic() < deadline, f"nothing was sealed: {sealer.said()}"


def ends(process):
    """SIGTERM to the first process of the namespace, as the platform sends it: 0, in time."""
    os.kill(process.pid, signal.SIGTERM)
    code = process.wait(END_S)
    assert code == 0, f"{process.command[0]} ended with {code}:\n{process.said()}"


def request(address, path, token=None, body=None, method="GET"):
    data = None if body is None else json.dumps(body).encode()
    headers = {"Content-Type": "application/json"} if data else {}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    asked = urllib.request.Request(address + path, data, headers, method=method)
    try:
        with urllib.request.urlopen(asked, timeout=10) as answer:
            status, text = answer.status, answer.read()
    except urllib.error.HTTPError as refused:
        status, text = refused.code, refused.read()
    return status, json.loads(text) if text.startswith(b"{") else text


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    try:
        main(Path(sys.argv[1]).resolve())
    except Unable as reason:
        print(f"skipped: {reason}")
        sys.exit(77)
