"""Times Z3 on the questions of the bench: python ask_z3.py CASES.json, as `engine cases CASES.json` writes them.

Only solving is timed; saying what the rules are, which takes Z3's Python far longer, is not. A question is two checks, for an
allowed flow and for a denied one, of IPv4 and IPv6; what takes longer than the limit is stopped and counts as the limit.
"""

import json
import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "tests" / "real"))
import z3  # noqa: E402
import z3_oracle as oracle  # noqa: E402

LIMIT = 20_000


def seconds(flow, way, asked):
    """How long both checks take, and which of allowed and denied occur; None where the limit was met."""
    total, found = 0.0, []
    for access in (oracle.ALLOW, oracle.DENY):
        solver = z3.SolverFor("QF_BV")
        solver.set("timeout", LIMIT)
        solver.add(oracle.box(flow, asked), way.access == access)
        start = time.perf_counter()
        answer = solver.check()
        total += time.perf_counter() - start
        found.append(None if answer == z3.unknown else answer == z3.sat)
    return total, found


def verdict(families):
    allowed, denied = ([found[i] for found in families] for i in (0, 1))
    if None in allowed + denied:
        return None
    return {(True, False): "Allow", (False, True): "Deny", (True, True): "Mixed"}.get((any(allowed), any(denied)), "Allow")


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        cases = json.load(file)
    print("| Z3: one question | Z3, ms | ours, µs | times |\n|---|---|---|---|")
    least = float("inf")
    for case in cases:
        flows = [oracle.Flow("v4"), oracle.Flow("v6")]
        ways = [oracle.Way(flow, case["tables"]) for flow in flows]
        print(f"| **{case['name']}** | | | |", flush=True)
        for question in case["questions"]:
            solved = [seconds(flow, way, question["asked"]) for flow, way in zip(flows, ways)]
            total = sum(spent for spent, _ in solved)
            told = verdict([found for _, found in solved])
            assert told in (None, question["verdict"]), (case["name"], question, told)
            times = total * 1e6 / question["microseconds"]
            least = min(least, times)
            at_least = "at least " if told is None else ""
            print(f"| {question['name']} | {at_least}{total * 1e3:.0f} | {question['microseconds']:.1f} | {times:.0f} |", flush=True)
    print(f"\nAt the least {least:.0f} times as fast (goal 300).")


if __name__ == "__main__":
    main()
