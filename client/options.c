/*
 * options.c: see options.h. What several options set together (the two
 * standard classes, the arrival of all) is gathered in a draft and completed
 * when every argument has been seen.
 */
#include "options.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/units.h"
#include "target.h"

#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct draft {
    struct options *options;
    struct traffic_class small;
    struct traffic_class large;
    enum arrival arrival;
    bool has_format;
    const char *standard; /* the first option given that shapes small or large */
    const char *text;     /* of the option that is being set */
    char reason[CLASS_ERROR_SIZE];
    char *error;
};

/* Stores draft->text and returns NULL, or says what is expected. */
typedef const char *(*setter)(struct draft *draft);

struct option_row {
    const char *name;
    int letter; /* 0: none */
    bool argument;
    unsigned commands; /* bits of enum command */
    setter set;
};

static int fail(char *error, const char *format, ...) PRINTF_LIKE(2, 3);

static int fail(char *error, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(error, OPTIONS_ERROR_SIZE, format, arguments);
    va_end(arguments);
    return OPTIONS_INVALID;
}

static const char *set_base_url(struct draft *draft)
{
    draft->options->base_url = draft->text;
    return target_is_url(draft->text) ? NULL : "a URL such as http://localhost:8000";
}

static const char *set_endpoint(struct draft *draft)
{
    draft->options->endpoint = draft->text;
    bool good = draft->text[0] == '/' && strlen(draft->text) < CLASS_PATH_SIZE;
    return good ? NULL : "a path that begins with '/'";
}

static const char *set_duration(struct draft *draft)
{
    int r = units_parse_duration(draft->text, &draft->options->duration_ns);
    return r || draft->options->duration_ns == 0 ? "a time above 0, such as 60 or 500ms" : NULL;
}

static const char *set_timeout(struct draft *draft)
{
    int r = units_parse_duration(draft->text, &draft->options->timeout_ns);
    bool good = r == 0 && draft->options->timeout_ns >= NS_PER_MS;
    return good ? NULL : "a time of 1ms or more, such as 120 or 500ms";
}

static const char *set_size(struct traffic_class *class, const char *text)
{
    int r = units_parse_size(text, &class->size);
    bool good = r == 0 && (class->size.suffixed ? class->size.bytes <= (UINT64_C(1) << 31)
                                                : class->size.amount <= 2000);
    return good ? NULL : "a size up to 2 GB such as 25 (MB), 1KiB or 25MB";
}

static const char *set_small_size(struct draft *draft)
{
    draft->standard = "--small-size";
    return set_size(&draft->small, draft->text);
}

static const char *set_large_size(struct draft *draft)
{
    draft->standard = "--large-size";
    return set_size(&draft->large, draft->text);
}

static const char *set_small_interval(struct draft *draft)
{
    draft->standard = "--small-interval";
    int r = units_parse_duration(draft->text, &draft->small.interval_ns);
    return r ? "a time such as 0.1 or 100ms" : NULL;
}

static const char *set_large_interval(struct draft *draft)
{
    draft->standard = "--large-interval";
    int r = units_parse_duration(draft->text, &draft->large.interval_ns);
    return r ? "a time such as 1 or 500ms" : NULL;
}

static const char *set_class(struct draft *draft)
{
    struct options *options = draft->options;
    if (options->class_count == CLASS_MOST)
        return "at most 16 classes";
    struct traffic_class *class = &options->classes[options->class_count];
    if (class_parse(draft->text, class, draft->reason))
        return draft->reason;
    for (size_t i = 0; i < options->class_count; i++) {
        if (strcmp(options->classes[i].name, class->name) == 0)
            return "a name of its own for each class";
    }
    options->class_count++;
    return NULL;
}

static const char *set_arrival(struct draft *draft)
{
    draft->arrival = class_arrival_parse(draft->text);
    return draft->arrival == ARRIVAL_UNSET ? "open or closed" : NULL;
}

static const char *set_keepalive(struct draft *draft)
{
    draft->options->keepalive = true;
    return NULL;
}

static const char *set_header(struct draft *draft)
{
    struct options *options = draft->options;
    if (options->header_count == OPTIONS_LIST_MOST)
        return "at most 16 headers";
    if (strpbrk(draft->text, "\r\n") || !strchr(draft->text, ':') || draft->text[0] == ':')
        return "a header such as 'Name: value'";
    options->headers[options->header_count++] = draft->text;
    return NULL;
}

static const char *set_seed(struct draft *draft)
{
    int64_t seed;
    if (units_parse_integer(draft->text, 0, INT64_MAX, &seed))
        return "a whole number";
    draft->options->seed = (uint64_t)seed;
    return NULL;
}

