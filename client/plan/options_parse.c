/*
 * options_parse.c: see options_parse.h. The rows say what each option does by itself; what several
 * set together (the classes, the rounds, the systems) is completed and checked here.
 */
#include "plan/options_parse.h"

#include "base/clock.h"
#include "base/error.h"
#include "plan/balance.h"
#include "plan/options_rows.h"
#include "plan/options_set.h"
#include "plan/plan_read.h"
#include "plan/plan_write.h"
#include "plan/url.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int fail(char *error, const char *format, ...) PRINTF_LIKE(2, 3);

static int fail(char *error, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(error, OPTIONS_ERROR_SIZE, format, arguments);
    va_end(arguments);
    return OPTIONS_INVALID;
}

/* Even, so that a drift of the machine weighs alike on both kinds of windows. */
#define ROUNDS_TO_JUDGE 6

/* Any of the options that shape the standard classes, or NULL. */
static const char *standard_given(const struct option_reader *given)
{
    static const char *const names[] = {"small-size", "large-size", "small-interval",
                                        "large-interval"};
    for (size_t i = 0; i < ARRAY_LENGTH(names); i++) {
        if (option_given(given, names[i]))
            return names[i];
    }
    return NULL;
}

/* Gives the class that a sweep varies its first value. What else would set it is refused. */
static int complete_varied(struct options *options, const struct option_reader *given, char *error)
{
    const struct sweep_plan *plan = &options->sweep;
    const struct dimension *dimension = plan->dimension;
    struct traffic_class *class = NULL;
    char option[CLASS_NAME_SIZE + 16];
    for (size_t i = 0; i < options->class_count; i++) {
        if (strcmp(options->classes[i].name, plan->class) == 0)
            class = &options->classes[i];
    }
    if (!class)
        return fail(error, "--vary=%.60s: there is no class %s", options->vary, plan->class);
    snprintf(option, sizeof option, "%s-%s", plan->class, dimension->option);
    if (dimension->option[0] && option_given(given, option))
        return fail(error, "--%s is what the sweep varies: leave it out, or --vary something else",
                    option);
    sweep_plan_apply(plan, &plan->values[0], class);
    if (dimension->open && options->arrival == ARRIVAL_UNSET && !option_given(given, "class"))
        class->arrival = ARRIVAL_OPEN; /* the standard large class is closed unless told */
    enum arrival arrival = class->arrival == ARRIVAL_UNSET ? options->arrival : class->arrival;
    if (dimension->open && arrival == ARRIVAL_CLOSED)
        return fail(error,
                    "--vary=%.60s: class %s is closed and has no rate: vary %s.interval, or make "
                    "it open (arrival)",
                    options->vary, plan->class, plan->class);
    return 0;
}

/* The large class is closed as in the original: open, it would only overload one loop. */
static int complete_classes(struct options *options, const struct option_reader *given, char *error)
{
    const char *standard = standard_given(given);
    if (options->class_count && standard)
        return fail(error,
                    "--%s shapes the standard classes, which --class replaces: keep one of the two",
                    standard);
    if (options->class_count == 0) {
        options->large.arrival =
            options->arrival == ARRIVAL_UNSET ? ARRIVAL_CLOSED : options->arrival;
        options->classes[options->class_count++] = options->small;
        options->classes[options->class_count++] = options->large;
    }
    int r = options->command == COMMAND_SWEEP ? complete_varied(options, given, error) : 0;
    for (size_t i = 0; r == 0 && i < options->class_count; i++) {
        if (class_complete(&options->classes[i], options->arrival, options->reason))
            return fail(error, "%s", options->reason);
    }
    return r;
}

/* An objective for a class that does not exist would always be met. */
static int check_slos(const struct options *options, char *error)
{
    for (size_t s = 0; s < options->slo_count; s++) {
        bool found = options->slos[s].class[0] == '\0';
        for (size_t i = 0; !found && i < options->class_count; i++)
            found = strcmp(options->slos[s].class, options->classes[i].name) == 0;
        if (!found)
            return fail(error, "--slo=%.100s: there is no class %s", options->slos[s].text,
                        options->slos[s].class);
    }
    return 0;
}

