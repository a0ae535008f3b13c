"""Whether a file is PowerShell, as a grammar of it has it: ends with the place of the first text that is not."""

import sys

import tree_sitter
import tree_sitter_powershell


def wrong(node):
    """The first node, in the order of the text, that the grammar could not place."""
    if node.type == "ERROR" or node.is_missing:
        return node
    return next(filter(None, (wrong(child) for child in node.children if child.has_error or child.is_missing)), None)


language = tree_sitter.Language(tree_sitter_powershell.language())
text = open(sys.argv[1], "rb").read()
root = tree_sitter.Parser(language).parse(text).root_node
if root.has_error:
    node = wrong(root) or root
    sys.exit(f"line {node.start_point[0] + 1}: {text[node.start_byte:node.end_byte][:100]}")
