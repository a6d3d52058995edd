"""Adds up the connections that all processes may hold at once, and compares with `max_connections`.

What a process may hold is read where its pools are made, in src/: a number that changes there changes
the sum, and a pool in a file that is not known here is a fault until somebody says whose it is. What is
not here: how many of them are busy.
"""

import re
import tomllib

# Who opens the pools and connections that a file makes. `None` are commands that people run.
FILES = {
    "src/server.rs": "serve",
    "src/server/seal.rs": "seal",
    "src/audit/maintain.rs": "maintain",
    "src/audit/seal/mod.rs": "seal",
    "src/store/lane/connection.rs": "lane",
    "src/store/sealing/lease.rs": "seal",
    "src/store/sealing/holes.rs": None,
    "src/store/search/day.rs": None,
    "src/store/verifying/mod.rs": None,
}
# A role of its own is migrate's; whoever starts checks the schema as the service.
MIGRATE = "src/store/migrate.rs"
ATTACH = "src/cli/attach.rs"

CALL = re.compile(r"\bdatabase\s*\.(store|reader|searcher|follower|connect|endpoint)\(\s*(?:Role::(\w+)\s*,?\s*)?([\w.]*)")

# For people at work beside all that: `dancu keys`, `import`, `audit verify`, psql.
BY_HAND = 10


class Source:
    """The program's source, as far as connections go."""

    def __init__(self, root):
        self.root = root
        self.sites = {}
        for path in sorted((root / "src").rglob("*.rs")):
            name = str(path.relative_to(root))
            text = re.sub(r"\n#\[cfg\(test\)\]\nmod tests \{.*", "", path.read_text(), flags=re.DOTALL)
            calls = [call.groups() for call in CALL.finditer(text)]
            if calls and "/tests" not in name:
                self.sites[name] = (text, calls)
        known = {*FILES, MIGRATE, ATTACH}
        unknown = [name for name in self.sites if name not in known and not name.startswith("src/cli/")]
        assert not unknown, f"whose are the connections of {', '.join(unknown)}? (connections.py, FILES)"
        missing = [name for name in known if name not in self.sites]
        assert not missing, f"{', '.join(missing)} open no connection any more (connections.py, FILES)"

    def default(self, key):
        reference = (self.root / "docs/configuration.md").read_text()
        row = re.search(rf"^\| `{re.escape(key)}` \| (\d+)( GiB)? \|", reference, re.MULTILINE)
        assert row, f"docs/configuration.md has no default of {key}"
        return int(row[1]) << (30 if row[2] else 0)

    def size(self, name, call, setting):
        """What one call may open: a number, a constant of its file, or a key of the configuration."""
        kind, _, size = call
        if kind in ("connect", "endpoint", "follower"):
            return 1
        if size.isdigit():
            return int(size)
        constant = re.search(rf"const {size}: usize = (\d+);", self.sites[name][0])
        if constant:
            return int(constant[1])
        assert size == "readers", f"{name}: what is {size}? (connections.py)"
        # All workers' together, or one pool that they share; and whoever else reads.
        beside = re.findall(r"^const (?:READERS|RENEWERS): usize = (\d+);", self.sites[name][0], re.MULTILINE)
        return setting("register", "readers") + sum(map(int, beside))

    def of(self, process, setting):
        return sum(self.size(name, call, setting) for name, owner in FILES.items() if owner == process
                   for call in self.sites[name][1])

    def held(self, process, setting):
        """What a process of that command may hold at once."""
        lanes = setting("audit", "lanes") * self.of("lane", setting)
        starting = 1  # the check of the schema
        if process == "serve":
            sealing = self.of("seal", setting) if setting("audit", "seal") == "here" else 0
            return self.of("serve", setting) + lanes + sealing + starting
        if process == "seal":
            return self.of("seal", setting) + starting
        if process == "maintain":
            return self.of("maintain", setting) + lanes + len(self.sites[ATTACH][1])
        assert process == "migrate", f"what does `dancu {process}` hold? (connections.py)"
        return len(self.sites[MIGRATE][1])


def check(resources, root):
    source = Source(root)
    total, told = BY_HAND, [f"{BY_HAND} by hand"]
    for pod in resources.pods:
        each = max(source.held(container["args"][0], settings(resources, source, pod, container))
                   for container in pod.containers)
        count = pods(resources, pod)
        total += count * each
        told.append(f"{pod.name} {count} × {each}")
        memory(resources, source, pod)
    parameters = resources.one("Cluster")["spec"]["postgresql"]["parameters"]
    allowed = int(parameters["max_connections"]) - int(parameters["superuser_reserved_connections"])
    assert total <= allowed, f"{total} connections ({', '.join(told)}) do not fit the database's {allowed}"
    print(f"connections: {total} of {allowed} ({', '.join(told)})")


def settings(resources, source, pod, container):
    """A key of that container's configuration: from the environment, the file, or the defaults."""
    file = tomllib.loads(resources.configuration(pod, container))
    environment = {each["name"]: each["value"] for each in container.get("env", [])}

    def setting(section, key):
        given = environment.get(f"DANCU_{section}__{key}".upper(), file.get(section, {}).get(key))
        if given is None:
            return "here" if key == "seal" else source.default(f"{section}.{key}")
        return int(given) if str(given).isdigit() else given

    return setting


def pods(resources, pod):
    """How many there are at the most: the autoscaler's maximum, and the surge of a rollout."""
    spec, name = pod.workload["spec"], pod.workload["metadata"]["name"]
    if pod.workload["kind"] == "CronJob":
        assert spec["concurrencyPolicy"] == "Forbid", f"{pod.name} may run beside itself"
        return 1
    if pod.workload["kind"] == "Job":
        return spec.get("parallelism", 1)
    scalers = [each["spec"] for each in resources.of("HorizontalPodAutoscaler").values()
               if each["spec"]["scaleTargetRef"]["name"] == name]
    most = scalers[0]["maxReplicas"] if scalers else spec["replicas"]
    if spec["strategy"]["type"] == "Recreate":
        return most
    surge = spec["strategy"]["rollingUpdate"]["maxSurge"]
    assert isinstance(surge, int), f"{pod.name}: give maxSurge as a number of pods"
    return most + surge


def memory(resources, source, pod):
    """The cache fits the limit, and leaves as much again, at least 256 MiB, for everything else."""
    for container in pod.spec["containers"]:
        if container["args"][0] != "serve":
            continue
        setting = settings(resources, source, pod, container)
        cache = setting("register", "cache_bytes")
        limit = container["resources"]["limits"]["memory"]
        number, unit = re.fullmatch(r"(\d+)(Mi|Gi)", limit).groups()
        limit = int(number) << {"Mi": 20, "Gi": 30}[unit]
        assert limit >= max(2 * cache, cache + (256 << 20)), \
            f"{pod.name}: a cache of {cache} bytes does not fit a limit of {limit}"