/* Without a word a sweep asks the question that most people have. */
static int complete_sweep(struct options *options, const struct option_reader *given, char *error)
{
    char sizes[512];
    for (size_t i = 0; !options->between && i < 2; i++) {
        const char *name = i ? "precision" : "steps";
        if (option_given(given, name))
            return fail(error, "--%s is of --between=A..B: add that", name);
    }
    if (options->sizes && (option_given(given, "vary") || options->between))
        return fail(error, "--sizes is short for --vary=large.size=LIST: leave out --%s",
                    options->between ? "between" : "vary");
    if (options->between && option_given(given, "vary") && strchr(options->vary, '='))
        return fail(error, "--between says the values: use --vary=CLASS.PART without them");
    snprintf(sizes, sizeof sizes, "large.size=%s", options->sizes ? options->sizes : "");
    if (sweep_plan_parse(&options->sweep, options->sizes ? sizes : options->vary, options->between,
                         options->reason)) {
        bool ends = options->between && options->sweep.dimension;
        return fail(error, "--%s=%.100s: %s",
                    options->sizes ? "sizes"
                    : ends         ? "between"
                                   : "vary",
                    options->sizes ? options->sizes
                    : ends         ? options->between
                                   : options->vary,
                    options->reason);
    }
    bool has_small = options->class_count == 0;
    for (size_t i = 0; i < options->class_count; i++)
        has_small |= strcmp(options->classes[i].name, "small") == 0;
    if (options->slo_count == 0 && !has_small)
        return fail(error, "say with --slo what the classes are to keep, such as %s:p99<50ms",
                    options->classes[0].name);
    if (options->slo_count == 0)
        slo_parse("small:p99<50ms", &options->slos[options->slo_count++]);
    for (size_t s = 0; s < options->slo_count; s++)
        options->baseline |= options->slos[s].metric == SLO_INTERFERENCE ||
                             options->slos[s].metric == SLO_COLLATERAL;
    return 0;
}

static bool ends_with(const char *text, const char *ending)
{
    size_t length = strlen(text);
    size_t wanted = strlen(ending);
    return length >= wanted && strcmp(text + length - wanted, ending) == 0;
}

static enum format format_by_ending(const char *name)
{
    static const char *const endings[FORMATS] = {[FORMAT_MARKDOWN] = ".md",
                                                 [FORMAT_JSON] = ".json",
                                                 [FORMAT_CSV] = ".csv",
                                                 [FORMAT_HGRM] = ".hgrm",
                                                 [FORMAT_HLOG] = ".hlog"};
    for (int format = 0; format < FORMATS; format++) {
        if (endings[format] && ends_with(name, endings[format]))
            return (enum format)format;
    }
    return FORMAT_TEXT;
}

/* Shorter, a round holds a request or two, and starting its threads is most of it. */
static int check_rounds(const struct options *options, char *error)
{
    int64_t round = options->duration_ns / options->rounds;
    int64_t most = options->duration_ns / OPTIONS_ROUND_LEAST_NS;
    char remedy[64] = "";
    if (round >= OPTIONS_ROUND_LEAST_NS)
        return 0;
    if (most > 0)
        snprintf(remedy, sizeof remedy, ", or --rounds=%lld or less", (long long)most);
    return fail(error,
                "a --duration of %.3g s in --rounds=%u makes rounds of %.3g ms, too short to "
                "measure in: use --duration=%.3g or more%s",
                (double)options->duration_ns / (double)NS_PER_S, options->rounds,
                (double)round / (double)NS_PER_MS,
                (double)OPTIONS_ROUND_LEAST_NS * options->rounds / (double)NS_PER_S, remedy);
}

