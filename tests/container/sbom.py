"""Compares the list of components (CycloneDX) with what Cargo says the program is built from.

    python3 tests/container/sbom.py target/sbom/dancu.cdx.json
"""

import json
import subprocess
import sys


def built():
    """The packages of the program and its build scripts on this platform; none of the tests'."""
    version = subprocess.check_output(["rustc", "-vV"], text=True)
    host = next(line.split()[1] for line in version.splitlines() if line.startswith("host: "))
    text = subprocess.check_output(
        ["cargo", "metadata", "--locked", "--format-version", "1", "--filter-platform", host])
    metadata = json.loads(text)
    packages = {package["id"]: package for package in metadata["packages"]}
    nodes = {node["id"]: node for node in metadata["resolve"]["nodes"]}
    root = metadata["resolve"]["root"]
    seen, todo = set(), [root]
    while todo:
        here = todo.pop()
        if here in seen:
            continue
        seen.add(here)
        for dependency in nodes[here]["deps"]:
            if any(kind["kind"] != "dev" for kind in dependency["dep_kinds"]):
                todo.append(dependency["pkg"])
    return {(packages[one]["name"], packages[one]["version"]) for one in seen - {root}}


def main(file):
    with open(file, encoding="utf-8") as text:
        bom = json.load(text)
    listed = {(one["name"], one["version"]) for one in bom["components"]}
    wanted = built()
    assert bom["bomFormat"] == "CycloneDX" and bom["metadata"]["component"]["name"] == "dancu"
    assert listed == wanted, f"left out: {wanted - listed}; too many: {listed - wanted}"
    without = [one["name"] for one in bom["components"] if not one.get("licenses") or not one.get("purl")]
    assert not without, f"without a licence or an address: {without}"
    print(f"components: {len(listed)}, those that Cargo builds")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
