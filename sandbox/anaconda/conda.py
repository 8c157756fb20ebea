#!/sandbox-prefix-placeholder/bin/python
# Copyright: (c) 2026, mlops.workstation contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The sandbox's stand-in for conda: enough for a shell to work in base, and a plain word about everything else."""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import os
import re
import shlex
import sys
from collections.abc import Callable
from pathlib import Path

PREFIX = Path("/sandbox-prefix-placeholder")
VERSION = "4.12.0+sandbox"
CONDARC = Path.home() / ".condarc"
NOTICE = "This is the mlops.workstation sandbox's stand-in for conda, not conda itself."
BLOCK = """\
# >>> conda initialize >>>
# !! Contents within this block are managed by 'conda init' !!
__conda_setup="$('{prefix}/bin/conda' 'shell.bash' 'hook' 2> /dev/null)"
if [ $? -eq 0 ]; then
    eval "$__conda_setup"
else
    if [ -f "{prefix}/etc/profile.d/conda.sh" ]; then
        . "{prefix}/etc/profile.d/conda.sh"
    else
        export PATH="{prefix}/bin:$PATH"
    fi
fi
unset __conda_setup
# <<< conda initialize <<<
"""
_BLOCK = re.compile(r"^# >>> conda initialize >>>\n.*?^# <<< conda initialize <<<\n", re.DOTALL | re.MULTILINE)
_AUTO = re.compile(r"^auto_activate_base:\s*(\S+)\s*$", re.MULTILINE)


def hook(_: list[str]) -> None:
    """What a shell's start file evaluates."""
    print((PREFIX / "etc/profile.d/conda.sh").read_text())
    if auto_activate():
        print("conda activate base")


def activate(arguments: list[str]) -> None:
    """Shell code that puts base first on PATH."""
    name = arguments[0] if arguments else "base"
    if name not in ("base", "root", str(PREFIX)):
        sys.exit(f"EnvironmentNameNotFound: Could not find conda environment: {name}\n{NOTICE} There is only base.")
    if os.environ.get("CONDA_PREFIX") == str(PREFIX):
        return
    prompt = "(base) "
    emit(
        PATH=f"{PREFIX}/bin:{os.environ.get('PATH', '')}",
        CONDA_PREFIX=str(PREFIX),
        CONDA_DEFAULT_ENV="base",
        CONDA_PROMPT_MODIFIER=prompt,
        CONDA_SHLVL="1",
    )
    print(f'PS1="{prompt}${{PS1-}}"')


def deactivate(_: list[str]) -> None:
    """Shell code that undoes activate."""
    if os.environ.get("CONDA_SHLVL", "0") == "0":
        return
    words = os.environ.get("PATH", "").split(":")
    emit(PATH=":".join(word for word in words if word != f"{PREFIX}/bin"), CONDA_SHLVL="0")
    print("unset CONDA_PREFIX CONDA_DEFAULT_ENV CONDA_PROMPT_MODIFIER")
    print('PS1="${PS1#(base) }"')


def info(arguments: list[str]) -> None:
    """What this is and where."""
    options = parse("info", arguments, ("--json", "--base", "--envs"))
    facts = {
        "conda_version": VERSION,
        "python_version": sys.version.split()[0],
        "root_prefix": str(PREFIX),
        "active_prefix": os.environ.get("CONDA_PREFIX"),
        "envs": [str(PREFIX)],
        "stand_in": NOTICE,
    }
    if options.json:
        print(json.dumps(facts, indent=2))
    elif options.base:
        print(PREFIX)
    elif options.envs:
        environments([])
    else:
        print("\n".join(f"{name.replace('_', ' '):>16} : {value}" for name, value in facts.items()))


def environments(_: list[str]) -> None:
    """The environments: base."""
    star = "*" if os.environ.get("CONDA_PREFIX") == str(PREFIX) else " "
    print(f"# conda environments:\n#\nbase                  {star}  {PREFIX}\n")