/* In windows too short for so many failures in a row no server would ever be restarted. */
static int check_probe(const struct options *options, char *error)
{
    const struct probe_plan *plan = &options->probe;
    int64_t needed = plan->period_ns * plan->failures;
    int64_t window = options->duration_ns / options->rounds;
    if (!plan->wanted || options->command != COMMAND_COMPARE || needed <= window)
        return 0;
    return fail(error,
                "--probe: %u failures in a row take %.3g s, and a round has %.3g s with large "
                "requests: use a longer --duration, fewer --rounds or a shorter period=",
                plan->failures, (double)needed / (double)NS_PER_S,
                (double)window / (double)NS_PER_S);
}

static int check_format(struct options *options, const struct option_reader *given, char *error)
{
    if (!option_given(given, "format") && options->output)
        options->format = format_by_ending(options->output);
    if (options->command == COMMAND_SWEEP && options->format > FORMAT_JSON)
        return fail(error, "a sweep is written as text, markdown or json");
    if (options->command == COMMAND_DIAGNOSE && options->format > FORMAT_JSON)
        return fail(error, "a diagnosis is written as text, markdown or json");
    const bool asks = options->command == COMMAND_USERS || options->command == COMMAND_STAGES;
    if (asks && options->format > FORMAT_JSON)
        return fail(error, "users and stages are written as text, markdown or json");
    if (options->command == COMMAND_DIFF && options->format > FORMAT_MARKDOWN)
        return fail(error, "a diff is written as text or markdown");
    if (options->html && strcmp(options->html, "-") == 0)
        return fail(error, "--html takes the name of a file: the standard output has the answer");
    if (options->html && options->output && strcmp(options->html, options->output) == 0)
        return fail(error, "--html and -o name one file: the page needs one of its own");
    if (options->format == FORMAT_CSV && options->command == COMMAND_REPORT)
        return fail(error, "csv has a row per request, which saved results do not hold");
    if (options->format == FORMAT_HGRM && (!options->output || strcmp(options->output, "-") == 0))
        return fail(error, "--format=hgrm writes a file per class: -o says how their names begin");
    return 0;
}

static size_t count_kind(const struct options *options, enum system_spec_kind kind)
{
    size_t count = 0;
    for (size_t i = 0; i < options->system_count; i++)
        count += options->systems[i].kind == kind;
    return count;
}

static int check_systems(struct options *options, const struct option_reader *given, char *error)
{
    if (option_given(given, "balance") && options->pods == 0)
        return fail(error, "--balance is of pods: add --topology=pods:4");
    if (option_given(given, "haproxy") && options->pods == 0)
        return fail(error, "--haproxy is for pods: add --topology=pods:4");
    for (size_t i = 0; options->pods == 1 && i < options->balance_count; i++) {
        if (balance_find(options->balances[i])->split)
            return fail(error, "--balance=split takes two pods or more: --topology=pods:4");
    }
    size_t servers = options->system_count + option_given(given, "base-url");
    if (options->command == COMMAND_LOAD && servers > 1)
        return fail(error, "load measures one server, and %zu are named: use compare", servers);
    if (options->ready && !count_kind(options, SYSTEM_SPEC_COMMAND))
        return fail(error, "--ready is of servers that are started: add --start=LABEL:COMMAND");
    if ((options->system_count || options->pods) && !option_given(given, "modes"))
        options->mode_count = 0;
    options->endpoints_given = option_given(given, "endpoints") || option_given(given, "endpoint");
    size_t systems =
        options->mode_count + options->system_count + (options->pods ? options->balance_count : 0);
    size_t cells = systems * options->endpoint_count * (options->both_keepalives ? 2 : 1);
    if (options->port && options->port + cells - 1 > 65535)
        return fail(error,
                    "--port=%u: each of the %zu servers takes the next port, and "
                    "there are none above 65535",
                    options->port, cells);
    return 0;
}

/* A socket is one server's, and of those that are started none is told to listen on it. */
static int check_unix_socket(const struct options *options, char *error)
{
    bool several = options->command == COMMAND_COMPARE || options->command == COMMAND_SWEEP;
    if (!options->reach.unix_socket)
        return 0;
    if (several && count_kind(options, SYSTEM_SPEC_URL) != 1)
        return fail(error, "--unix-socket is of one server that runs already: name it with "
                           "--target, and no second one");
    if (!several && count_kind(options, SYSTEM_SPEC_COMMAND))
        return fail(error, "--unix-socket is of a server that runs already: leave out --start");
    return 0;
}

