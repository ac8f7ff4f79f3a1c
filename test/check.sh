# check.sh: what `./run check` does; `run` reads it. One suite per sanitizer, the warnings of both compilers, format,
# clang-tidy and a fuzz smoke run.
# shellcheck shell=sh

# no_reports FOLDER: nothing in it is a sanitizer's finding. Programs write there wherever their standard error goes, and whether
# or not a test looks at how they end. (UBSan beside ASan knows standard error only.) What they only warn of, as of memory that
# they were refused, is none.
no_reports() {
    found=$(grep -lr 'SUMMARY: ' "$1" || true)
    [ -z "$found" ] || {
        printf '%s\n' "$found" | head -n 5 | while read -r report; do
            printf '\n%s:\n' "$report"
            head -n 80 "$report"
        done
        die "a sanitizer reported in $(printf '%s\n' "$found" | wc -l) processes; all of it is in $1"
    }
}

# repeat_alone DIR: the programs that have just failed, once more, one at a time. Under a sanitizer a server is some ten times as
# slow, and what runs beside it may keep a test from what it does in time. What fails alone, too, has failed, and so have more than
# a few; what passes alone is told. A sanitizer's report, or an assertion's, of either run counts.
repeat_alone() {
    again=$(python3 test/summary.py "$1/meson-logs/testlog.json" --failed) || return 1
    [ -n "$again" ] && [ "$(printf '%s\n' "$again" | wc -l)" -le 3 ] || return 1
    # shellcheck disable=SC2086 # a word each
    set -- "$1" $again
    dir=$1
    shift
    say "failed beside others; once more, alone: $*"
    meson test -C "$dir" --no-rebuild --print-errorlogs --num-processes 1 -t 4 "$@" || return 1
    say "passed when it ran alone: $*"
}

# check_sanitizer KIND [meson test arguments]
check_sanitizer() {
    say "the suite under $1"
    dir=build-$(printf '%s' "$1" | tr ',' '-')
    make_in "$dir" --buildtype=debugoptimized -Db_sanitize="$1" -Db_lundef=false -Db_ndebug=false
    reports=$PWD/$dir/reports
    rm -rf "$reports"
    mkdir "$reports"
    shift
    failed=0
    rm -f "$dir/meson-logs/testlog.json"
    (
        export ASAN_OPTIONS="detect_stack_use_after_return=0:allocator_may_return_null=1:handle_abort=1:log_path=$reports/of"
        export UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1
        export TSAN_OPTIONS="halt_on_error=1:handle_abort=1:log_path=$reports/of"
        suite "$dir" -t 4 --no-suite build "$@" || repeat_alone "$dir"
    ) || failed=1
    no_reports "$reports"
    [ "$failed" -eq 0 ] || die "the suite failed under a sanitizer"
}

# check [--all]: with it the sanitizers run what they leave out on each commit, too.
check() {
    need build check
    want test peers rules
    for compiler in gcc clang; do
        say "warnings as errors: $compiler"
        CC=$compiler make_in "build-$compiler" --werror --buildtype=release
    done
    say "format"
    git ls-files '*.c' '*.h' | xargs clang-format --dry-run -Werror
    say "clang-tidy"
    git ls-files 'src/*.c' 'client/*.c' |
        xargs -P 2 -n 4 clang-tidy -quiet -p build-clang 2>build-clang/tidy.log ||
        die "clang-tidy found something"
    if [ "${1:-}" = --all ]; then
        check_sanitizer address,undefined
        check_sanitizer thread
    else
        check_sanitizer address,undefined --no-suite again
        check_sanitizer thread --no-suite again --no-suite single
    fi
    say "fuzz smoke"
    fuzzers
    suite build-fuzzers --suite fuzz
    say "check: all passed"
}
