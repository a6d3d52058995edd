"""Checks the rendered manifests of k8s/, without a cluster and without a network.

    python3 tests/manifests/check.py <rendered.yaml> <the program, or nothing> <node_modules, or nothing>

Needs requirements.txt. What is not here: rendering, which is kubectl's, and checkov, which `dev` runs.
"""

import json
import subprocess
import sys
from pathlib import Path

import kubernetes_validate
import yaml

import configuration
import connections
import references
from resources import Resources

SOURCE = Path(__file__).resolve().parents[2]

# The oldest version that has all that is used (preStop's sleep), and the newest whose schemas are there.
VERSIONS = ("1.30", "1.37")

# Kinds that are not Kubernetes' own, which custom.mjs checks.
CUSTOM = ("Cluster", "Certificate", "PodMonitor", "PrometheusRule")


def main(rendered, binary, modules):
    resources = Resources(list(yaml.safe_load_all(Path(rendered).read_text())))
    own = [resource for resource in resources.all if resource["kind"] not in CUSTOM]
    for version in VERSIONS:
        for resource in own:
            try:
                kubernetes_validate.validate(resource, version, strict=True)
            except kubernetes_validate.ValidationError as error:
                sys.exit(f"{resource['kind']} {resource['metadata']['name']}, Kubernetes {version}: "
                         f"{'.'.join(map(str, error.path))}: {error.message}")
    print(f"schemas: {len(own)} resources are those of Kubernetes {' and '.join(VERSIONS)}")
    if modules:
        custom([resource for resource in resources.all if resource["kind"] in CUSTOM], modules)
    references.check(resources, SOURCE)
    connections.check(resources, SOURCE)
    if binary:
        configuration.check(resources, Path(binary).resolve())


def custom(resources, modules):
    done = subprocess.run(["node", SOURCE / "tests/manifests/custom.mjs", modules],
                          input=json.dumps(resources), text=True, check=False)
    assert done.returncode == 0, "custom resources are not what their types say"


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    try:
        main(*sys.argv[1:])
    except AssertionError as wrong:
        sys.exit(f"{Path(sys.argv[1]).name}: {wrong}")
