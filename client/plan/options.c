/*
 * options.c: see options.h. What several options set together (the two
 * standard classes, the arrival of all) is gathered in a draft and completed
 * when every argument has been seen.
 */
#include "plan/options.h"

#include "base/clock.h"
#include "base/error.h"
#include "plan/balance.h"
#include "plan/options_set.h"

#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
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
#define ROUNDS_WITH_BASELINE 4

enum { FIRST_LONG = 256, OPTION_ROWS_MOST = 64 };

/* Of the standard small class, as dense as what is asked of it needs. */
static int64_t small_interval(enum command command)
{
    if (command == COMMAND_COMPARE)
        return 4 * NS_PER_MS;
    return (command == COMMAND_SWEEP ? 5 : 100) * NS_PER_MS;
}

static int64_t default_duration(enum command command)
{
    if (command == COMMAND_COMPARE)
        return 9 * NS_PER_S;
    return (command == COMMAND_SWEEP ? 10 : 60) * NS_PER_S;
}

static void set_defaults(struct draft *draft)
{
    static const char modes[][OPTIONS_WORD_SIZE] = {"select", "threads"};
    static const char balances[][OPTIONS_WORD_SIZE] = {"roundrobin", "leastconn"};
    static const char endpoints[][OPTIONS_WORD_SIZE] = {"/ping", "/pong", "/stream"};
    struct options *options = draft->options;
    bool sweep = options->command == COMMAND_SWEEP;
    bool compare = options->command == COMMAND_COMPARE;
    options->base_url = "http://localhost:8000";
    options->endpoint = "/ping";
    options->duration_ns = default_duration(options->command);
    options->timeout_ns = 120 * NS_PER_S;
    options->seed = 1;
    options->margin = 0.1;
    options->haproxy = "haproxy";
    options->baseline = compare;
    options->mode_count = ARRAY_LENGTH(modes);
    memcpy(options->modes, modes, sizeof modes);
    options->balance_count = ARRAY_LENGTH(balances);
    memcpy(options->balances, balances, sizeof balances);
    options->endpoint_count = sweep ? 1 : ARRAY_LENGTH(endpoints);
    memcpy(options->endpoints, endpoints, sizeof endpoints);
    draft->small = (struct traffic_class){.name = "small",
                                          .has_size = true,
                                          .size = {.amount = 0.001},
                                          .has_interval = true,
                                          .interval_ns = small_interval(options->command)};
    draft->large = (struct traffic_class){.name = "large",
                                          .has_size = true,
                                          .size = {.amount = 25},
                                          .has_interval = true,
                                          .interval_ns = NS_PER_S};
}

/* The large class is closed as in the original: open, it would only overload one loop. */
static int complete_classes(struct draft *draft)
{
    struct options *options = draft->options;
    if (options->class_count && draft->standard)
        return fail(draft->error,
                    "%s shapes the standard classes, which --class replaces: "
                    "keep one of the two",
                    draft->standard);
    if (options->class_count == 0) {
        draft->large.arrival = draft->arrival == ARRIVAL_UNSET ? ARRIVAL_CLOSED : draft->arrival;
        options->classes[options->class_count++] = draft->small;
        options->classes[options->class_count++] = draft->large;
    }
    for (size_t i = 0; i < options->class_count; i++) {
        if (class_complete(&options->classes[i], draft->arrival, options->timeout_ns,
                           draft->reason))
            return fail(draft->error, "%s", draft->reason);
    }
    return 0;
}

/* An objective for a class that does not exist would always be met. */
static int check_slos(const struct draft *draft)
{
    const struct options *options = draft->options;
    for (size_t s = 0; s < options->slo_count; s++) {
        bool found = options->slos[s].class[0] == '\0';
        for (size_t i = 0; !found && i < options->class_count; i++)
            found = strcmp(options->slos[s].class, options->classes[i].name) == 0;
        if (!found)
            return fail(draft->error, "--slo=%.100s: there is no class %s", options->slos[s].text,
                        options->slos[s].class);
    }
    return 0;
}

/* Without a word a sweep asks the question that most people have. */
static void complete_sweep(struct options *options)
{
    static const char *const sizes[] = {"100KB", "1MB", "5MB", "25MB"};
    for (size_t i = 0; options->size_count == 0 && i < ARRAY_LENGTH(sizes); i++) {
        snprintf(options->sizes[i], OPTIONS_WORD_SIZE, "%s", sizes[i]);
        units_parse_size(sizes[i], &options->size_values[i]);
    }
    if (options->size_count == 0)
        options->size_count = ARRAY_LENGTH(sizes);
    if (options->slo_count == 0)
        slo_parse("small:p99<50ms", &options->slos[options->slo_count++]);
    for (size_t s = 0; s < options->slo_count; s++)
        options->baseline |= options->slos[s].metric == SLO_INTERFERENCE ||
                             options->slos[s].metric == SLO_COLLATERAL;
}