def packages(arguments: list[str]) -> None:
    """The Python packages in base."""
    options = parse("list", arguments, ("--json",))
    found = sorted((dist.metadata["Name"], dist.version) for dist in importlib.metadata.distributions())
    if options.json:
        print(json.dumps([{"name": name, "version": version, "channel": "pypi"} for name, version in found], indent=2))
    else:
        print(f"# packages in environment at {PREFIX}:\n#")
        print("\n".join(f"{name:<28}{version:>16}" for name, version in found))


def init(arguments: list[str]) -> None:
    """Writes or removes the block in .bashrc."""
    options = parse("init", arguments, ("--reverse", "--dry-run"), shells=True)
    if set(options.shells) - {"bash"}:
        unsupported(f"init {' '.join(options.shells)}")
    path = Path.home() / ".bashrc"
    before = path.read_text() if path.exists() else ""
    block = "" if options.reverse else BLOCK.format(prefix=PREFIX)
    after = _BLOCK.sub(lambda _: block, before)
    if block not in after:
        after = f"{before}\n{block}"
    print(f"{'no change' if after == before else 'modified '}     {path}")
    if after != before and not options.dry_run:
        path.write_text(after)
        print("\n==> For changes to take effect, close and re-open your current shell. <==\n")


def config(arguments: list[str]) -> None:
    """The one setting there is: whether a new shell activates base."""
    text = CONDARC.read_text() if CONDARC.exists() else ""
    if arguments[:2] == ["--set", "auto_activate_base"] and len(arguments) == 3:
        kept = _AUTO.sub("", text).rstrip("\n")
        CONDARC.write_text(f"{kept}\n".lstrip("\n") + f"auto_activate_base: {arguments[2].lower()}\n")
    elif arguments[:2] == ["--show", "auto_activate_base"]:
        print(f"auto_activate_base: {auto_activate()}")
    else:
        unsupported(f"config {' '.join(arguments)}")


def auto_activate() -> bool:
    """Whether .condarc leaves base to be activated by itself."""
    match = _AUTO.search(CONDARC.read_text()) if CONDARC.exists() else None
    return not match or match[1].lower() not in ("false", "no", "off")


def parse(command: str, arguments: list[str], flags: tuple[str, ...], *, shells: bool = False) -> argparse.Namespace:
    """The command's flags; anything else ends with a message."""
    parser = argparse.ArgumentParser(prog=f"conda {command}", description=NOTICE)
    for flag in flags:
        parser.add_argument(flag, action="store_true")
    if shells:
        parser.add_argument("shells", nargs="*", default=["bash"])
    return parser.parse_args(arguments)


def emit(**variables: str) -> None:
    """Shell code that exports the variables."""
    for name, value in variables.items():
        print(f"export {name}={shlex.quote(value)}")


def unsupported(command: str) -> None:
    """Ends with a plain word: nothing may look as if it had been done."""
    sys.exit(
        f"conda {command}: {NOTICE} It knows activate, deactivate, info, list, env list, init bash and "
        f"config --set auto_activate_base. Install packages with pip, or use a host with the real Anaconda."
    )


COMMANDS: dict[tuple[str, ...], Callable[[list[str]], None]] = {
    ("shell.bash", "hook"): hook,
    ("shell.posix", "hook"): hook,
    ("shell.posix", "activate"): activate,
    ("shell.posix", "deactivate"): deactivate,
    ("env", "list"): environments,
    ("info",): info,
    ("list",): packages,
    ("init",): init,
    ("config",): config,
}


def main(arguments: list[str]) -> None:
    """Runs the command that the arguments begin with."""
    if arguments in (["--version"], ["-V"]):
        print(f"conda {VERSION}")
        return
    if arguments in ([], ["--help"], ["-h"]):
        print(f"{NOTICE}\ncommands: {', '.join(' '.join(words) for words in COMMANDS)}")
        return
    for words, command in COMMANDS.items():
        if tuple(arguments[: len(words)]) == words:
            command(arguments[len(words) :])
            return
    if arguments[0] in ("activate", "deactivate"):
        sys.exit(f"CommandNotFoundError: run `conda init bash` and open a new shell to use `conda {arguments[0]}`")
    unsupported(" ".join(arguments))


if __name__ == "__main__":
    main(sys.argv[1:])
