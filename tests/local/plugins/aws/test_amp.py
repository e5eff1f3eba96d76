"""Amazon's Prometheus: workspace and rules on the emulator, routes and scraper in the state."""

from __future__ import annotations

from tests.support.aws import Trial

WORKSPACE, RULES, ROUTES, SCRAPER = (
    "aws:amp/workspace:Workspace",
    "aws:amp/ruleGroupNamespace:RuleGroupNamespace",
    "aws:amp/alertManagerDefinition:AlertManagerDefinition",
    "aws:amp/scraper:Scraper",
)
GROUP = "arn:aws:logs:eu-central-1:123456789012:log-group:/aws/vendedlogs/prometheus/metrics:*"
KEY = "arn:aws:kms:eu-central-1:123456789012:key/12345678-1234-1234-1234-123456789012"


def test_a_workspace_lives_its_whole_life(trial: Trial) -> None:
    wanted = {
        "alias": "mlops-test-metrics",
        "kmsKeyArn": KEY,
        "loggingConfiguration": {"logGroupArn": GROUP},
        "tags": {"a": "1"},
    }
    workspace = trial.create(WORKSPACE, wanted)
    assert workspace.id in workspace.outputs["prometheusEndpoint"]
    assert trial.diff(workspace, wanted) == ([], [])
    assert trial.refresh(workspace)
    assert workspace.inputs == wanted
    trial.update(workspace, {"alias": "other", "kmsKeyArn": KEY, "tags": {"b": "2"}})
    assert (workspace.outputs["alias"], workspace.outputs["tagsAll"]) == ("other", {"b": "2"})
    assert not workspace.outputs.get("loggingConfiguration")
    trial.update(workspace, {**wanted, "alias": "other"})
    imported = trial.imported(WORKSPACE, workspace.id).inputs
    assert (imported["alias"], imported["loggingConfiguration"]) == ("other", {"logGroupArn": GROUP})
    assert trial.diff(workspace, {"alias": "other", "tags": {"a": "1"}})[1] == ["kmsKeyArn"]
    trial.delete(workspace)
    assert not trial.refresh(workspace)


def test_rules_belong_to_a_workspace_and_change_in_place(trial: Trial) -> None:
    workspace = trial.create(WORKSPACE, {"alias": "ruled"})
    wanted = {"name": "mlops", "workspaceId": workspace.id, "data": "groups: []\n", "tags": {"a": "1"}}
    rules = trial.create(RULES, wanted)
    assert rules.id.endswith(f":rulegroupsnamespace/{workspace.id}/mlops")
    assert trial.diff(rules, wanted) == ([], [])
    assert trial.refresh(rules)
    assert rules.inputs == wanted
    trial.update(rules, {**wanted, "data": "groups: [{name: mlops, rules: []}]\n"})
    assert trial.imported(RULES, rules.id).inputs["data"] == "groups: [{name: mlops, rules: []}]\n"
    trial.delete(rules)
    assert not trial.refresh(rules)


def test_routes_and_scraper_are_recorded_with_what_aws_would_say(trial: Trial) -> None:
    routes = trial.create(ROUTES, {"workspaceId": "ws-1", "definition": "alertmanager_config: ''"})
    assert routes.id == "ws-1"
    eks = {"clusterArn": "arn:aws:eks:eu-central-1:123456789012:cluster/c", "subnetIds": ["s"], "securityGroupIds": []}
    wanted = {
        "alias": "mlops-test-metrics",
        "source": {"eks": eks},
        "destination": {"amp": {"workspaceArn": "arn:aws:aps:eu-central-1:123456789012:workspace/ws-1"}},
        "scrapeConfiguration": "global: {}\n",
        "tags": {"a": "1"},
    }
    scraper = trial.create(SCRAPER, wanted)
    assert scraper.outputs["arn"].endswith(f":scraper/{scraper.id}")
    assert ":role/aws-service-role/scraper.aps.amazonaws.com/" in scraper.outputs["roleArn"]
    assert trial.diff(scraper, wanted) == ([], [])
    assert trial.refresh(scraper)
    assert scraper.inputs == wanted
    trial.update(scraper, {**wanted, "scrapeConfiguration": "global: {scrape_interval: 30s}\n"})
    assert trial.diff(scraper, {**wanted, "source": {"eks": {**eks, "subnetIds": ["t"]}}})[1] != []
    for each in (scraper, routes):
        trial.delete(each)