static bool ends_with(const char *text, const char *ending)
{
    size_t length = strlen(text);
    size_t wanted = strlen(ending);
    return length >= wanted && strcmp(text + length - wanted, ending) == 0;
}

static enum format format_by_ending(const char *name)
{
    static const char *const endings[FORMATS] = {[FORMAT_JSON] = ".json",
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
static int check_rounds(const struct draft *draft)
{
    const struct options *options = draft->options;
    int64_t round = options->duration_ns / options->rounds;
    int64_t most = options->duration_ns / OPTIONS_ROUND_LEAST_NS;
    char remedy[64] = "";
    if (round >= OPTIONS_ROUND_LEAST_NS)
        return 0;
    if (most > 0)
        snprintf(remedy, sizeof remedy, ", or --rounds=%lld or less", (long long)most);
    return fail(draft->error,
                "a --duration of %.3g s in --rounds=%u makes rounds of %.3g ms, too short to "
                "measure in: use --duration=%.3g or more%s",
                (double)options->duration_ns / (double)NS_PER_S, options->rounds,
                (double)round / (double)NS_PER_MS,
                (double)OPTIONS_ROUND_LEAST_NS * options->rounds / (double)NS_PER_S, remedy);
}

/* In windows too short for so many failures in a row no server would ever be restarted. */
static int check_probe(const struct draft *draft)
{
    const struct options *options = draft->options;
    const struct probe_plan *plan = &options->probe;
    int64_t needed = plan->period_ns * plan->failures;
    int64_t window = options->duration_ns / options->rounds;
    if (!plan->wanted || options->command != COMMAND_COMPARE || needed <= window)
        return 0;
    return fail(draft->error,
                "--probe: %u failures in a row take %.3g s, and a round has %.3g s with large "
                "requests: use a longer --duration, fewer --rounds or a shorter period=",
                plan->failures, (double)needed / (double)NS_PER_S,
                (double)window / (double)NS_PER_S);
}

static int complete(struct draft *draft)
{
    struct options *options = draft->options;
    if (!draft->has_format && options->output)
        options->format = format_by_ending(options->output);
    if (options->command == COMMAND_SWEEP && options->format > FORMAT_JSON)
        return fail(draft->error, "a sweep is written as text or json");
    if (options->format == FORMAT_CSV && options->command == COMMAND_REPORT)
        return fail(draft->error, "csv has a row per request, which saved results do not hold");
    if (options->format == FORMAT_HGRM && (!options->output || strcmp(options->output, "-") == 0))
        return fail(draft->error,
                    "--format=hgrm writes a file per class: -o says how their names begin");
    if (options->command == COMMAND_SWEEP)
        complete_sweep(options);
    if (options->rounds == 0)
        options->rounds = options->baseline ? ROUNDS_WITH_BASELINE : 1;
    if (draft->has_balances && options->pods == 0)
        return fail(draft->error, "--balance is of pods: add --topology=pods:4");
    if (draft->has_haproxy && options->pods == 0)
        return fail(draft->error, "--haproxy is for pods: add --topology=pods:4");
    for (size_t i = 0; options->pods == 1 && i < options->balance_count; i++) {
        if (balance_find(options->balances[i])->split)
            return fail(draft->error, "--balance=split takes two pods or more: --topology=pods:4");
    }
    if ((options->system_count || options->pods) && !draft->has_modes)
        options->mode_count = 0;
    size_t systems =
        options->mode_count + options->system_count + (options->pods ? options->balance_count : 0);
    size_t cells = systems * options->endpoint_count * (options->both_keepalives ? 2 : 1);
    if (options->port && options->port + cells - 1 > 65535)
        return fail(draft->error,
                    "--port=%u: each of the %zu servers takes the next port, and "
                    "there are none above 65535",
                    options->port, cells);
    if (options->file_count)
        return 0; /* the classes are the saved results' */
    int r = complete_classes(draft);
    r = r ? r : check_rounds(draft);
    r = r ? r : check_probe(draft);
    return r ? r : check_slos(draft);
}

static int set_option(struct draft *draft, const struct option_row *row, const char *text)
{
    draft->text = text;
    const char *expected = row->set(draft);
    if (!expected)
        return 0;
    if (expected == draft->reason)
        return fail(draft->error, "%s", draft->reason);
    return fail(draft->error, "--%s=%.100s: expected %s", row->name, text ? text : "", expected);
}

/* The commands that take options, and how many files. */
static const struct command_row {
    const char *name;
    enum command command;
    size_t files_least;
    size_t files_most;
} command_rows[] = {
    {"load", COMMAND_LOAD, 0, 0},
    {"compare", COMMAND_COMPARE, 0, 0},
    {"report", COMMAND_REPORT, 1, OPTIONS_FILES_MOST},
    {"diff", COMMAND_DIFF, 2, 2},
    {"sweep", COMMAND_SWEEP, 0, 0},
};

#define COMMAND_NAMES "load, compare, report, diff or sweep"

/* NULL when there is none. */
static const struct command_row *find_command(const char *name)
{
    for (size_t i = 0; i < ARRAY_LENGTH(command_rows); i++) {
        if (strcmp(command_rows[i].name, name) == 0)
            return &command_rows[i];
    }
    return NULL;
}

static int take_files(struct draft *draft, const struct command_row *command, int argc, char **argv)
{
    struct options *options = draft->options;
    size_t count = (size_t)(argc - optind);
    if (count > command->files_most)
        return fail(draft->error, "unexpected argument '%.100s': see 'looplag help %s'",
                    argv[optind + (int)command->files_most], command->name);
    if (count < command->files_least)
        return fail(draft->error, "a saved result is missing: see 'looplag help %s'",
                    command->name);
    for (; options->file_count < count; options->file_count++)
        options->files[options->file_count] = argv[optind + (int)options->file_count];
    return 0;
}

static int parse_arguments(struct draft *draft, const struct command_row *command, int argc,
                           char **argv)
{
    struct options *options = draft->options;
    struct option longs[OPTION_ROWS_MOST + 1];
    memset(longs, 0, sizeof longs);
    size_t count = 0;
    for (size_t i = 0; i < option_row_count; i++) {
        if (option_rows[i].commands & (1U << options->command))
            longs[count++] = (struct option){option_rows[i].name, option_rows[i].argument, NULL,
                                             FIRST_LONG + (int)i};
    }
    opterr = 0;
    optind = 0;
    for (;;) {
        int current = optind ? optind : 1;
        int code = getopt_long(argc, argv, ":H:o:qh", longs, NULL);
        if (code == -1)
            break;
        if (code == ':')
            return fail(draft->error, "%.100s needs a value", argv[optind - 1]);
        if (code == '?')
            return fail(draft->error, "unknown option '%.100s': see 'looplag help %s'",
                        argv[current < argc ? current : argc - 1], command->name);
        const struct option_row *row = option_rows;
        while (code < FIRST_LONG ? row->letter != code : row != &option_rows[code - FIRST_LONG])
            row++;
        int r = set_option(draft, row, optarg);
        if (r || options->command == COMMAND_HELP)
            return r;
    }
    int r = take_files(draft, command, argc, argv);
    return r ? r : complete(draft);
}

/* Finds the command; *row stays NULL for help and --version. */
static int parse_command(struct options *options, int argc, char **argv,
                         const struct command_row **row, char *error)
{
    const char *word = argc > 1 ? argv[1] : "help";
    const char *topic = argc > 2 ? argv[2] : "";
    *row = find_command(word);
    if (*row) {
        options->command = (*row)->command;
    } else if (strcmp(word, "--version") == 0) {
        options->command = COMMAND_VERSION;
    } else if (strcmp(word, "help") == 0 || strcmp(word, "--help") == 0 ||
               strcmp(word, "-h") == 0) {
        const struct command_row *about = find_command(topic);
        options->command = COMMAND_HELP;
        options->topic = about ? about->command : COMMAND_HELP;
        if (topic[0] && !about)
            return fail(error, "no command '%.60s': use " COMMAND_NAMES, topic);
    } else {
        return fail(error, "unknown command '%.60s': use " COMMAND_NAMES ", or help", word);
    }
    return argc > 1 ? 0 : fail(error, "a command is missing: use " COMMAND_NAMES ", or help");
}

int options_parse(struct options *options, int argc, char **argv, char error[OPTIONS_ERROR_SIZE])
{
    const struct command_row *command;
    memset(options, 0, sizeof *options);
    int r = parse_command(options, argc, argv, &command, error);
    if (r || !command)
        return r;
    struct draft draft = {.options = options, .error = error};
    set_defaults(&draft);
    return parse_arguments(&draft, command, argc - 1, argv + 1);
}