/* Streams share a connection: none is made for each request. */
static int complete_reach(struct options *options, const struct option_reader *given, char *error)
{
    const struct reach *reach = &options->reach;
    if (reach->insecure && reach->cacert)
        return fail(error, "--insecure trusts any certificate, --cacert few: keep one of the two");
    if (reach->key && !reach->cert)
        return fail(error, "--key is of the client's certificate: add --cert=FILE");
    if (reach->http2 && option_given(given, "keepalive") &&
        (!options->keepalive || options->both_keepalives))
        return fail(error, "--http2 keeps connections alive: leave --keepalive out");
    options->keepalive |= reach->http2;
    return check_unix_socket(options, error);
}

static int complete(struct options *options, const struct option_reader *given, char *error)
{
    int r = check_format(options, given, error);
    options->baseline |= options->command == COMMAND_COMPARE;
    if (r == 0 && options->command == COMMAND_SWEEP)
        r = complete_sweep(options, given, error);
    bool judged = options->baseline || options->command == COMMAND_SWEEP;
    if (options->rounds == 0)
        options->rounds = judged ? ROUNDS_TO_JUDGE : 1;
    r = r ? r : complete_reach(options, given, error);
    r = r ? r : check_systems(options, given, error);
    if (r || options->file_count)
        return r; /* the classes are the saved results' */
    r = complete_classes(options, given, error);
    r = r ? r : check_rounds(options, error);
    r = r ? r : check_probe(options, error);
    return r ? r : check_slos(options, error);
}

static void begin(struct options *options, enum command command)
{
    memset(options, 0, sizeof *options);
    options->command = command;
    options->small =
        (struct traffic_class){.name = "small", .has_size = true, .has_interval = true};
    options->large =
        (struct traffic_class){.name = "large", .has_size = true, .has_interval = true};
}

/* Begins anew with what the plan says; the command line, read once more, adds to it. */
static int read_plan(struct options *options, struct option_reader *reader, int argc, char **argv)
{
    const char *path = options->plan;
    options_deinit(options);
    begin(options, options->command);
    reader->word_count = 0;
    reader->said_count = 0;
    int r = option_set_standards(reader);
    if (r == 0)
        r = plan_read(options, reader, path, reader->error);
    return r ? r : option_read_words(reader, argc, argv);
}

static int print_plan(struct options *options, const struct option_reader *reader, char *error)
{
    if (!options->print_plan)
        return 0;
    options->printed_plan = options_own(options, plan_write(options, reader));
    return options->printed_plan ? 0 : fail(error, "the plan is not UTF-8, or memory is short");
}

/* The URL is where requests go; one without a path gets the original's. */
static int take_url(struct options *options, char *error)
{
    const char *url = options->files[0];
    const char *reason = options_set_base_url(options, url);
    if (reason)
        return fail(error, "%.200s: %s", url, reason);
    const char *path = url_path(url);
    options->endpoint = path[0] != '/' ? "/ping" : path[1] ? "" : "/";
    return 0;
}

/*
 * Small requests come at random, so that none of them keeps step with the large ones, which are
 * closed.
 */
static int complete_diagnose(struct options *options, const struct option_reader *given,
                             char *error)
{
    options->small.arrival = ARRIVAL_POISSON;
    for (size_t i = 0; i < options->class_count; i++) {
        struct traffic_class *class = &options->classes[i];
        if (class->arrival == ARRIVAL_UNSET)
            class->arrival = class->has_interval ? ARRIVAL_POISSON : ARRIVAL_CLOSED;
    }
    return complete(options, given, error);
}

