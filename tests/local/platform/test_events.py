from local.platform.events import quiet

MLFLOW = " +  kubernetes:apps/v1:Deployment mlflow"


def shown(*lines: str) -> list[str]:
    wanted = quiet()
    return [text for line in lines if (text := wanted(line))]


def test_what_came_of_a_resource_is_shown_and_that_it_began_is_not() -> None:
    done = [
        f"{MLFLOW} created (12s)",
        " ~  kubernetes:core/v1:ConfigMap rules updated (0.05s) [diff: ~data]",
        " ++ kubernetes:core/v1:Secret users created replacement (0.1s)",
        " -- kubernetes:core/v1:Secret users deleted original (0.1s)",
        f"{MLFLOW} **creating failed** error: no space",
        "    error: update failed",
        "    92 unchanged",
    ]
    begun = [
        f"{MLFLOW} creating (0s) ",
        " ~  kubernetes:core/v1:ConfigMap rules updating (0s) [diff: ~data]",
        " ++ kubernetes:core/v1:Secret users creating replacement (0s) ",
        " -- kubernetes:core/v1:Secret users deleting original (0s) ",
        "@ updating.....",
        "",
    ]
    assert shown(*begun, *done) == done


def test_a_long_wait_gives_its_latest_reason_every_ten_seconds() -> None:
    lines = [f"{MLFLOW} creating ({age}s) reason at {age}" for age in range(0, 35)]
    assert shown(*lines) == [f"{MLFLOW} creating ({age}s) reason at {age}" for age in (10, 20, 30)]


def test_our_own_plugins_are_no_reason_for_a_warning() -> None:
    warning = "    warning: using pulumi-resource-kubernetes from $PATH at {}/pulumi-resource-kubernetes"
    theirs = warning.format("/usr/bin")
    assert shown(warning.format("/work/local/plugins/bin"), theirs) == [theirs]


def test_each_resource_has_a_clock_of_its_own() -> None:
    other = " +  kubernetes:apps/v1:Deployment server creating (15s) no node"
    assert shown(f"{MLFLOW} creating (14s) no node", other) == [f"{MLFLOW} creating (14s) no node", other]


def test_the_last_reason_of_a_wait_that_is_over_is_not_shown() -> None:
    assert shown(f"{MLFLOW} created (9s) 0 of 1 ready") == [f"{MLFLOW} created (9s)"]
    changed = f"{MLFLOW} updated (9s) [diff: ~spec]"
    assert shown(f"{changed}; 0 of 1 ready") == [changed]
    warned = f"{MLFLOW} created (9s) warning: deprecated"
    assert shown(warned) == [warned]
