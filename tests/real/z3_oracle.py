"""Checks answers about rule lists with Z3: python z3_oracle.py CASES.json

Reads cases as tests/it/real_z3.rs writes them: rules as ranges of numbers, and what azpreflight said about them. Flows are
bit vectors, a first match is a chain of ifs, what is open is a Boolean that may be either. Prints one line for each answer
that Z3 refutes, and at the end one JSON object with the number of checks and the seconds that Z3 took. Exit 0: none refuted.
"""

import json
import sys
import time

import z3

PROTOCOLS = {"Tcp": 0, "Udp": 1, "Icmp": 2, "Esp": 3, "Ah": 4, "*": 5}
WIDTH = {"v4": 32, "v6": 128}


class Flow:
    """A flow of one family, as variables."""

    def __init__(self, family):
        self.family = family
        self.protocol = z3.BitVec("protocol", 3)
        self.source = z3.BitVec("source", WIDTH[family])
        self.source_port = z3.BitVec("source_port", 16)
        self.destination = z3.BitVec("destination", WIDTH[family])
        self.destination_port = z3.BitVec("destination_port", 16)
        self.real = z3.ULE(self.protocol, 5)


def any_of(terms):
    terms = list(terms)
    return z3.BoolVal(False) if not terms else terms[0] if len(terms) == 1 else z3.Or(terms)


def within(value, ranges):
    last = (1 << value.size()) - 1

    def one(low, high):
        low, high = int(low), int(high)
        if low == 0 and high == last:
            return z3.BoolVal(True)
        if low == high:
            return value == low
        size = high - low + 1
        if size & (size - 1) == 0 and low % size == 0:
            free = size.bit_length() - 1
            top = value.size() - 1
            return z3.Extract(top, free, value) == low >> free
        return z3.And(z3.ULE(low, value), z3.ULE(value, high))

    return any_of(one(low, high) for low, high in ranges)


def opened(open_name, known):
    return known if open_name is None else z3.Or(known, z3.Bool(open_name))


def addresses(value, flow, operand, end):
    known = within(value, operand[flow.family])
    for part in operand["open"]:
        answer = z3.Bool(part["name"] + " @ " + end)
        known = z3.Or(known, z3.And(answer, within(value, part[flow.family])))
    return known


def matches(flow, rule):
    protocols = any_of(flow.protocol == PROTOCOLS[name] for name in rule["protocols"])
    ports = lambda value, stated: opened(stated["open"], within(value, stated["ranges"]))
    return z3.And(
        opened(rule["protocolsOpen"], protocols),
        addresses(flow.source, flow, rule["source"], "source"),
        ports(flow.source_port, rule["sourcePorts"]),
        addresses(flow.destination, flow, rule["destination"], "destination"),
        ports(flow.destination_port, rule["destinationPorts"]),
    )


# what a way through the tables comes to
DENY, ALLOW, NOBODY = 0, 1, 2
# no rule's number
NONE = 0xFFFF


class Way:
    """Tables in a row: the access as a number, and the last rule that matched as a number of its own."""

    def __init__(self, flow, tables):
        self.access = z3.BitVecVal(ALLOW, 2)
        self.decider = z3.BitVecVal(NONE, 16)
        self.numbers = {}
        for index in reversed(range(len(tables))):
            self.before(flow, tables[index], index)

    def before(self, flow, table, index):
        on_access, on_decider = self.access, self.decider
        access = on_access if table["passes"] else z3.BitVecVal(NOBODY, 2)
        decider = on_decider if table["passes"] else z3.BitVecVal(NONE, 16)
        for position in reversed(range(len(table["rules"]))):
            rule = table["rules"][position]
            number = len(self.numbers)
            self.numbers[(index, position)] = number
            here = z3.BitVecVal(number, 16)
            match = matches(flow, rule)
            if rule["access"] == "Deny":
                then = (z3.BitVecVal(DENY, 2), here)
            elif rule["access"] == "AlwaysAllow":
                then = (z3.BitVecVal(ALLOW, 2), here)
            else:
                # the last rule of all that matched decides an Allow
                then = (on_access, z3.If(on_decider == NONE, here, on_decider))
            access = z3.If(match, then[0], access)
            decider = z3.If(match, then[1], decider)
        self.access, self.decider = access, decider


