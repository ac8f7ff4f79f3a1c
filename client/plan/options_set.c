/* options_set.c: see options_set.h. */
#include "plan/options_set.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/units.h"
#include "plan/balance.h"
#include "plan/start_time.h"
#include "plan/url.h"

#include <ctype.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

static const char *set_base_url(struct draft *draft)
{
    draft->options->base_url = draft->text;
    return url_is_base(draft->text) ? NULL : "a URL such as http://localhost:8000";
}

static const char *set_endpoint(struct draft *draft)
{
    draft->options->endpoint = draft->text;
    return class_is_path(draft->text) ? NULL : CLASS_PATH_EXPECTED;
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
    return draft->arrival == ARRIVAL_UNSET ? "open, closed or poisson" : NULL;
}

/* Without a value: on. */
static const char *set_keepalive(struct draft *draft)
{
    struct options *options = draft->options;
    const char *text = draft->text ? draft->text : "on";
    bool both = strcmp(text, "on,off") == 0 || strcmp(text, "off,on") == 0;
    options->keepalive = strcmp(text, "on") == 0;
    options->both_keepalives = both && options->command == COMMAND_COMPARE;
    if (options->keepalive || options->both_keepalives || strcmp(text, "off") == 0)
        return NULL;
    return options->command == COMMAND_COMPARE ? "on, off or on,off" : "on or off";
}

/* A token, a colon, and nothing that ends or hides a line (RFC 9110, 5.5 and 5.6.2). */
static bool is_header(const char *text)
{
    static const char token[] = "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz"
                                "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    size_t length = strspn(text, token);
    bool good = length > 0 && text[length] == ':';
    for (const char *at = text + length; good && *at; at++)
        good = *at == '\t' || !iscntrl((unsigned char)*at);
    return good;
}

/* The client frames each body itself: another length would cut requests or glue them together. */
static const char *find_framing(const char *header)
{
    static const char *const names[] = {"Content-Length", "Transfer-Encoding"};
    for (size_t i = 0; i < ARRAY_LENGTH(names); i++) {
        size_t length = strlen(names[i]);
        if (strncasecmp(header, names[i], length) == 0 && header[length] == ':')
            return names[i];
    }
    return NULL;
}

static const char *set_header(struct draft *draft)
{
    struct options *options = draft->options;
    const char *framing = find_framing(draft->text);
    if (options->header_count == OPTIONS_LIST_MOST)
        return "at most 16 headers";
    if (!is_header(draft->text))
        return "a header such as 'Name: value'";
    if (framing) {
        snprintf(draft->reason, sizeof draft->reason,
                 "--header=%.100s: %s is set by the client itself, for each body: leave it out",
                 draft->text, framing);
        return draft->reason;
    }
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
    static const char *const names[FORMATS] = {"text", "json", "csv", "hgrm", "hlog"};
    draft->has_format = true;
    for (size_t i = 0; i < ARRAY_LENGTH(names); i++) {
        draft->options->format = (enum format)i;
        if (strcmp(draft->text, names[i]) == 0)
            return NULL;
    }
    return "text, json, csv, hgrm or hlog";
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
    draft->has_modes = true;
    return good ? NULL : "different modes, such as select,threads, or all";
}

static const char *set_system(struct draft *draft)
{
    struct options *options = draft->options;
    if (options->system_count == OPTIONS_LIST_MOST)
        return "at most 16 systems";
    return system_spec_parse(draft->text, &options->systems[options->system_count++])
               ? NULL
               : "a label of at most 52 characters and flags of looplagd (not --host or --port), "
                 "such as "
                 "'two lanes:--mode=threads --large-limit=2'";
}

static const char *set_topology(struct draft *draft)
{
    static const char kind[] = "pods:";
    int64_t pods;
    if (strncmp(draft->text, kind, sizeof kind - 1) != 0 ||
        units_parse_integer(draft->text + sizeof kind - 1, 1, SYSTEM_PODS_MOST, &pods))
        return "pods and how many, up to 16, such as pods:4";
    draft->options->pods = (unsigned)pods;
    return NULL;
}

static const char *set_balance(struct draft *draft)
{
    struct options *options = draft->options;
    bool good = split(draft->text, options->balances, &options->balance_count);
    draft->has_balances = true;
    for (size_t i = 0; good && i < options->balance_count; i++)
        good = balance_find(options->balances[i]) != NULL;
    return good ? NULL : "different ones of " BALANCE_NAMES;
}

static const char *set_haproxy(struct draft *draft)
{
    draft->options->haproxy = draft->text;
    draft->has_haproxy = true;
    return draft->text[0] ? NULL : "the path of HAProxy";
}

/* Without a value: the project's own. */
static const char *set_peers(struct draft *draft)
{
    draft->options->peers = true;
    draft->options->peers_file = draft->text;
    return draft->text && !draft->text[0] ? "a file that describes other servers" : NULL;
}

static const char *set_endpoints(struct draft *draft)
{
    struct options *options = draft->options;
    const char *text = strcmp(draft->text, "all") == 0 ? OPTIONS_ALL_ENDPOINTS : draft->text;
    bool good = split(text, options->endpoints, &options->endpoint_count);
    for (size_t i = 0; good && i < options->endpoint_count; i++)
        good = class_is_path(options->endpoints[i]);
    return good ? NULL : "different paths, such as /ping,/pong, or all";
}

