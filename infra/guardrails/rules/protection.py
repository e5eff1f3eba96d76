"""Data that is kept survives mistakes: a destroy, a replacement, a lost zone."""

from collections.abc import Iterator

from infra.guardrails.rules import aws
from infra.guardrails.rules.expect import must_be, must_have, must_reach
from infra.guardrails.rules.rule import Object, Rule

_HOLD_DATA = (aws.DATABASE, aws.BUCKET, aws.KEY, aws.REPOSITORY, aws.METRICS, aws.CLUSTER)
_DELETES_ALL = {aws.BUCKET: "forceDestroy", aws.REPOSITORY: "forceDelete"}
_BACKUP_DAYS = {True: 30, False: 7}
_KEY_DAYS = {True: 30, False: 7}
_SECRET_DAYS = 7


def _protected(it: Object) -> Iterator[str]:
    if it.type in _HOLD_DATA and it.kept and not it.protect:
        yield "it holds data that is kept, and a destroy would take it: set the option protect to true"


def _refuses_deletion(it: Object) -> Iterator[str]:
    if it.type in (aws.DATABASE, aws.CLUSTER) and it.kept:
        why = "it holds data that is kept, and anybody's mistake in the console would take it"
        yield from must_be(it.props, "deletionProtection", True, why)


def _not_emptied(it: Object) -> Iterator[str]:
    if it.kept and (path := _DELETES_ALL.get(it.type)):
        yield from must_be(it.props, path, False, "it would be emptied first, and that is final")


def _leaves_a_snapshot(it: Object) -> Iterator[str]:
    if it.type == aws.DATABASE:
        yield from must_be(it.props, "copyTagsToSnapshot", True, "nobody would know whose snapshots they are")
        if it.kept:
            yield from must_be(it.props, "skipFinalSnapshot", False, "nothing would be left of the database")
            yield from must_have(it.props, "finalSnapshotIdentifier", "a name", "RDS refuses a snapshot without a name")
            why = "backups would go with the database"
            yield from must_be(it.props, "deleteAutomatedBackups", False, why)


def _survives_a_zone(it: Object) -> Iterator[str]:
    if it.type == aws.DATABASE and it.kept:
        yield from must_be(it.props, "multiAz", True, "the database would be lost for as long as its zone")


def _can_be_restored(it: Object) -> Iterator[str]:
    if it.type == aws.DATABASE:
        why = "mistakes are found days later"
        yield from must_reach(it.props, "backupRetentionPeriod", _BACKUP_DAYS[it.kept], why)


def _patched(it: Object) -> Iterator[str]:
    if it.type == aws.DATABASE:
        why = "known holes would stay until somebody remembers"
        yield from must_be(it.props, "autoMinorVersionUpgrade", True, why)


def _comes_back(it: Object) -> Iterator[str]:
    if it.type == aws.KEY:
        why = "without the key all that it encrypted is lost"
        yield from must_reach(it.props, "deletionWindowInDays", _KEY_DAYS[it.kept], why)
    if it.type == aws.SECRET and it.kept:
        yield from must_reach(it.props, "recoveryWindowInDays", _SECRET_DAYS, "who needs it notices later")


def _key_rotates(it: Object) -> Iterator[str]:
    if it.type == aws.KEY:
        yield from must_be(it.props, "enableKeyRotation", True, "the same key would be used for ever")


PROTECTION_RULES = (
    Rule("kept-data-is-protected", "The engine refuses to delete data that is kept.", _protected),
    Rule("kept-data-refuses-deletion", "The service refuses to delete data that is kept.", _refuses_deletion),
    Rule("kept-data-is-not-emptied", "No bucket or repository of kept data is emptied.", _not_emptied),
    Rule("databases-leave-a-snapshot", "A kept database leaves a snapshot and its backups.", _leaves_a_snapshot),
    Rule("kept-databases-survive-a-zone", "A kept database has a standby in another zone.", _survives_a_zone),
    Rule("databases-can-be-restored", "Databases can be restored to days ago.", _can_be_restored),
    Rule("databases-are-patched", "Databases take fixes by themselves.", _patched),
    Rule("keys-and-secrets-come-back", "What was deleted can be had back for a while.", _comes_back),
    Rule("keys-rotate", "Every key is rotated.", _key_rotates),
)
