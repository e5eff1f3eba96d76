from __future__ import annotations

import threading

from jobs.checks.check import Check, Finding, bad, fine, judged
from jobs.checks.run import run
from jobs.checks.system import System
from jobs.errors import UnreachableError

SYSTEM = System({}, "m", "champion")


def check(name: str, ask: object) -> Check:
    return Check(name, name, ask)  # type: ignore[arg-type]


def test_results_come_in_the_order_of_the_checks_and_all_are_asked_at_once() -> None:
    together = threading.Barrier(3)

    def meets(_: System) -> Finding:
        together.wait(10)
        return fine("met")

    found = run([check(name, meets) for name in ("a", "b", "c")], SYSTEM, 20)
    assert [(one.name, one.state) for one in found] == [("a", "ok"), ("b", "ok"), ("c", "ok")]


def test_a_check_that_hangs_is_bad_and_keeps_no_other_waiting() -> None:
    for_ever = threading.Event()

    def hangs(_: System) -> Finding:
        for_ever.wait()
        return fine("at last")

    late, other = run([check("hangs", hangs), check("answers", lambda _: fine("here"))], SYSTEM, 0.3)
    # It hangs still.
    for_ever.set()
    assert (late.state, late.says) == ("bad", "no answer within 0 s")
    assert other.state == "ok"


def test_errors_are_findings_with_what_to_change_whether_they_are_ours_or_not() -> None:
    def unreachable(_: System) -> Finding:
        raise UnreachableError("the store does not answer", given="https://10.0.0.2", change="make up", details=("d",))

    def broken(_: System) -> Finding:
        raise KeyError("notAfter")

    ours, other = run([check("ours", unreachable), check("other", broken)], SYSTEM, 5)
    assert (ours.state, ours.says, ours.change, ours.details) == (
        "bad", "the store does not answer: https://10.0.0.2", "make up", ("d",),
    )  # fmt: skip
    assert (other.state, other.says) == ("bad", "KeyError: 'notAfter'")


def test_several_problems_are_one_finding_that_names_the_first_and_keeps_the_rest() -> None:
    assert judged([], "all well", "x") == fine("all well")
    assert judged(["one"], "", "mend") == bad("one", "mend")
    assert judged(["one", "two", "three"], "", "mend") == bad("one (and 2 more)", "mend", "two", "three")
