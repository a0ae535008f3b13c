"""What `Hide-Secrets` of docs/collect.ps1 makes of texts: its expressions, read from the script, as Python runs them.

Both take these expressions for the same; what differs between .NET and Python (named groups, `\Z`, balancing) they do not use.

    collector_secrets.py collect.ps1 < texts.json > texts.json
"""

import json
import re
import sys

TOKEN = re.compile(r"'((?:[^']|'')*)'|\$(\w+)|\+|[()]|\s+")


def text(expression, variables):
    """The string that an expression of literals, variables and `+` is."""
    parts, at = [], 0
    while at < len(expression):
        token = TOKEN.match(expression, at)
        assert token, expression[at:]
        if token[1] is not None:
            parts.append(token[1].replace("''", "'"))
        elif token[2]:
            parts.append(variables[token[2]])
        at = token.end()
    return "".join(parts)


def rules(script):
    variables = {}
    for name in ("secret", "end"):
        assigned = re.search(r"^\$%s = ((?:.*\+\n)*.*)$" % name, script, re.M)
        variables[name] = text(assigned[1], variables)
    body = re.search(r"^function Hide-Secrets.*?^}", script, re.M | re.S)[0]
    lines = [line for line in body.splitlines() if "$Text = " in line]
    found = [re.fullmatch(r"\s*\$Text = \$Text -replace (.*), ('[^']*')", line) for line in lines]
    assert lines and all(found), body
    # PowerShell replaces in any case unless told otherwise.
    return [
        (re.compile(text(rule[1], variables), re.I), re.sub(r"\$(\d)", r"\\\1", text(rule[2], variables)))
        for rule in found
    ]


def main():
    with open(sys.argv[1], encoding="utf-8-sig") as script:
        all_rules = rules(script.read())
    kept = []
    for each in json.load(sys.stdin):
        for pattern, replacement in all_rules:
            each = pattern.sub(replacement, each)
        kept.append(each)
    json.dump(kept, sys.stdout)


main()
