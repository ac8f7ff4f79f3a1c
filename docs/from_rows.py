#!/usr/bin/env python3
"""Makes a program's man page and its completions for bash, zsh and fish from its option rows.

    from_rows.py PROGRAM TEMPLATE FOLDER

PROGRAM --option-rows prints the rows (src/base/option.h tells the format). TEMPLATE is the man page in mdoc, with
these lines in it:

    .\\"@synopsis      becomes the options, each as .Op
    .\\"@options       becomes the list's items; up to .\\"@end follow blocks that begin with
    .\\"@more NAME     and are appended to the item of that option

Into FOLDER go NAME.1, NAME (bash), _NAME (zsh) and NAME.fish.
"""

import collections
import pathlib
import re
import subprocess
import sys

Command = collections.namedtuple("Command", "name files summary")
Option = collections.namedtuple("Option", "commands letter name argument takes standard completes help")


def read_rows(program):
    """The commands and the options that a program tells."""
    told = subprocess.run([program, "--option-rows"], capture_output=True, text=True, check=True, timeout=30)
    commands, options = [], []
    for line in told.stdout.splitlines():
        kind, *fields = line.split("\t")
        fields = ["" if field == "-" else field for field in fields]
        if kind == "command":
            commands.append(Command(*fields))
        else:
            options.append(Option(fields[0].split(",") if fields[0] else [], *fields[1:]))
    return commands, options


def choices(option):
    """The words that an option's argument may be, or none."""
    return [] if option.completes in ("", "file") else option.completes.split("|")


# The man page.


def roff(text):
    """Plain text for mdoc: no line is a request, and dashes are dashes that can be copied."""
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return re.sub(r"(?m)^([.'])", r"\\&\1", text)


def man_flag(option):
    """An option as .It and .Op show it."""
    parts = f"Fl {option.letter} , " if option.letter else "Fl "
    parts += f"-{option.name}"
    argument = "Cm " + " | ".join(choices(option)) if choices(option) else f"Ar {option.argument}"
    return parts + {"none": "", "required": f" Ns = Ns {argument}",
                    "optional": f" Ns Oo Ns = Ns {argument} Oc"}[option.takes]  # fmt: skip


def man_item(rows, more):
    """One option: rows of a name that differ from command to command are one item."""
    lines = [f".It {man_flag(rows[0])}"]
    for row in rows:
        text = row.help if row.commands else row.help[0].upper() + row.help[1:]
        text += f"; {' or '.join(choices(row))}" if choices(row) != choices(rows[0]) else ""
        text += f" (default: {row.standard})" if row.standard else ""
        if row.commands:
            lines.append(".Em " + roff(", ".join(row.commands)) + " :")
        lines.append(roff(text) + ".")
    return lines + more


def fill_template(template, options):
    """The man page: the template with the rows in it."""
    names = list(dict.fromkeys(option.name for option in options))
    rows = {name: [option for option in options if option.name == name] for name in names}
    page, more, current = [], None, None
    for line in template.splitlines():
        word, _, name = line.removeprefix('.\\"@').partition(" ")
        if not line.startswith('.\\"@'):
            (page if more is None else more[current]).append(line)
        elif word == "synopsis":
            page += [f".Op {man_flag(rows[name][0])}" for name in names]
        elif word == "options":
            more = collections.defaultdict(list)
        elif word == "more" and name in rows:
            current = name
        elif word == "end":
            for name in names:
                page += man_item(rows[name], more[name])
            more = None
        else:
            raise SystemExit(f"man page template: {line!r}: no such option or word")
    return "\n".join(page) + "\n"


# The completions.


def flags(option, value="="):
    """All that an option is called, long forms that take a value with `value` behind."""
    long = f"--{option.name}"
    names = {"none": [long], "required": [long + value], "optional": [long, long + value]}[option.takes]
    return names + ([f"-{option.letter}"] if option.letter else [])


def of_command(options, command):
    """The options of one command, or all where there are no commands."""
    return [option for option in options if not command or command.name in option.commands]


BASH = """\
# bash completion for {program}
_{program}() {{
    local cur=${{COMP_WORDS[COMP_CWORD]}} option=
    local before=${{COMP_WORDS[COMP_CWORD - 1]}}
    COMPREPLY=()
    if [[ $cur == = ]]; then
        option=$before= cur=
    elif [[ $before == = ]]; then
        option=${{COMP_WORDS[COMP_CWORD - 2]}}=
    else
        option=$before
    fi
{body}
    [[ ${{#COMPREPLY[@]}} -eq 1 && ${{COMPREPLY[0]}} == *= ]] && compopt -o nospace 2>/dev/null
    return 0
}}
complete -F _{program} {program}
"""


def bash_cases(options, files):
    """The statements that complete an option's value, or an option."""
    lines = ["    case $option in"]
    for option in (option for option in options if option.takes != "none"):
        patterns = [f"--{option.name}="]
        if option.takes == "required":
            patterns += [f"--{option.name}"] + ([f"-{option.letter}"] if option.letter else [])
        words = " ".join(choices(option))
        generate = "compgen -f" if option.completes == "file" else f"compgen -W '{words}'" if words else ""
        reply = f'COMPREPLY=($({generate} -- "$cur")); ' if generate else ""
        lines.append(f"        {'|'.join(patterns)}) {reply}return ;;")
    words = " ".join(flag for option in options for flag in flags(option))
    lines += ["    esac", f"    COMPREPLY=($(compgen -W '{words}' -- \"$cur\"))"]
    if files:
        lines.append('    [[ $cur == -* ]] || COMPREPLY=($(compgen -f -- "$cur"))')
    return lines


