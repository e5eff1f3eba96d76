"""The programs built from Go modules. Their versions are pinned in each folder's go.mod; this table names them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from local.cache import digest

HERE = Path(__file__).parent

# Without these, kubectl and the API server call themselves v0.0.0-master and clients refuse to talk to them.
_KUBERNETES_VERSION = (
    "-X k8s.io/component-base/version.gitVersion=v1.35.4 -X k8s.io/component-base/version.gitMajor=1 "
    "-X k8s.io/component-base/version.gitMinor=35 -X k8s.io/client-go/pkg/version.gitVersion=v1.35.4"
)


# Debug information is a tenth of the compiler's work, and the linker drops it anyway. Stack traces do not need it.
COMPILER_FLAGS = "all=-dwarf=false"


@dataclass(frozen=True)
class Tool:
    """One program: its folder under local/toolchain, the package to build in it and linker settings."""

    name: str
    package: str = "."
    version_flags: str = ""

    @property
    def folder(self) -> Path:
        return HERE / self.name

    @property
    def ldflags(self) -> str:
        return f"-s -w {self.version_flags}".strip()

    @property
    def digest(self) -> str:
        """Names the built program: what it is built from (go.mod, go.sum, our own Go files) and how."""
        sources = [path for path in sorted(self.folder.iterdir()) if path.suffix in {".mod", ".sum", ".go"}]
        content = (part for path in sources for part in (path.name, path.read_bytes()))
        return digest(self.package, COMPILER_FLAGS, self.ldflags, *content)


# What `make up` puts on the machine.
PLATFORM = (
    Tool("kubernetes", version_flags=_KUBERNETES_VERSION),
    Tool(
        "pulumi",
        "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
        "-X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v3.259.0",
    ),
    Tool("coredns", "github.com/coredns/coredns"),
    Tool("kube-state-metrics", "k8s.io/kube-state-metrics/v2"),
    Tool("local-path-provisioner", "github.com/rancher/local-path-provisioner"),
    Tool("metrics-server", "sigs.k8s.io/metrics-server/cmd/metrics-server"),
    Tool("pause"),
    Tool("reloader"),
    Tool("versitygw", "github.com/versity/versitygw/cmd/versitygw", "-X main.Version=v1.8.0"),
)

# Asked for by name: by what brings the AWS stacks up against emulators, by what checks their objects, by `mlops images
# push`, and (the registry) by its tests.
BY_NAME = (
    Tool("kwok", "sigs.k8s.io/kwok/cmd/kwok"),
    Tool("kubeconform", "github.com/yannh/kubeconform/cmd/kubeconform", "-X main.version=v0.8.0"),
    Tool(
        "crane",
        "github.com/google/go-containerregistry/cmd/crane",
        "-X github.com/google/go-containerregistry/cmd/crane/cmd.Version=v0.22.1",
    ),
    Tool("registry", version_flags="-X github.com/distribution/distribution/v3/version.version=v3.1.1"),
)

TOOLS = PLATFORM + BY_NAME