def box(flow, asked):
    return z3.And(
        flow.real,
        any_of(flow.protocol == PROTOCOLS[name] for name in asked["protocols"]),
        within(flow.source, asked["source"][flow.family]),
        within(flow.source_port, asked["sourcePorts"]),
        within(flow.destination, asked["destination"][flow.family]),
        within(flow.destination_port, asked["destinationPorts"]),
    )


class Checker:
    def __init__(self):
        self.checks = 0
        self.refuted = 0
        self.seconds = 0.0

    def possible(self, *claims):
        solver = z3.SolverFor("QF_BV")
        solver.add(*claims)
        start = time.perf_counter()
        found = solver.check()
        self.seconds += time.perf_counter() - start
        assert found != z3.unknown, solver.reason_unknown()
        return found == z3.sat

    def expect(self, label, found, expected):
        self.checks += 1
        if found != expected:
            self.refuted += 1
            print(f"{label}: azpreflight says {expected}, Z3 says {found}")


ACCESS = {"Allow": ALLOW, "Deny": DENY}


def check_question(checker, label, flows, ways, question):
    """The verdict of the whole question, then every piece with its deciding rule."""
    anywhere = lambda claim: any(checker.possible(box(f, question["asked"]), claim(w)) for f, w in zip(flows, ways))
    if question["closed"]:
        allowed, denied = (anywhere(lambda way, a=a: way.access == a) for a in (ALLOW, DENY))
        overall = {(True, False): "Allow", (False, True): "Deny", (True, True): "Mixed", (False, False): "Allow"}
        checker.expect(f"{label}: verdict", overall[(allowed, denied)], question["overall"])
    for number, piece in enumerate(question["pieces"]):
        name = f"{label}, piece {number}"
        for flow, way in zip(flows, ways):
            region = box(flow, piece["flows"])
            if piece["access"] is not None:
                other = checker.possible(region, way.access != ACCESS[piece["access"]])
                checker.expect(f"{name} ({flow.family}): another access than {piece['access']}", other, False)
            if piece["decider"] is not None:
                decider = way.numbers[tuple(piece["decider"])]
                other = checker.possible(region, way.decider != decider)
                checker.expect(f"{name} ({flow.family}): another rule than {piece['decider']}", other, False)


def check_case(checker, label, case):
    flows = [Flow("v4"), Flow("v6")]
    ways = [Way(flow, case["tables"]) for flow in flows]
    for number, question in enumerate(case["questions"]):
        check_question(checker, f"{label}, question {number}", flows, ways, question)
    for number, table in enumerate(case["tables"]):
        for position in table["custom"]:
            rules = table["rules"]
            left = any(
                checker.possible(
                    flow.real,
                    matches(flow, rules[position]),
                    *(z3.Not(matches(flow, earlier)) for earlier in rules[:position]),
                )
                for flow in flows
            )
            name = f"{label}, table {number}, rule {position}: never decides"
            checker.expect(name, not left, position in table["never"])
    if case["after"] is not None:
        later = [Way(flow, case["after"]["tables"]) for flow in flows]
        pairs = zip(flows, ways, later)
        differ = any(checker.possible(flow.real, old.access != new.access) for flow, old, new in pairs)
        checker.expect(f"{label}: equivalent to what came after", not differ, case["after"]["equivalent"])


def main():
    checker = Checker()
    with open(sys.argv[1], encoding="utf-8") as file:
        cases = json.load(file)
    for number, case in enumerate(cases):
        check_case(checker, f"case {number}", case)
    print(json.dumps({"checks": checker.checks, "refuted": checker.refuted, "seconds": round(checker.seconds, 3)}))
    sys.exit(1 if checker.refuted else 0)


if __name__ == "__main__":
    main()