static const char *set_sizes(struct draft *draft)
{
    struct options *options = draft->options;
    bool good = split(draft->text, options->sizes, &options->size_count);
    double last = 0;
    for (size_t i = 0; good && i < options->size_count; i++) {
        struct traffic_class class = {0};
        good = set_size(&class, options->sizes[i]) == NULL;
        double bytes = class.size.suffixed ? (double)class.size.bytes : class.size.amount * 1e6;
        good = good && bytes > last;
        last = bytes;
        options->size_values[i] = class.size;
    }
    return good ? NULL : "sizes that grow, such as 100KB,1MB,5MB,25MB";
}

static const char *set_rounds(struct draft *draft)
{
    int64_t rounds;
    if (units_parse_integer(draft->text, 1, 1000, &rounds))
        return "a whole number from 1 to 1000";
    draft->options->rounds = (unsigned)rounds;
    return NULL;
}

static const char *set_baseline(struct draft *draft)
{
    draft->options->baseline = true;
    return NULL;
}

static const char *set_top_stalls(struct draft *draft)
{
    int64_t count;
    if (units_parse_integer(draft->text, 0, OPTIONS_TOP_STALLS_MOST, &count))
        return "a whole number up to 100";
    draft->options->top_stalls = (size_t)count;
    return NULL;
}

static const char *set_exhibit(struct draft *draft)
{
    draft->options->exhibit = true;
    return NULL;
}

static const char *set_slo(struct draft *draft)
{
    struct options *options = draft->options;
    if (options->slo_count == OPTIONS_LIST_MOST)
        return "at most 16 objectives";
    return slo_parse(draft->text, &options->slos[options->slo_count++])
               ? "an objective such as small:p99<50ms, interference<2 or errors<0.1%"
               : NULL;
}

static const char *set_margin(struct draft *draft)
{
    char number[32];
    double percent;
    size_t length = strlen(draft->text);
    bool good = length > 1 && length < sizeof number && draft->text[length - 1] == '%';
    if (good) {
        memcpy(number, draft->text, length - 1);
        number[length - 1] = '\0';
        good = units_parse_number(number, 0, 1000, &percent) == 0;
    }
    if (!good)
        return "a share such as 10%";
    draft->options->margin = percent / 100;
    return NULL;
}

static const char *set_probe(struct draft *draft)
{
    return probe_plan_parse(draft->text, &draft->options->probe)
               ? "a probe such as period=1s,timeout=1s,failures=3"
               : NULL;
}

static const char *set_start_at(struct draft *draft)
{
    int64_t ns;
    draft->options->start_at = draft->text;
    return start_time_parse(draft->text, clock_wall_ns(), &ns)
               ? "a time to come such as +5s, 14:30, 14:30:05 or 2026-11-22T14:30:05Z"
               : NULL;
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

enum {
    LOAD = 1 << COMMAND_LOAD,
    COMPARE = 1 << COMMAND_COMPARE,
    REPORT = 1 << COMMAND_REPORT,
    DIFF = 1 << COMMAND_DIFF,
    SWEEP = 1 << COMMAND_SWEEP,
    BOTH = LOAD | COMPARE,
    OUT = BOTH | REPORT,
    STARTS = COMPARE | SWEEP,
    SENDS = BOTH | SWEEP,
    ALL = OUT | DIFF | SWEEP
};

const struct option_row option_rows[] = {
    {"base-url", 0, required_argument, LOAD, set_base_url},
    {"endpoint", 0, required_argument, LOAD, set_endpoint},
    {"modes", 0, required_argument, STARTS, set_modes},
    {"system", 0, required_argument, STARTS, set_system},
    {"topology", 0, required_argument, COMPARE, set_topology},
    {"balance", 0, required_argument, COMPARE, set_balance},
    {"haproxy", 0, required_argument, COMPARE, set_haproxy},
    {"peers", 0, optional_argument, COMPARE, set_peers},
    {"endpoints", 0, required_argument, STARTS, set_endpoints},
    {"sizes", 0, required_argument, SWEEP, set_sizes},
    {"rounds", 0, required_argument, SENDS, set_rounds},
    {"baseline", 0, no_argument, LOAD, set_baseline},
    {"server", 0, required_argument, STARTS, set_server},
    {"port", 0, required_argument, STARTS, set_port},
    {"duration", 0, required_argument, SENDS, set_duration},
    {"small-size", 0, required_argument, SENDS, set_small_size},
    {"large-size", 0, required_argument, BOTH, set_large_size},
    {"small-interval", 0, required_argument, SENDS, set_small_interval},
    {"large-interval", 0, required_argument, SENDS, set_large_interval},
    {"class", 0, required_argument, BOTH, set_class},
    {"arrival", 0, required_argument, SENDS, set_arrival},
    {"keepalive", 0, optional_argument, SENDS, set_keepalive},
    {"header", 'H', required_argument, SENDS, set_header},
    {"seed", 0, required_argument, SENDS, set_seed},
    {"timeout", 0, required_argument, SENDS, set_timeout},
    {"slo", 0, required_argument, OUT | SWEEP, set_slo},
    {"top-stalls", 0, required_argument, BOTH, set_top_stalls},
    {"exhibit", 0, no_argument, BOTH, set_exhibit},
    {"output", 'o', required_argument, OUT | SWEEP, set_output},
    {"format", 0, required_argument, OUT | SWEEP, set_format},
    {"margin", 0, required_argument, DIFF, set_margin},
    {"probe", 0, required_argument, BOTH, set_probe},
    {"start-at", 0, required_argument, LOAD, set_start_at},
    {"quiet", 'q', no_argument, SENDS, set_quiet},
    {"help", 'h', no_argument, ALL, set_help},
};

const size_t option_row_count = ARRAY_LENGTH(option_rows);
