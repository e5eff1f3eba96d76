from local.cluster.images import superseded

ROW = "{} application/vnd.docker.distribution.manifest.v2+json sha256:{} 9.0 MiB linux/amd64 managed"
HEAD = "REF TYPE DIGEST SIZE PLATFORMS LABELS"


def listing(*rows: tuple[str, str]) -> str:
    return "\n".join([HEAD, *(ROW.format(name, digest) for name, digest in rows), ""])


OLD, NEW = ("mlops.local/jobs:aaaaaaaaaaaa", "a1"), ("mlops.local/jobs:bbbbbbbbbbbb", "b1")
OLD_ID, NEW_ID = ("sha256:a2", "a1"), ("sha256:b2", "b1")


def test_a_superseded_image_goes_with_the_name_that_the_runtime_gave_it() -> None:
    assert superseded(listing(OLD, NEW, OLD_ID, NEW_ID), {NEW[0]}) == [OLD[0], OLD_ID[0]]


def test_two_references_of_one_image_share_the_runtime_s_name() -> None:
    again = ("mlops.local/jobs:cccccccccccc", "b1")
    assert superseded(listing(again, NEW, NEW_ID), {NEW[0]}) == [again[0]]


def test_images_of_others_and_images_in_use_stay() -> None:
    rows = listing(("docker.io/library/redis:8", "c1"), ("sha256:c2", "c1"), NEW, NEW_ID)
    assert superseded(rows, {NEW[0]}) == []
    assert superseded(HEAD, set()) == []
