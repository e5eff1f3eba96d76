from pathlib import Path

from local.images.pip_settings import configuration, parse


def test_the_environment_wins_over_files() -> None:
    listing = ":env:.index-url='mirror'\nglobal.index-url='other'\nglobal.timeout='9'\n"
    assert parse(listing) == {"index-url": "mirror", "timeout": "9"}


def test_settings_about_the_hosts_own_folders_do_not_reach_a_build() -> None:
    assert parse("global.target='/x'\nglobal.user='true'\n:env:.cache-dir='/y'\n") == {}


def test_certificates_and_wheel_folders_are_seen_below_the_mount(tmp_path: Path) -> None:
    text, folders = configuration({"cert": "/etc/own.pem", "find-links": f"{tmp_path} mirror/wheels"})
    assert folders == {tmp_path: "links-0"}
    assert text.splitlines() == [
        "[global]",
        "cache-dir = /mnt/cache",
        "cert = /mnt/ca.crt",
        "find-links = /mnt/links-0 mirror/wheels",
    ]


def test_without_settings_only_the_cache_is_set() -> None:
    assert configuration({}) == ("[global]\ncache-dir = /mnt/cache\n", {})
