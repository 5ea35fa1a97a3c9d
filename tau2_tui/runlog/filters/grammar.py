"""The grammar of filter expressions, and the terms that are made as it is followed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Any

from lark import Lark, Token, Tree, UnexpectedCharacters, UnexpectedInput, UnexpectedToken

from tau2_tui.runlog.envelope import LEVELS
from tau2_tui.runlog.filters import values
from tau2_tui.runlog.filters.mistake import FilterError
from tau2_tui.runlog.filters.names import (
    Vocabulary,
    is_known_type,
    keys_of,
    names_type,
    numeric_keys,
    type_suggestion,
)
from tau2_tui.runlog.filters.terms import And, Failure, Node, Not, Or, Term, Words
from tau2_tui.runlog.patterns import Pattern, SlowPattern

_GRAMMAR = r"""
start: either?
?either: both (_OR both)*
?both: unary (_AND? unary)*
?unary: _NOT unary -> negation
      | "(" either ")"
      | NAME SIGN _word -> comparison
      | NAME -> bare
      | QUOTED -> words
_word: VALUE | QUOTED

_AND.2: /and(?![\w.:=<>!~-])/i
_NOT.2: /not(?![\w.:=<>!~-])/i
_OR.2: /or(?![\w.:=<>!~-])/i
NAME: /(?!(?:and|or|not)(?![\w.:=<>!~-]))[A-Za-z_][\w-]*(\.([\w-]+|"[^"]*"))*/i
SIGN: /<=|>=|!=|[:=~<>]/
QUOTED: /"(\\.|[^"\\])*"|'(\\.|[^'\\])*'/
VALUE.-1: /[^\s()"'][^\s()"]*/
%ignore /\s+/
"""

_MAX_LENGTH = 10_000
_MAX_DEPTH = 100

_EQUALITIES = (":", "=", "!=")
_MOMENTS = ("timestamp", "started")
_PART = re.compile(r'"[^"]*"|[\w-]+')


def tree_of(text: str, vocabulary: Vocabulary) -> Node:
    """Return the parsed expression; of an empty one, what matches everything.

    Raises:
        FilterError: it is no expression, or names what ``vocabulary`` does not have.
    """
    if len(text) > _MAX_LENGTH:
        raise FilterError(_MAX_LENGTH + 1, f"longer than {_MAX_LENGTH:,} characters")
    try:
        return _Builder(vocabulary).node(_parser().parse(re.sub(r"\s", " ", text)))
    except UnexpectedInput as error:
        raise FilterError(_column(error, text), _explained(error, text)) from None
    except RecursionError:
        raise FilterError(1, "nested too deep") from None


@cache
def _parser() -> Lark:
    return Lark(_GRAMMAR, parser="lalr", maybe_placeholders=False)


def _column(error: UnexpectedInput, text: str) -> int:
    if isinstance(error, UnexpectedCharacters):
        return error.column
    if isinstance(error, UnexpectedToken) and error.token.type != "$END":
        return _place(error.token)
    return len(text) + 1


def _explained(error: UnexpectedInput, text: str) -> str:
    """Return what is wrong where the parser could not go on, in words."""
    expected: set[str] = set()
    stands = "the end"
    if isinstance(error, UnexpectedToken):
        expected = set(error.accepts or error.expected)
        stands = stands if error.token.type == "$END" else repr(str(error.token))
    elif isinstance(error, UnexpectedCharacters):
        expected, stands = (
            set(error.allowed or ()),
            repr(re.split(r"[\s()]", text[error.column - 1 :])[0] or text[error.column - 1]),
        )
    if stands[1] in "\"'" and isinstance(error, UnexpectedCharacters):
        return "the quotation mark has no partner"
    if "VALUE" in expected:
        return f"a value should stand here, not {stands}"
    if stands == "')'":
        return "no parenthesis is open here" if "NAME" not in expected else "a condition is missing before this"
    if stands == "the end":
        return "a parenthesis is not closed" if "RPAR" in expected else "a condition is missing at the end"
    if "NAME" in expected:
        return f"a condition should stand here, not {stands}"
    return f"{stands} means nothing here"


@dataclass(frozen=True)
class _Builder:
    """Makes terms of what the parser found, and complains of what they say."""

    vocabulary: Vocabulary

    def node(self, tree: Tree[Token], depth: int = 1) -> Node:
        """Return the part of the filter that a part of the parse tree stands for."""
        if depth > _MAX_DEPTH:
            raise FilterError(1, f"nested deeper than {_MAX_DEPTH} levels")
        if tree.data == "comparison":
            return self._comparison(*map(_token, tree.children))
        if tree.data == "bare":
            return self._bare(_token(tree.children[0]))
        if tree.data == "words":
            return _words(_token(tree.children[0]))
        parts = tuple(self.node(child, depth + 1) for child in tree.children if isinstance(child, Tree))
        if tree.data == "negation":
            return Not(parts[0])
        if tree.data == "either":
            return Or(parts)
        return parts[0] if len(parts) == 1 else And(parts)

    def _bare(self, name: Token) -> Node:
        if name == "error":
            return Failure()
        path = self._path(name)
        return Term(keys_of(path), path[1:], "", "", bool)

    def _comparison(self, name: Token, sign: Token, value: Token) -> Node:
        path = self._path(name)
        text = _unquoted(value)
        if path[0] in _MOMENTS and sign != "~" and (seconds := values.seconds_of(text)) is not None:
            text = repr(seconds)
        return Term(keys_of(path), path[1:], str(sign), text, self._test(path, str(sign), text, _place(value)))

    def _path(self, name: Token) -> tuple[str, ...]:
        path = tuple(part.strip('"') for part in _PART.findall(name))
        if not self.vocabulary.has(path):
            raise FilterError(_place(name), f"unknown name {path[0]}{self.vocabulary.suggestion(path[0])}")
        return path

    def _test(self, path: tuple[str, ...], sign: str, text: str, column: int) -> values.Test:
        key = keys_of(path)[0] if len(path) == 1 else ""
        if sign == "~":
            return _regex(text, column)
        if key == "event_type" and sign in _EQUALITIES:
            return self._type_test(sign, text, column)
        if key == "level":
            return _level_test(sign, text, column)
        if sign in _EQUALITIES:
            return values.glob(text) if sign == ":" else values.equal(text)
        if values.number_of(text) is None and len(path) == 1 and numeric_keys().issuperset(_long_names(path)):
            wanted = "a number or a time" if key in _MOMENTS else "a number"
            raise FilterError(column, f"{path[0]} is compared with {wanted}, not {text!r}")
        return values.ordered(sign, text)

    def _type_test(self, sign: str, text: str, column: int) -> values.Test:
        if "*" in text and sign == ":":
            matches = values.glob(text.lower())
            return _of_texts(lambda name: matches(name.lower()) or matches(name.lower().removesuffix("event")))
        if not is_known_type(text) and not self.vocabulary.knows_type(text) and text != "null":
            raise FilterError(column, f"unknown type of event {text!r}{type_suggestion(text)}")
        return _of_texts(lambda name: names_type(name, text))


def _of_texts(test: values.Test) -> values.Test:
    """Return a test that no value but a text passes."""
    return lambda value: isinstance(value, str) and test(value)


def _long_names(path: tuple[str, ...]) -> tuple[str, ...]:
    keys = keys_of(path)
    return tuple(key for key in keys if key != path[0]) or keys


def _level_test(sign: str, text: str, column: int) -> values.Test:
    if sign in _EQUALITIES and ("*" in text or text == "null"):
        return values.glob(text)
    if text not in LEVELS:
        raise FilterError(column, f"unknown level {text!r}; the levels are {', '.join(LEVELS)}")
    return values.equal(text) if sign in _EQUALITIES else values.level_ordered(sign, text)


def _regex(text: str, column: int) -> values.Test:
    try:
        pattern = Pattern(text)
    except ValueError as error:
        raise FilterError(column, str(error)) from None

    def test(value: Any) -> bool:
        try:
            return pattern.search(values.text_of(value)) is not None
        except SlowPattern as error:
            raise FilterError(column, str(error)) from None

    return test


def _words(quoted: Token) -> Node:
    text = _unquoted(quoted)
    if not text:
        raise FilterError(_place(quoted), "there is nothing between the quotation marks")
    return Words(text)


def _unquoted(token: Token) -> str:
    if token.type != "QUOTED":
        return str(token)
    mark = token[0]
    return token[1:-1].replace("\\" + mark, mark)


def _token(child: Tree[Token] | Token) -> Token:
    if not isinstance(child, Token):
        raise TypeError(f"a token was expected, not {child.data}")
    return child


def _place(token: Token) -> int:
    return token.column or 1
