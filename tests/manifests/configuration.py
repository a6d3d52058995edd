"""Whether the program reads each configuration in the manifests: it refuses a key it does not know."""

import os
import re
import subprocess
import tempfile
from pathlib import Path


def check(resources, binary):
    read = 0
    for pod in resources.pods:
        for container in pod.containers:
            text = resources.configuration(pod, container)
            mounted = {mount["mountPath"] for mount in container["volumeMounts"]}
            environment = {each["name"]: each["value"] for each in container.get("env", [])}
            for path in re.findall(r'"(/(?:run|var)/[^"]+)"', text) + [
                    value for value in environment.values() if value.startswith("/run/")]:
                assert any(path == place or path.startswith(f"{place}/") for place in mounted), \
                    f"{pod.name}: nothing is mounted where {path} is"
            accept(binary, pod.name, text, environment)
            read += 1
    print(f"configurations: {read} are read by the program")


def accept(binary, name, text, environment):
    """Files it names are there for the time of the reading, with an address in each."""
    with tempfile.TemporaryDirectory() as place:
        def moved(value):
            return re.sub(r"^/run/dancu", f"{place}/run", value)

        text = re.sub(r'"/run/dancu', f'"{place}/run', text)
        environment = {key: moved(value) for key, value in environment.items()}
        for path in re.findall(rf'{place}/run/[^"\s]+', "\n".join([text, *environment.values()])):
            Path(path).parent.mkdir(parents=True, exist_ok=True)
            Path(path).write_text("postgres://dancu_service@database/dancu?sslmode=verify-full\n")
            Path(path).chmod(0o400)
        file = Path(place, "dancu.toml")
        file.write_text(text)
        done = subprocess.run([binary, "config", "--config", file], capture_output=True, text=True,
                              env={"PATH": os.environ["PATH"], **environment}, check=False)
        assert done.returncode == 0, f"{name}: the program refuses the configuration: {done.stderr.strip()}"