static const char *set_output(struct draft *draft)
{
    draft->options->output = draft->text;
    return draft->text[0] ? NULL : "a file name, or - for the standard output";
}

static const char *set_format(struct draft *draft)
{
    static const char *const names[] = {"text", "json", "csv"};
    draft->has_format = true;
    for (size_t i = 0; i < ARRAY_LENGTH(names); i++) {
        draft->options->format = (enum format)i;
        if (strcmp(draft->text, names[i]) == 0)
            return NULL;
    }
    return "text, json or csv";
}

static const char *set_quiet(struct draft *draft)
{
    draft->options->quiet = true;
    return NULL;
}

static const char *set_help(struct draft *draft)
{
    draft->options->topic = draft->options->command;
    draft->options->command = COMMAND_HELP;
    return NULL;
}

/* Splits "a,b,c"; every word must be accepted by the caller's rule. */
static bool split(const char *text, char words[][OPTIONS_WORD_SIZE], size_t *count)
{
    for (*count = 0; *count < OPTIONS_LIST_MOST; text++) {
        size_t length = strcspn(text, ",");
        if (length == 0 || length >= OPTIONS_WORD_SIZE)
            return false;
        memcpy(words[*count], text, length);
        words[*count][length] = '\0';
        for (size_t i = 0; i < *count; i++) {
            if (strcmp(words[i], words[*count]) == 0)
                return false;
        }
        ++*count;
        text += length;
        if (*text == '\0')
            return true;
    }
    return false;
}

static const char *set_modes(struct draft *draft)
{
    struct options *options = draft->options;
    bool good = split(draft->text, options->modes, &options->mode_count);
    return good ? NULL : "different modes, such as select,threads";
}

static const char *set_endpoints(struct draft *draft)
{
    struct options *options = draft->options;
    bool good = split(draft->text, options->endpoints, &options->endpoint_count);
    for (size_t i = 0; good && i < options->endpoint_count; i++)
        good = options->endpoints[i][0] == '/';
    return good ? NULL : "different paths, such as /ping,/pong";
}

static const char *set_rounds(struct draft *draft)
{
    int64_t rounds;
    if (units_parse_integer(draft->text, 1, 1000, &rounds))
        return "a whole number from 1 to 1000";
    draft->options->rounds = (unsigned)rounds;
    return NULL;
}

static const char *set_server(struct draft *draft)
{
    draft->options->server = draft->text;
    return draft->text[0] ? NULL : "the path of looplagd";
}

static const char *set_port(struct draft *draft)
{
    int64_t port;
    if (units_parse_integer(draft->text, 0, 65535, &port))
        return "a port from 0 to 65535 (0: any free one)";
    draft->options->port = (unsigned)port;
    return NULL;
}

enum { LOAD = 1 << COMMAND_LOAD, COMPARE = 1 << COMMAND_COMPARE, BOTH = LOAD | COMPARE };

static const struct option_row rows[] = {
    {"base-url", 0, true, LOAD, set_base_url},
    {"endpoint", 0, true, LOAD, set_endpoint},
    {"modes", 0, true, COMPARE, set_modes},
    {"endpoints", 0, true, COMPARE, set_endpoints},
    {"rounds", 0, true, COMPARE, set_rounds},
    {"server", 0, true, COMPARE, set_server},
    {"port", 0, true, COMPARE, set_port},
    {"duration", 0, true, BOTH, set_duration},
    {"small-size", 0, true, BOTH, set_small_size},
    {"large-size", 0, true, BOTH, set_large_size},
    {"small-interval", 0, true, BOTH, set_small_interval},
    {"large-interval", 0, true, BOTH, set_large_interval},
    {"class", 0, true, BOTH, set_class},
    {"arrival", 0, true, BOTH, set_arrival},
    {"keepalive", 0, false, BOTH, set_keepalive},
    {"header", 'H', true, BOTH, set_header},
    {"seed", 0, true, BOTH, set_seed},
    {"timeout", 0, true, BOTH, set_timeout},
    {"output", 'o', true, BOTH, set_output},
    {"format", 0, true, BOTH, set_format},
    {"quiet", 'q', false, BOTH, set_quiet},
    {"help", 'h', false, BOTH, set_help},
};

enum { FIRST_LONG = 256 };

