"""Rendered resources, and the pods they make."""

WORKLOADS = {
    "Deployment": lambda spec: spec["template"],
    "Job": lambda spec: spec["template"],
    "CronJob": lambda spec: spec["jobTemplate"]["spec"]["template"],
}


class Pod:
    """What a workload starts."""

    def __init__(self, workload):
        self.workload = workload
        self.name = f"{workload['kind']} {workload['metadata']['name']}"
        template = WORKLOADS[workload["kind"]](workload["spec"])
        self.labels, self.spec = template["metadata"]["labels"], template["spec"]

    @property
    def containers(self):
        return [*self.spec.get("initContainers", []), *self.spec["containers"]]

    def volume(self, name):
        return next(volume for volume in self.spec["volumes"] if volume["name"] == name)

    def is_selected(self, selector):
        wanted = selector.get("matchLabels", {}).items()
        return all(self.labels.get(key) == value for key, value in wanted) and all(
            self.labels.get(rule["key"]) in rule["values"] for rule in selector.get("matchExpressions", []))


class Resources:
    """All of a rendering, by kind."""

    def __init__(self, resources):
        self.all = resources
        self.pods = [Pod(each) for each in resources if each["kind"] in WORKLOADS]

    def of(self, kind):
        return {each["metadata"]["name"]: each for each in self.all if each["kind"] == kind}

    def one(self, kind):
        found = list(self.of(kind).values())
        assert len(found) == 1, f"{len(found)} resources of kind {kind}"
        return found[0]

    def configuration(self, pod, container):
        """The text of the dancu.toml that a container reads."""
        mounts = {mount["mountPath"]: mount["name"] for mount in container["volumeMounts"]}
        name = pod.volume(mounts["/etc/dancu"])["configMap"]["name"]
        return self.of("ConfigMap")[name]["data"]["dancu.toml"]
