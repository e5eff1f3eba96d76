"""What the node's programs are told: their flags and configuration files. Pure."""

from __future__ import annotations

import json
from typing import Any

from local.cluster.instance import Instance

ETCD = "http://127.0.0.1:2379"
PKI = "/etc/kubernetes/pki"


def _flags(values: dict[str, str]) -> list[str]:
    return [f"--{name}={value}" for name, value in values.items()]


def etcd() -> list[str]:
    """etcd listens on the node's own loopback only."""
    return ["etcd", *_flags({
        "name": "node", "data-dir": "/var/lib/etcd", "listen-client-urls": ETCD, "advertise-client-urls": ETCD,
        "listen-peer-urls": "http://127.0.0.1:2380", "log-level": "warn", "auto-compaction-retention": "1h",
    })]  # fmt: skip


def api_server(instance: Instance) -> list[str]:
    return ["kube-apiserver", *_flags({
        "advertise-address": instance.node_address,
        "allow-privileged": "true",
        "authorization-mode": "Node,RBAC",
        "client-ca-file": f"{PKI}/ca.crt",
        "enable-admission-plugins": "NodeRestriction",
        "etcd-servers": ETCD,
        "kubelet-certificate-authority": f"{PKI}/ca.crt",
        "kubelet-client-certificate": f"{PKI}/admin.crt",
        "kubelet-client-key": f"{PKI}/admin.key",
        # The node's name is not in any DNS; logs and exec go to its address.
        "kubelet-preferred-address-types": "InternalIP",
        "proxy-client-cert-file": f"{PKI}/front-proxy.crt",
        "proxy-client-key-file": f"{PKI}/front-proxy.key",
        "requestheader-allowed-names": "front-proxy-client",
        "requestheader-client-ca-file": f"{PKI}/ca.crt",
        "requestheader-extra-headers-prefix": "X-Remote-Extra-",
        "requestheader-group-headers": "X-Remote-Group",
        "requestheader-username-headers": "X-Remote-User",
        "secure-port": "6443",
        "service-account-issuer": "https://kubernetes.default.svc.cluster.local",
        "service-account-key-file": f"{PKI}/service-account.key",
        "service-account-signing-key-file": f"{PKI}/service-account.key",
        "service-cluster-ip-range": instance.service_range,
        "tls-cert-file": f"{PKI}/apiserver.crt",
        "tls-private-key-file": f"{PKI}/apiserver.key",
    })]  # fmt: skip


def controller_manager(instance: Instance) -> list[str]:
    kubeconfig = "/etc/kubernetes/kube-controller-manager.conf"
    return ["kube-controller-manager", *_flags({
        "allocate-node-cidrs": "false",
        "authentication-kubeconfig": kubeconfig,
        "authorization-kubeconfig": kubeconfig,
        "cluster-cidr": instance.pod_range,
        "cluster-signing-cert-file": f"{PKI}/ca.crt",
        "cluster-signing-key-file": f"{PKI}/ca.key",
        "kubeconfig": kubeconfig,
        "leader-elect": "false",
        "root-ca-file": f"{PKI}/ca.crt",
        "service-account-private-key-file": f"{PKI}/service-account.key",
        "use-service-account-credentials": "true",
    })]  # fmt: skip


def scheduler() -> list[str]:
    kubeconfig = "/etc/kubernetes/kube-scheduler.conf"
    return ["kube-scheduler", *_flags({
        "authentication-kubeconfig": kubeconfig, "authorization-kubeconfig": kubeconfig,
        "kubeconfig": kubeconfig, "leader-elect": "false",
    })]  # fmt: skip


def kubelet(instance: Instance) -> list[str]:
    return ["kubelet", *_flags({
        "config": "/etc/kubernetes/kubelet.json", "hostname-override": instance.node_name,
        "kubeconfig": "/etc/kubernetes/kubelet.conf", "node-ip": instance.node_address,
    })]  # fmt: skip


def proxy() -> list[str]:
    return ["kube-proxy", "--config=/etc/kubernetes/kube-proxy.json"]


