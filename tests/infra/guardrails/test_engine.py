"""The pack under the real engine: what rules read arrives in a preview of what does not exist yet, and after an update.

Relations are the trap: in a preview nothing has an id yet, and policies are not known.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from local.cache import cache_root
from local.progress import Progress
from local.toolchain.build import build_toolchain
from tests.local.plugins.stack import ROOT, Run, Stack
from tests.support.aws import aws_emulators, aws_environment

__all__ = ["aws_emulators", "aws_environment"]
pytestmark = pytest.mark.engine

PACK = str(ROOT / "infra" / "guardrails")
# A topic is named by the provider and its policy by its ARN: nothing of it is known in a preview.
PROGRAM = f"""
import sys

import pulumi
import pulumi_aws as aws

sys.path.append({str(ROOT)!r})
from infra.foundation.cloud import Cloud, tags
from infra.foundation.durability import Durability
from infra.foundation.policy_document import Statement, document

config = pulumi.Config()
durability = Durability(config.get("durability") or "disposable")
cloud = Cloud("123456789012", "eu-central-1", "mlops", durability, tags("t", "ml", "42"))
key = aws.kms.Key(
    "key", enable_key_rotation=True, deletion_window_in_days=30, tags=cloud.tagged("key"),
    opts=pulumi.ResourceOptions(protect=config.get_bool("protect")),
)
topic = aws.sns.Topic("topic", kms_master_key_id=key.arn, tags=cloud.tagged("topic"))
deny = Statement(
    "Tls", ["sns:Publish"], [topic.arn], {{"AWS": "*"}}, {{"Bool": {{"aws:SecureTransport": "false"}}}}, "Deny"
)
if not config.get_bool("plain"):
    aws.sns.TopicPolicy("topic", arn=topic.arn, policy=document([deny]))
"""


@pytest.fixture
def stack(tmp_path: Path, aws_environment: Mapping[str, str]) -> Iterator[Stack]:
    """A project with a topic, its key and its policy; all is gone afterwards."""
    engine = build_toolchain(cache_root(), Progress(), ("pulumi",)) / "pulumi"
    made = Stack(tmp_path, engine, {"aws:region": aws_environment["AWS_REGION"]})
    made.write(PROGRAM)
    yield made
    destroyed = made.pulumi("destroy", "--yes", "--skip-preview")
    assert destroyed.code == 0, destroyed.text


def refused(run: Run) -> set[str]:
    """The rules that the engine names as broken."""
    marks = (line.split() for line in run.text.splitlines() if "[mandatory]" in line)
    return {words[words.index("[mandatory]") + 1] for words in marks}


def test_what_belongs_together_is_found_before_and_after_it_is_made(stack: Stack) -> None:
    preview = stack.pulumi("preview", "--policy-pack", PACK)
    assert (preview.code, refused(preview)) == (0, set()), preview.text
    update = stack.pulumi("up", "--yes", "--skip-preview", "--policy-pack", PACK)
    assert (update.code, refused(update)) == (0, set()), update.text


def test_a_missing_policy_is_refused_before_anything_is_made(stack: Stack) -> None:
    stack.configure("plain", "true")
    preview = stack.pulumi("preview", "--policy-pack", PACK)
    assert preview.code != 0
    assert refused(preview) == {"messages-demand-tls"}


def test_the_engine_says_what_it_protects(stack: Stack) -> None:
    stack.configure("durability", "kept")
    assert refused(stack.pulumi("preview", "--policy-pack", PACK)) == {"kept-data-is-protected"}
    stack.configure("protect", "true")
    assert refused(stack.pulumi("preview", "--policy-pack", PACK)) == set()
