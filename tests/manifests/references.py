"""Whether what a resource names is there: a wrong name is no error to the cluster, only nothing."""

import re


def check(resources, source):
    guide = (source / "docs/operations/kubernetes.md").read_text()
    assert not resources.of("Secret"), "a Secret is in the manifests"
    made = {each["spec"]["secretName"] for each in resources.of("Certificate").values()}
    made |= {f"{name}-ca" for name in resources.of("Cluster")}
    needed = set()
    for pod in resources.pods:
        volumes(resources, pod, needed)
        account = pod.spec["serviceAccountName"]
        assert account in resources.of("ServiceAccount"), f"{pod.name}: no account {account}"
        ends(pod, source)
    for role in resources.one("Cluster")["spec"]["managed"]["roles"]:
        needed.add((role["passwordSecret"]["name"], "password"))
    for name, key in sorted(needed):
        assert name in made or re.search(rf"`{name}`.*`{key}`", guide), \
            f"docs/operations/kubernetes.md does not tell of the Secret {name} and its key {key}"
    selectors(resources)
    print(f"references: {len(resources.pods)} workloads, {len(needed)} keys of secrets")


def volumes(resources, pod, needed):
    mounted = set()
    for container in pod.containers:
        for mount in container["volumeMounts"]:
            pod.volume(mount["name"])
            mounted.add(mount["name"])
    for volume in pod.spec["volumes"]:
        assert volume["name"] in mounted, f"{pod.name}: nobody mounts {volume['name']}"
        if "configMap" in volume:
            name = volume["configMap"]["name"]
            assert name in resources.of("ConfigMap"), f"{pod.name}: there is no ConfigMap {name}"
        if "persistentVolumeClaim" in volume:
            claim = volume["persistentVolumeClaim"]["claimName"]
            assert claim in resources.of("PersistentVolumeClaim"), f"{pod.name}: no claim {claim}"
        secrets = [(volume["secret"], volume["secret"]["secretName"])] if "secret" in volume else [
            (each["secret"], each["secret"]["name"]) for each in volume.get("projected", {}).get("sources", [])]
        for secret, name in secrets:
            needed.update((name, item["key"]) for item in secret.get("items", [{"key": "tls.key"}]))


def ends(pod, source):
    """The platform waits as long as the program may take."""
    finish = re.search(r"DRAIN_SECONDS: u64 = (\d+);", (source / "src/server/listen.rs").read_text())
    leave = re.search(r"drain_ms: ([\d_]+),", (source / "src/config/mod.rs").read_text())
    drain = int(finish[1]) + -(-int(leave[1].replace("_", "")) // 1000)
    for container in pod.spec["containers"]:
        if container["args"][0] == "serve":
            before = container["lifecycle"]["preStop"]["sleep"]["seconds"]
            given = pod.spec["terminationGracePeriodSeconds"]
            assert before >= 5 and given >= before + drain + 10, \
                f"{pod.name}: {given} s are too few to end in: {before} s before, {drain} s to finish"


def selectors(resources):
    """Each selects somebody, and each port by name is somebody's."""
    database = {f"cnpg.io/cluster={name}" for name in resources.of("Cluster")}

    def selected(what, selector):
        labels = selector.get("matchLabels", {})
        found = [pod for pod in resources.pods if pod.is_selected(selector)]
        ours = {f"{key}={value}" for key, value in labels.items()} & database
        assert found or ours, f"{what} selects nothing"
        return found

    for name, service in resources.of("Service").items():
        ports(f"Service {name}", selected(f"Service {name}", {"matchLabels": service["spec"]["selector"]}),
              [port["targetPort"] for port in service["spec"]["ports"]])
    for name, budget in resources.of("PodDisruptionBudget").items():
        selected(f"PodDisruptionBudget {name}", budget["spec"]["selector"])
    for name, monitor in resources.of("PodMonitor").items():
        ports(f"PodMonitor {name}", selected(f"PodMonitor {name}", monitor["spec"]["selector"]),
              [each["port"] for each in monitor["spec"]["podMetricsEndpoints"]])
    for name, scaler in resources.of("HorizontalPodAutoscaler").items():
        target = scaler["spec"]["scaleTargetRef"]["name"]
        assert "replicas" not in resources.of("Deployment")[target]["spec"], \
            f"{name} and Deployment {target} both say how many replicas there are"
    policies = resources.of("NetworkPolicy")
    for name, policy in policies.items():
        found = selected(f"NetworkPolicy {name}", policy["spec"]["podSelector"])
        for rule in policy["spec"].get("ingress", []):
            served = [pod for pod in found if pod.workload["kind"] == "Deployment"]
            ports(f"NetworkPolicy {name}", served,
                  [port["port"] for port in rule["ports"] if isinstance(port["port"], str)])
        for rule in policy["spec"].get("ingress", []) + policy["spec"].get("egress", []):
            for peer in rule.get("from", []) + rule.get("to", []):
                if "podSelector" in peer and "namespaceSelector" not in peer:
                    selected(f"NetworkPolicy {name}", peer["podSelector"])
    denied = [each["spec"] for each in policies.values() if each["spec"]["podSelector"] == {}]
    assert [sorted(each["policyTypes"]) for each in denied] == [["Egress", "Ingress"]] \
        and not {"ingress", "egress"} & set(denied[0]), "nothing is denied first"


def ports(what, pods, named):
    for pod in pods:
        have = {port["name"] for each in pod.containers for port in each.get("ports", [])}
        for name in named:
            assert name in have, f"{what}: {pod.name} has no port {name}"