def kubelet_configuration(instance: Instance) -> dict[str, Any]:
    return {
        "apiVersion": "kubelet.config.k8s.io/v1beta1",
        "kind": "KubeletConfiguration",
        "authentication": {
            "x509": {"clientCAFile": f"{PKI}/ca.crt"},
            "webhook": {"enabled": True},
            "anonymous": {"enabled": False},
        },
        "authorization": {"mode": "Webhook"},
        "cgroupDriver": "cgroupfs",
        "cgroupRoot": f"/{instance.cgroup}",
        "clusterDNS": [instance.dns_address],
        "clusterDomain": "cluster.local",
        "containerRuntimeEndpoint": "unix:///run/containerd/containerd.sock",
        "failCgroupV1": False,
        "failSwapOn": False,
        # Images cannot be pulled again on this machine, so a full disk must not collect them.
        "imageGCHighThresholdPercent": 100,
        # The eviction manager cannot read the disk of an overlay root.
        "localStorageCapacityIsolation": False,
        "evictionHard": {"memory.available": "200Mi"},
        # Lowering a score needs CAP_SYS_RESOURCE, which a virtual machine's root may lack.
        "oomScoreAdj": 0,
        "readOnlyPort": 0,
        "resolvConf": "",
        "rotateCertificates": False,
        "seccompDefault": True,
        "tlsCertFile": f"{PKI}/kubelet.crt",
        "tlsPrivateKeyFile": f"{PKI}/kubelet.key",
    }  # fmt: skip


def proxy_configuration(instance: Instance) -> dict[str, Any]:
    return {
        "apiVersion": "kubeproxy.config.k8s.io/v1alpha1",
        "kind": "KubeProxyConfiguration",
        "clientConnection": {"kubeconfig": "/etc/kubernetes/kube-proxy.conf"},
        "clusterCIDR": instance.pod_range,
        # The connection-tracking limits are the host's and are not ours to change.
        "conntrack": {"maxPerCore": 0, "min": 0, "tcpEstablishedTimeout": "0s", "tcpCloseWaitTimeout": "0s"},
        "hostnameOverride": instance.node_name,
        "mode": "nftables",
        "oomScoreAdj": 0,
    }


def cni_configuration(instance: Instance) -> dict[str, Any]:
    """Bridge networking. It does not enforce NetworkPolicies: see docs/architecture.md."""
    return {
        "cniVersion": "1.0.0",
        "name": "pods",
        "plugins": [
            {
                "type": "bridge", "bridge": "cni0", "isGateway": True, "ipMasq": False, "hairpinMode": True,
                "ipam": {
                    "type": "host-local",
                    "ranges": [[{"subnet": instance.pod_range}]],
                    "routes": [{"dst": "0.0.0.0/0"}],
                },
            },
            {"type": "portmap", "capabilities": {"portMappings": True}},
        ],
    }  # fmt: skip


def containerd_configuration(pause_image: str) -> str:
    """TOML of containerd 1.7."""
    return f"""version = 2
root = "/var/lib/containerd"
state = "/run/containerd"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "{pause_image}"
  # Lowering a score needs CAP_SYS_RESOURCE; without this no pod starts where it is missing.
  restrict_oom_score_adj = true
  disable_apparmor = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "/etc/cni/net.d"
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "overlayfs"
    discard_unpacked_layers = true
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"
      [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
        SystemdCgroup = false
"""


def kubeconfig(server: str, ca: str, certificate: str, key: str) -> str:
    """A kubeconfig (JSON is YAML) with one context, `mlops`; the last three arguments are PEM in base64."""
    return json.dumps({
        "apiVersion": "v1", "kind": "Config", "current-context": "mlops",
        "clusters": [{"name": "mlops", "cluster": {"server": server, "certificate-authority-data": ca}}],
        "users": [{"name": "mlops", "user": {"client-certificate-data": certificate, "client-key-data": key}}],
        "contexts": [{"name": "mlops", "context": {"cluster": "mlops", "user": "mlops"}}],
    }, indent=1)  # fmt: skip
