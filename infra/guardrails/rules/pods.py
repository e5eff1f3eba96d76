"""House rule 15, one rule for each thing a pod must or must not be."""

from collections.abc import Iterator

from infra.guardrails.rules.rule import Object, Rule, at


def _non_root(it: Object) -> Iterator[str]:
    of_pod = bool(at(it.pod, "securityContext", "runAsNonRoot"))
    for container in it.containers:
        own = at(container, "securityContext", "runAsNonRoot")
        if not (of_pod if own is None else own):
            yield f"container {container['name']!r} may run as root: set securityContext.runAsNonRoot to true"


def _read_only_root(it: Object) -> Iterator[str]:
    for container in it.containers:
        if not at(container, "securityContext", "readOnlyRootFilesystem"):
            yield (
                f"container {container['name']!r} can write to its own programs: set"
                " securityContext.readOnlyRootFilesystem to true and mount a volume where it must write"
            )


def _no_capabilities(it: Object) -> Iterator[str]:
    for container in it.containers:
        if "ALL" not in (at(container, "securityContext", "capabilities", "drop") or ()):
            yield f"container {container['name']!r} keeps capabilities: set securityContext.capabilities.drop to [ALL]"
        if added := at(container, "securityContext", "capabilities", "add"):
            yield f"container {container['name']!r} adds capabilities {', '.join(added)}: remove them"


def _no_privilege(it: Object) -> Iterator[str]:
    for container in it.containers:
        if at(container, "securityContext", "privileged"):
            yield f"container {container['name']!r} is privileged: remove securityContext.privileged"
        if at(container, "securityContext", "allowPrivilegeEscalation") is not False:
            yield (
                f"container {container['name']!r} may gain privileges: set"
                " securityContext.allowPrivilegeEscalation to false"
            )


def _seccomp(it: Object) -> Iterator[str]:
    allowed = ("RuntimeDefault", "Localhost")
    of_pod = at(it.pod, "securityContext", "seccompProfile", "type")
    for container in it.containers:
        own = at(container, "securityContext", "seccompProfile", "type")
        if (own or of_pod) not in allowed:
            yield (
                f"container {container['name']!r} may make any system call: set"
                " securityContext.seccompProfile.type to RuntimeDefault"
            )


def _resources(it: Object) -> Iterator[str]:
    for container in it.containers:
        for what in ("requests", "limits"):
            for resource in ("cpu", "memory"):
                if not at(container, "resources", what, resource):
                    yield f"container {container['name']!r} has no resources.{what}.{resource}: set it"


def _probes(it: Object) -> Iterator[str]:
    # Also beside a job: an init container that is started again and again.
    beside = [one for one in it.containers if one.get("restartPolicy") == "Always"]
    servers = (at(it.pod, "containers") or ()) if it.runs_for_ever else ()
    for container in (*beside, *servers):
        for probe in ("livenessProbe", "readinessProbe"):
            if not container.get(probe):
                yield f"container {container['name']!r} runs for ever and has no {probe}: set it"


def _no_token(it: Object) -> Iterator[str]:
    if it.pod and at(it.pod, "automountServiceAccountToken") is not False:
        yield (
            "its containers get a token for the cluster's API: set automountServiceAccountToken to false, and mount a"
            " projected token into the one that needs it"
        )


def _no_host(it: Object) -> Iterator[str]:
    pod = it.pod or {}
    for key in ("hostNetwork", "hostPID", "hostIPC"):
        if pod.get(key):
            yield f"the pod shares the node's {key.removeprefix('host')}: remove {key}"
    for volume in pod.get("volumes") or ():
        if volume.get("hostPath"):
            yield f"volume {volume['name']!r} is a folder of the node: use a claim or an emptyDir instead"
    for container in it.containers:
        for port in container.get("ports") or ():
            if port.get("hostPort"):
                yield f"container {container['name']!r} takes a port of the node: use a Service instead of hostPort"


POD_RULES = (
    Rule("pods-run-as-non-root", "No container may run as root.", _non_root),
    Rule("pods-have-a-read-only-root", "No container may change its own image.", _read_only_root),
    Rule("pods-drop-capabilities", "Every container drops all capabilities and adds none.", _no_capabilities),
    Rule("pods-gain-no-privilege", "No container is privileged or may become so.", _no_privilege),
    Rule("pods-use-seccomp", "Every container has a seccomp profile.", _seccomp),
    Rule("pods-have-requests-and-limits", "Every container says what it needs and takes no more.", _resources),
    Rule("servers-have-probes", "What runs for ever says whether it is alive and ready.", _probes),
    Rule("pods-get-no-token-by-accident", "No pod is given a token it did not ask for.", _no_token),
    Rule("pods-leave-the-node-alone", "No pod uses the node's network, processes or files.", _no_host),
)
