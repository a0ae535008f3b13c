"""What real parsers make of scripts.

Reads a JSON list of {"powershell": text, "bicep": text}, writes a list of
{"powershell": pairs, "bicep": pairs, "pycep": pairs}: every name with its value, in the order of the text; in PowerShell
every command too. A text that a parser does not take, and anything that is not plain data, ends the program.

The parsers of Bicep do not know every escape, and answer null where they fail: tree-sitter takes `//` at the beginning of a
piece of a string for a comment; pycep takes an escaped dollar sign for the beginning of code, refuses some escaped
backslashes, and counts quotes in comments.
"""

import json
import re
import sys

import tree_sitter
import tree_sitter_bicep
import tree_sitter_powershell
from lark.exceptions import LarkError
from pycep import BicepParser

QUOTES = "'\u2018\u2019\u201a\u201b"


def parser(language):
    return tree_sitter.Parser(tree_sitter.Language(language.language()))


def parsed(language, text):
    root = language.parse(text.encode()).root_node
    if root.has_error:
        sys.exit(f"does not parse: {root}\n{text}")
    return root


def named(node):
    return [child for child in node.named_children if child.type != "comment"]


def text_of(node):
    return node.text.decode()


# PowerShell


def powershell_string(literal):
    """The value of a verbatim string: what is doubled among its quotes stands for one."""
    inner, value, at = literal[1:-1], "", 0
    while at < len(inner):
        if inner[at] in QUOTES:
            if inner[at + 1 : at + 2] not in tuple(QUOTES):
                sys.exit(f"a quote of its own: {literal}")
            at += 1
        value += inner[at]
        at += 1
    return value


def powershell_value(node):
    """The values of an expression, as far as scripts use expressions."""
    kind, children = node.type, named(node)
    if kind == "string_literal":
        if children[0].type != "verbatim_string_characters":
            sys.exit(f"a string with code in it: {text_of(node)}")
        return [powershell_string(text_of(node))]
    if kind in ("decimal_integer_literal", "variable"):
        return [text_of(node)]
    if kind == "cast_expression":
        if text_of(children[0]) != "[char]":
            sys.exit(f"a cast: {text_of(node)}")
        return [chr(int(text_of(children[1])))]
    if kind in ("additive_expression", "additive_argument_expression") and len(children) > 1:
        if [text_of(child) for child in node.children if not child.is_named] != ["+"]:
            sys.exit(f"no sum: {text_of(node)}")
        return ["".join(part for child in children for part in powershell_value(child))]
    if kind == "invokation_expression":
        if [text_of(child) for child in children[:2]] != ["[WildcardPattern]", "Escape"]:
            sys.exit(f"a call: {text_of(node)}")
        return powershell_value(children[2])
    if kind == "array_literal_expression" and len(children) > 1:
        return [value for child in children for value in powershell_value(child)]
    if kind == "sub_expression" or len(children) != 1:
        sys.exit(f"no plain data: {kind} {text_of(node)}")
    return powershell_value(children[0])


def powershell(node, pairs):
    if node.type == "hash_entry":
        key, value = named(node)
        pairs.extend((text_of(key), one) for one in powershell_value(value))
        return
    if node.type == "command" and named(node)[0].type == "command_name":
        pairs.append(("command", text_of(named(node)[0])))
        elements = [child for child in named(node)[1:] for child in named(child)]
        elements = [child for child in elements if child.type != "command_argument_sep"]
        for at, element in enumerate(elements):
            if element.type == "command_parameter":
                name = text_of(element).removeprefix("-")
                pairs.extend((name, one) for one in powershell_value(elements[at + 1]))
        return
    for child in node.named_children:
        powershell(child, pairs)


# Bicep


def bicep_string(inner):
    """The value between the quotes of a string."""
    value, at = "", 0
    while at < len(inner):
        if inner[at] != "\\":
            if inner.startswith("${", at):
                sys.exit(f"a string with code in it: {inner}")
            value += inner[at]
            at += 1
        elif inner[at + 1] == "u":
            end = inner.index("}", at)
            value += chr(int(inner[at + 3 : end], 16))
            at = end + 1
        else:
            value += {"n": "\n", "r": "\r", "t": "\t", "'": "'", "\\": "\\", "$": "$"}[inner[at + 1]]
            at += 2
    return value


def bicep_pairs(key, node, pairs):
    if node.type == "string":
        if any(child.type == "interpolation" for child in node.named_children):
            sys.exit(f"a string with code in it: {text_of(node)}")
        pairs.append((key, bicep_string(text_of(node)[1:-1])))
    elif node.type == "number":
        pairs.append((key, text_of(node)))
    elif node.type == "identifier" and key in ("parent", "dependsOn"):
        pass
    elif node.type in ("object", "array"):
        for child in named(node):
            if child.type == "object_property":
                name, value = named(child)
                # the id of a group goes by the name of its list
                name = key if text_of(name) == "id" else text_of(name)
                bicep_pairs(name, value, pairs)
            else:
                bicep_pairs(key, child, pairs)
    else:
        sys.exit(f"no plain data: {node.type} {text_of(node)}")


def bicep(parser, text):
    pairs = []
    if re.search(r"""('|\\['\\nrt$]|\\u\{[0-9a-f]+\})\s*//""", text):
        return None
    root = parsed(parser, text)
    for declaration in named(root):
        if declaration.type == "resource_declaration":
            bicep_pairs("", named(declaration)[-1], pairs)
        elif declaration.type not in ("parameter_declaration", "decorators", "diagnostic_comment"):
            sys.exit(f"no resource: {text_of(declaration)}")
    return pairs


def pycep_pairs(key, value, pairs):
    if isinstance(value, dict):
        for name, inner in value.items():
            pycep_pairs(key if name == "id" else name, inner, pairs)
    elif isinstance(value, list):
        for inner in value:
            pycep_pairs(key, inner, pairs)
    elif key not in ("parent", "dependsOn"):
        pairs.append((key, bicep_string(value) if isinstance(value, str) else str(value)))


def pycep(parser, text):
    pairs = []
    if "\\$" in text:
        return None
    try:
        tree = parser.parse(text=text)
    except (LarkError, ValueError):
        return None
    for resource in tree.get("resources", {}).values():
        pycep_pairs("", resource["config"], pairs)
    return pairs


def main():
    languages = {"powershell": parser(tree_sitter_powershell), "bicep": parser(tree_sitter_bicep)}
    second = BicepParser()
    answers = []
    for script in json.load(sys.stdin):
        pairs = []
        powershell(parsed(languages["powershell"], script["powershell"]), pairs)
        text = script["bicep"]
        answers.append({"powershell": pairs, "bicep": bicep(languages["bicep"], text), "pycep": pycep(second, text)})
    json.dump(answers, sys.stdout)


main()