def bash(program, commands, options):
    """The completion for bash; its library is not needed."""
    if not commands:
        return BASH.format(program=program, body="\n".join(bash_cases(options, False)))
    words = " ".join([command.name for command in commands] + ["help", "--version", "--help"])
    names = "|".join(command.name for command in commands)
    lines = ["    if ((COMP_CWORD == 1)); then", f"        COMPREPLY=($(compgen -W '{words}' -- \"$cur\")); return"]
    lines += ["    fi", "    case ${COMP_WORDS[1]} in"]
    lines += [f"    help) COMPREPLY=($(compgen -W '{names.replace('|', ' ')}' -- \"$cur\")) ;;"]
    for command in commands:
        lines += [f"    {command.name})"]
        lines += ["    " + line for line in bash_cases(of_command(options, command), command.files == "yes")]
        lines += ["        ;;"]
    return BASH.format(program=program, body="\n".join(lines + ["    esac"]))


def zsh_quote(text):
    """Text for a specification of _arguments, in single quotes."""
    return re.sub(r"([\[\]:\\])", r"\\\1", text).replace("'", "'\\''")


def zsh_specification(option):
    """One argument of _arguments."""
    action = "_files" if option.completes == "file" else f"({' '.join(choices(option))})" if choices(option) else ""
    message = zsh_quote(option.argument)
    value = {"none": "", "required": f":{message}:{action}", "optional": f"::{message}:{action}"}[option.takes]
    suffix = {"none": "", "required": "=", "optional": "=-"}[option.takes]
    text = f"[{zsh_quote(option.help)}]{value}'"
    if not option.letter:
        return f"'*--{option.name}{suffix}{text}"
    plus = "+" if option.takes == "required" else ""
    return f"'*'{{-{option.letter}{plus},--{option.name}{suffix}}}'{text}"


def zsh(program, commands, options):
    """The completion for zsh."""
    lines = [f"#compdef {program}"]

    def arguments(options, files, indent):
        specifications = [zsh_specification(option) for option in options] + (["'*:file:_files'"] if files else [])
        return (" \\\n" + indent).join([indent + "_arguments -s -S"] + ["    " + one for one in specifications])

    if not commands:
        return "\n".join(lines + [arguments(options, False, "")]) + "\n"
    told = " ".join(f"'{command.name}:{zsh_quote(command.summary)}'" for command in commands)
    lines += [f"_{program}() {{", "    local context state state_descr line", "    typeset -A opt_args"]
    lines += [f"    local -a commands=({told} 'help:print the options of a command')"]
    lines += ["    _arguments -C '(- *)--version' '(- *)--help' '1:command:->command' '*::argument:->rest'"]
    lines += ["    [[ $state == command ]] && _describe command commands"]
    lines += ["    [[ $state == rest ]] || return 0", "    case $words[1] in"]
    for command in commands:
        lines += [f"    {command.name})", arguments(of_command(options, command), command.files == "yes", "        ")]
        lines += ["        ;;"]
    lines += [f"    help) _arguments '1:command:({' '.join(command.name for command in commands)})' ;;"]
    return "\n".join(lines + ["    esac", "}", f'_{program} "$@"']) + "\n"


def fish_quote(text):
    """A word of fish."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def fish(program, commands, options):
    """The completion for fish."""
    lines = [f"complete -c {program} -f"]
    for command in commands:
        lines.append(f"complete -c {program} -n __fish_use_subcommand -a {command.name} -d {fish_quote(command.summary)}")
    if commands:
        lines.append(f"complete -c {program} -n __fish_use_subcommand -a help -l version -l help")
        with_files = " ".join(command.name for command in commands if command.files == "yes")
        lines.append(f"complete -c {program} -n '__fish_seen_subcommand_from {with_files}' -F")
    for option in options:
        words = [f"complete -c {program}"]
        if option.commands:
            words.append(f"-n '__fish_seen_subcommand_from {' '.join(option.commands)}'")
        words += [f"-l {option.name}"] + ([f"-s {option.letter}"] if option.letter else [])
        words += ["-r -F" if option.completes == "file" else "-x"] if option.takes == "required" else []
        words += [f"-a {fish_quote(' '.join(choices(option)))}"] if choices(option) else []
        lines.append(" ".join(words + [f"-d {fish_quote(option.help)}"]))
    return "\n".join(lines) + "\n"


def main(program, template, folder):
    """Writes the four files."""
    name = pathlib.Path(program).name
    commands, options = read_rows(program)
    page = fill_template(pathlib.Path(template).read_text(encoding="utf-8"), options)
    made = {
        f"{name}.1": page,
        name: bash(name, commands, options),
        f"_{name}": zsh(name, commands, options),
        f"{name}.fish": fish(name, commands, options),
    }
    for file, text in made.items():
        (pathlib.Path(folder) / file).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
