"""The language host under the real engine: programs that need no cluster."""

import pytest

from tests.local.plugins.stack import Stack

pytestmark = pytest.mark.engine


def test_a_program_runs_with_its_own_modules_and_exports_its_values(project: Stack) -> None:
    project.write(
        "import pulumi\nfrom helper import answer\nprint('said by the program')\npulumi.export('answer', answer)"
    )
    project.write("answer = 42", "helper.py")
    assert project.up() == {"answer": 42}
    assert "said by the program" in project.pulumi("preview").text


def test_a_failing_program_shows_the_users_frames_only_and_fails_the_run(project: Stack) -> None:
    project.write("from helper import divide\ndivide(0)")
    project.write("def divide(by):\n    return 1 / by", "helper.py")
    done = project.pulumi("preview")
    assert done.code != 0
    assert "ZeroDivisionError: division by zero" in done.text
    assert 'helper.py", line 2, in divide' in done.text
    assert "runpy" not in done.text
    assert "site-packages" not in done.text


def test_a_failure_inside_an_apply_is_shown_too(project: Stack) -> None:
    project.write("import pulumi\npulumi.Output.from_input({}).apply(lambda found: found['missing'])")
    done = project.pulumi("preview")
    assert done.code != 0
    assert "KeyError: 'missing'" in done.text


def test_a_syntax_error_names_its_file_and_line(project: Stack) -> None:
    project.write("import pulumi\nanswer = (")
    done = project.pulumi("preview")
    assert done.code != 0
    assert "line 2" in done.text
    assert "SyntaxError" in done.text


def test_missing_configuration_is_a_diagnostic_without_a_traceback(project: Stack) -> None:
    project.write("import pulumi\npulumi.Config().require('size')")
    done = project.pulumi("preview")
    assert done.code != 0
    assert "Missing required configuration variable 'trial:size'" in done.text
    assert "Traceback" not in done.text


def test_configuration_of_the_wrong_type_is_a_diagnostic_without_a_traceback(project: Stack) -> None:
    project.configure("size", "many")
    project.write("import pulumi\npulumi.Config().require_int('size')")
    done = project.pulumi("preview")
    assert done.code != 0
    assert "'many' is not a valid 'int'" in done.text
    assert "Traceback" not in done.text


def test_a_program_that_exits_non_zero_fails_the_run(project: Stack) -> None:
    project.write("import sys\nsys.exit(3)")
    done = project.pulumi("preview")
    assert done.code != 0
    assert "exit code 3" in done.text


def test_a_secret_of_the_configuration_stays_secret_in_the_state(project: Stack) -> None:
    project.configure("token", "correct horse battery", secret=True)
    project.write("import pulumi\npulumi.export('token', pulumi.Config().require_secret('token'))")
    project.up()
    assert "correct horse" not in project.state()


PACK = """
from pulumi_policy import EnforcementLevel, PolicyPack, ResourceValidationPolicy

def no_pet_names(args, report):
    if args.name == "fluffy":
        report("resources are cattle: rename fluffy")

PolicyPack("house", policies=[ResourceValidationPolicy(
    name="no-pet-names", description="names say what a thing is for", validate=no_pet_names,
    enforcement_level=EnforcementLevel.MANDATORY)])
"""


def with_policy_pack(project: Stack, resource: str) -> None:
    pack = project.folder / "pack"
    pack.mkdir()
    (pack / "PulumiPolicy.yaml").write_text("runtime: python\ndescription: rules of a test\n")
    (pack / "__main__.py").write_text(PACK)
    project.write(
        f"import pulumi\nclass Thing(pulumi.ComponentResource):\n    pass\nThing('trial:index:Thing', '{resource}')"
    )


def test_a_mandatory_policy_fails_the_preview_and_says_why(project: Stack) -> None:
    with_policy_pack(project, "fluffy")
    done = project.pulumi("preview", "--policy-pack", "pack")
    assert done.code != 0
    assert "resources are cattle: rename fluffy" in done.text


def test_a_program_that_keeps_the_policies_passes(project: Stack) -> None:
    with_policy_pack(project, "web")
    done = project.pulumi("preview", "--policy-pack", "pack")
    assert done.code == 0, done.text
    assert "house" in done.text