/* What is sent comes one after the other: only the bodies of the classes count. */
static int complete_stages(struct options *options, const struct option_reader *given, char *error)
{
    int r = check_format(options, given, error);
    r = r ? r : complete_reach(options, given, error);
    if (options->class_count == 0)
        options->classes[options->class_count++] = options->large;
    for (size_t i = 0; r == 0 && i < options->class_count; i++) {
        if (class_complete(&options->classes[i], ARRIVAL_CLOSED, options->reason))
            return fail(error, "%s", options->reason);
    }
    return r;
}

static int complete_users(struct options *options, const struct option_reader *given, char *error)
{
    int r = check_format(options, given, error);
    return r ? r : complete_reach(options, given, error);
}

/* A command's own way, where what it takes is a URL. */
static int complete_with_url(struct options *options, const struct option_reader *given,
                             char *error)
{
    int r = take_url(options, error);
    if (r)
        return r;
    switch (options->command) {
    case COMMAND_USERS:
        return complete_users(options, given, error);
    case COMMAND_STAGES:
        return complete_stages(options, given, error);
    default:
        return complete_diagnose(options, given, error);
    }
}

static int parse_options(struct options *options, const struct options_command *command,
                         const char *name, int argc, char **argv, char *error)
{
    char hint[64];
    struct option_reader reader = {
        .table = &options_table,
        .command = 1U << command->command,
        .hint = hint,
        .target = options,
        .words = options->files,
        .words_most = command->files_most,
    };
    snprintf(hint, sizeof hint, "see 'looplag help %s'", name);
    options->command = command->command;
    int r = option_read(&reader, argc, argv);
    if (r == 0 && options->plan)
        r = read_plan(options, &reader, argc, argv);
    if (r == OPTION_DONE) {
        options->topic = options->command;
        options->command = COMMAND_HELP;
        return 0;
    }
    if (r)
        return fail(error, "%s", reader.error);
    if (reader.word_count < command->files_least)
        return fail(error, "a %s is missing: %s", command->url ? "URL" : "saved result", hint);
    if (command->url)
        return complete_with_url(options, &reader, error);
    options->file_count = reader.word_count;
    r = complete(options, &reader, error);
    return r ? r : print_plan(options, &reader, error);
}

#define COMMAND_NAMES "load, compare, report, diff, sweep, diagnose, users or stages"

/* The command of a word, or NULL and an error that begins with `what`. */
static const struct options_command *find_command(const char *what, const char *word, char *error)
{
    const char *meant;
    const struct option_command *found = option_find_command(&options_table, word, &meant);
    if (found)
        return &options_commands[found - options_table.commands];
    fail(error, "%s '%.60s': %s%s%suse " COMMAND_NAMES ", or help", what, word,
         meant ? "did you mean " : "", meant ? meant : "", meant ? "? " : "");
    return NULL;
}

static int parse_help(struct options *options, const char *topic, char *error)
{
    const struct options_command *about = topic ? find_command("no command", topic, error) : NULL;
    options->command = COMMAND_HELP;
    options->topic = about ? about->command : COMMAND_HELP;
    return topic && !about ? OPTIONS_INVALID : 0;
}

int options_parse(struct options *options, int argc, char **argv, char error[OPTIONS_ERROR_SIZE])
{
    const char *word = argc > 1 ? argv[1] : "";
    begin(options, COMMAND_HELP);
    if (argc <= 1)
        return fail(error, "a command is missing: use " COMMAND_NAMES ", or help");
    if (strcmp(word, "--version") == 0)
        options->command = COMMAND_VERSION;
    else if (strcmp(word, "--option-rows") == 0)
        options->command = COMMAND_OPTION_ROWS;
    else if (strcmp(word, "help") == 0 || strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0)
        return parse_help(options, argv[2], error);
    else {
        const struct options_command *command = find_command("unknown command", word, error);
        return command ? parse_options(options, command, word, argc - 1, argv + 1, error)
                       : OPTIONS_INVALID;
    }
    return 0;
}

void options_deinit(struct options *options)
{
    while (options->owned_count > 0)
        free(options->owned[--options->owned_count]);
    free(options->owned);
    options->owned = NULL;
}