static void set_defaults(struct draft *draft)
{
    struct options *options = draft->options;
    bool compare = options->command == COMMAND_COMPARE;
    options->base_url = "http://localhost:8000";
    options->endpoint = "/ping";
    options->duration_ns = (compare ? 10 : 60) * NS_PER_S;
    options->timeout_ns = 120 * NS_PER_S;
    options->seed = 1;
    options->rounds = 2;
    split("select,threads", options->modes, &options->mode_count);
    split("/ping,/pong", options->endpoints, &options->endpoint_count);
    draft->small = (struct traffic_class){.name = "small",
                                          .has_size = true,
                                          .size = {.amount = 0.001},
                                          .has_interval = true,
                                          .interval_ns = (compare ? 10 : 100) * NS_PER_MS};
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
        if (class_complete(&options->classes[i], draft->arrival, draft->reason))
            return fail(draft->error, "%s", draft->reason);
    }
    return 0;
}

static bool ends_with(const char *text, const char *ending)
{
    size_t length = strlen(text);
    size_t wanted = strlen(ending);
    return length >= wanted && strcmp(text + length - wanted, ending) == 0;
}

static int complete(struct draft *draft)
{
    struct options *options = draft->options;
    if (!draft->has_format && options->output && ends_with(options->output, ".json"))
        options->format = FORMAT_JSON;
    if (!draft->has_format && options->output && ends_with(options->output, ".csv"))
        options->format = FORMAT_CSV;
    size_t cells = options->mode_count * options->endpoint_count;
    if (options->port && options->port + cells - 1 > 65535)
        return fail(draft->error,
                    "--port=%u: each of the %zu servers takes the next port, and "
                    "there are none above 65535",
                    options->port, cells);
    return complete_classes(draft);
}

static int set_option(struct draft *draft, const struct option_row *row, const char *text)
{
    draft->text = text;
    const char *expected = row->set(draft);
    if (!expected)
        return 0;
    if (expected == draft->reason)
        return fail(draft->error, "%s", draft->reason);
    return fail(draft->error, "--%s=%.100s: expected %s", row->name, text, expected);
}

static const char *command_name(enum command command)
{
    return command == COMMAND_COMPARE ? "compare" : "load";
}

static int parse_arguments(struct draft *draft, int argc, char **argv)
{
    struct options *options = draft->options;
    struct option longs[ARRAY_LENGTH(rows) + 1];
    memset(longs, 0, sizeof longs);
    size_t count = 0;
    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        if (rows[i].commands & (1U << options->command))
            longs[count++] =
                (struct option){rows[i].name, rows[i].argument ? 1 : 0, NULL, FIRST_LONG + (int)i};
    }
    const char *name = command_name(options->command);
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
                        argv[current < argc ? current : argc - 1], name);
        const struct option_row *row = rows;
        while (code < FIRST_LONG ? row->letter != code : row != &rows[code - FIRST_LONG])
            row++;
        int r = set_option(draft, row, optarg);
        if (r || options->command == COMMAND_HELP)
            return r;
    }
    if (optind < argc)
        return fail(draft->error, "unexpected argument '%.100s': see 'looplag help %s'",
                    argv[optind], name);
    return complete(draft);
}

static int parse_command(struct options *options, int argc, char **argv, char *error)
{
    const char *word = argc > 1 ? argv[1] : "help";
    const char *topic = argc > 2 ? argv[2] : "";
    if (strcmp(word, "load") == 0) {
        options->command = COMMAND_LOAD;
    } else if (strcmp(word, "compare") == 0) {
        options->command = COMMAND_COMPARE;
    } else if (strcmp(word, "--version") == 0) {
        options->command = COMMAND_VERSION;
    } else if (strcmp(word, "help") == 0 || strcmp(word, "--help") == 0 ||
               strcmp(word, "-h") == 0) {
        options->command = COMMAND_HELP;
        options->topic = strcmp(topic, "load") == 0      ? COMMAND_LOAD
                         : strcmp(topic, "compare") == 0 ? COMMAND_COMPARE
                                                         : COMMAND_HELP;
        if (topic[0] && options->topic == COMMAND_HELP)
            return fail(error, "no command '%.60s': use load or compare", topic);
    } else {
        return fail(error, "unknown command '%.60s': use load, compare or help", word);
    }
    return argc > 1 ? 0 : fail(error, "a command is missing: use load, compare or help");
}

int options_parse(struct options *options, int argc, char **argv, char error[OPTIONS_ERROR_SIZE])
{
    memset(options, 0, sizeof *options);
    int r = parse_command(options, argc, argv, error);
    if (r || options->command == COMMAND_HELP || options->command == COMMAND_VERSION)
        return r;
    struct draft draft = {.options = options, .error = error};
    set_defaults(&draft);
    return parse_arguments(&draft, argc - 1, argv + 1);
}
