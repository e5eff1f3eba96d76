"""What training and tuning need in the cluster, as a component."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
from pulumi_kubernetes.networking import v1 as networking
from pulumi_kubernetes.rbac import v1 as rbac

from infra.foundation import network
from infra.foundation.access import Access
from infra.foundation.addresses import TRAINING
from infra.foundation.apps import App
from infra.foundation.component import Component
from infra.foundation.objects import metadata, name_of
from infra.settings.buckets import AwsBucketsSettings
from infra.settings.storage import BucketsSettings
from infra.settings.training import TrainingSettings
from infra.training.job_template import JobTemplate, JobTemplateArgs

APP = App("training", "training", TRAINING)
TUNING = App("tuning", "training", TRAINING)
# What `jobs.cluster` asks the API for: (group, plural, verbs).
STARTING: Sequence[tuple[str, str, tuple[str, ...]]] = (
    ("", "podtemplates", ("get",)),
    ("", "pods", ("list",)),
    ("", "events", ("list",)),
    ("batch", "jobs", ("create", "get")),
)


@dataclass(frozen=True)
class TrainingArgs:
    """`access` is MLflow's user `training` and the store; `tuning` reaches the database of studies, too."""

    namespace: pulumi.Input[str]
    image: str
    settings: TrainingSettings
    access: Access
    tuning: Access
    buckets: BucketsSettings | AwsBucketsSettings


class Training(Component, domain="training"):
    """Owns the moulds of training and tuning Jobs, and who may start one from inside the cluster.

    Does not own the Jobs: `mlops train run --on k8s` makes one from its mould, with its own command and config.
    """

    def __init__(self, name: str, args: TrainingArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, opts)
        self._namespace = args.namespace
        env = {"MLOPS_FEATURES_BUCKET": args.buckets.features}
        audit = {"MLOPS_AUDIT": f"s3://{args.buckets.audit}"}
        for app, access, more in ((APP, args.access, audit), (TUNING, args.tuning, {})):
            JobTemplate(
                app.name,
                JobTemplateArgs(app, args.namespace, args.image, args.settings.resources, access, {**env, **more}),
                self.child(),
            )
        networking.NetworkPolicy(
            f"{name}-workers",
            metadata=metadata(APP, args.namespace, f"{APP.name}-workers"),
            spec=network.among(APP),
            opts=self.child(),
        )
        self.register_outputs({})

    def grant_starting(self, app: App) -> None:
        """Lets a workload of the same namespace start Jobs and see how they end; it runs nothing else by that."""
        named = metadata(app, self._namespace, f"{app.name}-starts-jobs")
        role = rbac.Role(
            f"{app.name}-starts-jobs",
            metadata=named,
            rules=[
                rbac.PolicyRuleArgs(api_groups=[group], resources=[plural], verbs=list(verbs))
                for group, plural, verbs in STARTING
            ],
            opts=self.child(),
        )
        rbac.RoleBinding(
            f"{app.name}-starts-jobs",
            metadata=named,
            role_ref=rbac.RoleRefArgs(api_group="rbac.authorization.k8s.io", kind="Role", name=name_of(role)),
            subjects=[rbac.SubjectArgs(kind="ServiceAccount", name=app.account, namespace=self._namespace)],
            opts=self.child(),
        )
