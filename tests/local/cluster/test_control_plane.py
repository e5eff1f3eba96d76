import tomllib
from pathlib import Path

import yaml

from local.cluster import control_plane
from local.cluster.addons import render_addons
from local.cluster.instance import Instance

INSTANCE = Instance("test", 5, Path("/x"))


def test_containerd_uses_our_pause_image_and_the_drivers_the_kubelet_uses() -> None:
    plugins = tomllib.loads(control_plane.containerd_configuration("mlops.local/pause:1"))["plugins"]
    cri = plugins["io.containerd.grpc.v1.cri"]
    assert cri["sandbox_image"] == "mlops.local/pause:1"
    systemd = cri["containerd"]["runtimes"]["runc"]["options"]["SystemdCgroup"]
    assert (systemd, control_plane.kubelet_configuration(INSTANCE)["cgroupDriver"]) == (False, "cgroupfs")


def test_pods_of_two_instances_are_in_two_cgroups() -> None:
    other = Instance("local", 0, Path("/x"))
    assert (
        control_plane.kubelet_configuration(INSTANCE)["cgroupRoot"]
        != control_plane.kubelet_configuration(other)["cgroupRoot"]
    )


def test_anonymous_requests_to_the_kubelet_are_refused() -> None:
    configuration = control_plane.kubelet_configuration(INSTANCE)
    assert configuration["authentication"]["anonymous"] == {"enabled": False}
    assert configuration["readOnlyPort"] == 0


def test_etcd_listens_on_loopback_only() -> None:
    listeners = [flag for flag in control_plane.etcd() if flag.startswith("--listen-")]
    assert len(listeners) == 2
    assert all("//127.0.0.1:" in flag for flag in listeners)


def test_dns_has_the_address_that_the_kubelet_gives_to_pods() -> None:
    images = {"coredns": "a", "metricsServer": "b", "localPathProvisioner": "c"}
    objects = list(yaml.safe_load_all(render_addons(INSTANCE, images)))
    service = next(item for item in objects if item["kind"] == "Service" and item["metadata"]["name"] == "kube-dns")
    assert [service["spec"]["clusterIP"]] == control_plane.kubelet_configuration(INSTANCE)["clusterDNS"]


def test_every_program_of_the_control_plane_gets_one_value_per_flag() -> None:
    for argv in (control_plane.etcd(), control_plane.api_server(INSTANCE), control_plane.controller_manager(INSTANCE)):
        flags = [flag.split("=")[0] for flag in argv[1:]]
        assert len(flags) == len(set(flags))
