# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""ssh_config(5): one block of ours in a file that is otherwise somebody else's. Text in, text out.

The block stands at the top, since ssh takes the first value it finds, and ends with "Host *", so that options which
stood at the top of the file for every host still do.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from ..resource import CloudError

# What a Host line may name without being read as a pattern, a negation or an option.
ALIAS = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*")
HOST = re.compile(r"[A-Za-z0-9_:][A-Za-z0-9._:-]*(%[A-Za-z0-9._-]+)?")
USER = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._@-]*")
FORWARD = re.compile(r"(\d{1,5}) ([A-Za-z0-9.-]+|\[[0-9A-Fa-f:]+\]):(\d{1,5})")
IDENTITY = re.compile(r"[A-Za-z0-9._:@/-]+")

KEYWORDS = {
    "hostname": "HostName",
    "user": "User",
    "identity_file": "IdentityFile",
    "identities_only": "IdentitiesOnly",
    "host_key_alias": "HostKeyAlias",
    "known_hosts_file": "UserKnownHostsFile",
    "server_alive_interval": "ServerAliveInterval",
    "local_forward": "LocalForward",
}
PATHS = frozenset({"identity_file", "known_hosts_file"})
WORDS = {"hostname": HOST, "user": USER, "host_key_alias": HOST}

Values = Mapping[str, object]


def begin(block_id: str) -> str:
    return f"# BEGIN mlops.workstation {block_id}"


def end(block_id: str) -> str:
    return f"# END mlops.workstation {block_id}"


def check(block_id: str, aliases: Sequence[str], values: Values) -> None:
    """CloudError for what could be read as anything but one name or one value."""
    if not aliases:
        raise CloudError("aliases: no name is given for the Host block.")
    _match(IDENTITY, block_id, "block")
    for alias in aliases:
        _match(ALIAS, alias, "alias")
    for option, value in values.items():
        if value is not None and option in WORDS:
            _match(WORDS[option], str(value), option)
        if value is not None and option in PATHS:
            _check_path(str(value), option)
    for forward in _list(values.get("local_forward")):
        _match(FORWARD, forward, "local_forward")


def _match(pattern: re.Pattern[str], text: str, option: str) -> None:
    if not pattern.fullmatch(text):
        raise CloudError(f"{option}: {text!r} cannot stand in an SSH configuration: it would not be read as one value.")


def _check_path(path: str, option: str) -> None:
    """Any path but those that ssh_config has no way to write."""
    if not path or not path.isprintable() or any(sign in path for sign in ('"', "\\", "${", "'")):
        raise CloudError(
            f"{option}: {path!r} cannot stand in an SSH configuration: a path has no quotes, backslashes, control "
            "characters or ${...} there."
        )


def render(block_id: str, aliases: Sequence[str], values: Values, newline: str = "\n") -> str:
    """The block, checked values only."""
    lines = [begin(block_id), f"Host {' '.join(aliases)}"]
    for option, keyword in KEYWORDS.items():
        value = values.get(option)
        texts = _list(value) if option == "local_forward" else [] if value is None else [_word(option, value)]
        lines += [f"    {keyword} {text}" for text in texts]
    return newline.join([*lines, "Host *", end(block_id), ""])


def _list(value: object) -> list[str]:
    return [str(item) for item in value] if isinstance(value, list | tuple) else []


def _word(option: str, value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return quoted(str(value)) if option in PATHS else str(value)


def quoted(path: str) -> str:
    """A path as one argument: % begins a token of ssh's own; quotes keep blanks and # together."""
    return f'"{path.replace("%", "%%")}"'


def newline_of(text: str) -> str:
    """The line ending that a file uses."""
    first = text.find("\n")
    return "\r\n" if first > 0 and text[first - 1] == "\r" else "\n"


def find(text: str, block_id: str) -> tuple[int, int] | None:
    """Where the block stands, as offsets; None if there is none. CloudError where its marks are not a pair."""
    marks = [_marks(text, begin(block_id)), _marks(text, end(block_id))]
    if marks == [[], []]:
        return None
    (starts, ends) = marks
    if len(starts) != 1 or len(ends) != 1 or starts[0][0] > ends[0][0]:
        raise CloudError(
            f"The marks '{begin(block_id)}' and '{end(block_id)}' are not one pair any more. Remove what is left of "
            "the block between them by hand, and run again."
        )
    return starts[0][0], ends[0][1]


def _marks(text: str, mark: str) -> list[tuple[int, int]]:
    return [match.span() for match in re.finditer(rf"(?m)^{re.escape(mark)}\r?(?:\n|\Z)", text)]


def replace(text: str, block_id: str, block: str) -> str:
    """The file with this block in place of the old one, or at its top; an empty block takes it out."""
    where = find(text, block_id)
    start, stop = where or (0, 0)
    return text[:start] + block + text[stop:]


def aliases_in(block: str) -> list[str]:
    """The names on a block's own Host line."""
    line = next(line for line in block.split("\n") if line.startswith("Host "))
    return line.split()[1:]


def values_in(block: str) -> dict[str, object]:
    """The options of a block as it stands in the file, in the form in which render() takes them."""
    found: dict[str, object] = dict.fromkeys(KEYWORDS)
    names = {keyword: option for option, keyword in KEYWORDS.items()}
    forwards: list[str] = []
    for line in block.split("\n"):
        keyword, _space, rest = line.strip().partition(" ")
        option = names.get(keyword)
        if option == "local_forward":
            forwards.append(rest)
        elif option:
            found[option] = _value(option, rest)
    return {**found, "local_forward": forwards}


def _value(option: str, text: str) -> object:
    if option == "identities_only":
        return text == "yes"
    if option == "server_alive_interval":
        return int(text) if text.isdigit() else text
    return text.strip('"').replace("%%", "%") if option in PATHS else text


def hosts_in(text: str) -> set[str]:
    """Every name on the Host lines of a file, patterns left out."""
    names: set[str] = set()
    for words in _directives(text, "host"):
        names |= {word for word in words if not set("*?!") & set(word)}
    return names


def includes_in(text: str) -> list[str]:
    """The paths and patterns of a file's Include lines."""
    return [word for words in _directives(text, "include") for word in words]


def _directives(text: str, keyword: str) -> Iterable[list[str]]:
    """The arguments of each line with this keyword; ssh takes "Host a", "host=a" and 'Host "a"' alike."""
    for line in text.split("\n"):
        match = re.match(r"\s*([A-Za-z]+)(?:\s*=\s*|\s+)(.*?)\s*\Z", line.rstrip("\r"))
        if match and match[1].lower() == keyword:
            yield [quoted or plain for quoted, plain in re.findall(r'"([^"]*)"|([^\s"]+)', match[2])]
