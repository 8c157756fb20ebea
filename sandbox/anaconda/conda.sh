# shellcheck shell=sh
# The sandbox's stand-in for conda: shell functions. Sourced by POSIX shells.
export CONDA_EXE='/sandbox-prefix-placeholder/bin/conda'
export CONDA_PYTHON_EXE='/sandbox-prefix-placeholder/bin/python'

conda() {
    case "${1-}" in
        activate | deactivate)
            __conda_script="$("$CONDA_EXE" shell.posix "$@")" || return
            eval "$__conda_script"
            unset __conda_script
            hash -r
            ;;
        *) "$CONDA_EXE" "$@" ;;
    esac
}

if [ -z "${CONDA_SHLVL+x}" ]; then
    export CONDA_SHLVL=0
    export PATH="/sandbox-prefix-placeholder/condabin:$PATH"
    # Some shells leave the prompt unset where nobody is there to read it.
    [ -n "${PS1+x}" ] || PS1=
fi
