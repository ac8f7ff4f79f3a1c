/* options_set.c: see options_set.h. */
#include "plan/options_set.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/units.h"
#include "plan/balance.h"
#include "plan/class_keys.h"
#include "plan/header.h"
#include "plan/secret.h"
#include "plan/start_time.h"
#include "plan/url.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *options_set_base_url(void *target, const char *text)
{
    struct options *options = target;
    options->base_url = text;
    return url_is_base(text) ? NULL : "expected a URL such as http://localhost:8000";
}

const char *options_set_endpoint(void *target, const char *text)
{
    struct options *options = target;
    options->endpoint = text;
    return class_is_path(text) ? NULL : "expected " CLASS_PATH_EXPECTED;
}

static const char *set_size(struct traffic_class *class, const char *text)
{
    int r = units_parse_size(text, &class->size);
    bool good = r == 0 && (class->size.suffixed ? class->size.bytes <= (UINT64_C(1) << 31)
                                                : class->size.amount <= 2000);
    return good ? NULL : "expected a size up to 2 GB such as 25 (MB), 1KiB or 25MB";
}

const char *options_set_small_size(void *target, const char *text)
{
    struct options *options = target;
    return set_size(&options->small, text);
}

const char *options_set_large_size(void *target, const char *text)
{
    struct options *options = target;
    return set_size(&options->large, text);
}

const char *options_add_class(struct options *options, const struct traffic_class *class)
{
    if (options->class_count == CLASS_MOST)
        return "expected at most 16 classes";
    for (size_t i = 0; i < options->class_count; i++) {
        if (strcmp(options->classes[i].name, class->name) == 0)
            return "expected a name of its own for each class";
    }
    options->classes[options->class_count++] = *class;
    return NULL;
}

const char *options_set_class(void *target, const char *text)
{
    struct options *options = target;
    struct traffic_class class;
    if (class_parse(text, &class, options->reason))
        return options->reason;
    return options_add_class(options, &class);
}

const char *options_set_arrival(void *target, const char *text)
{
    struct options *options = target;
    options->arrival = class_arrival_parse(text);
    return options->arrival == ARRIVAL_UNSET ? option_no_choice : NULL;
}

/* Without a value: on. */
const char *options_set_keepalive(void *target, const char *text)
{
    struct options *options = target;
    const char *when = text ? text : "on";
    bool both = strcmp(when, "on,off") == 0 || strcmp(when, "off,on") == 0;
    options->keepalive = strcmp(when, "on") == 0;
    options->both_keepalives = both && options->command != COMMAND_LOAD;
    if (options->keepalive || options->both_keepalives || strcmp(when, "off") == 0)
        return NULL;
    return options->command == COMMAND_LOAD ? "expected on or off" : "expected on, off or on,off";
}

const char *options_own(struct options *options, char *text)
{
    char **grown = NULL;
    if (text)
        grown = reallocarray(options->owned, options->owned_count + 1, sizeof *grown);
    if (!grown) {
        free(text);
        return NULL;
    }
    options->owned = grown;
    grown[options->owned_count++] = text;
    return text;
}

/* Headers of a file, whose text the options own. */
static const char *set_header_file(struct options *options, const char *path)
{
    const char **lines = &options->headers[options->header_count];
    size_t room = OPTIONS_LIST_MOST - options->header_count;
    char *text;
    char error[HEADER_ERROR_SIZE];
    int count = header_read_file(path, &text, lines, room, error);
    if (text && !options_own(options, text))
        return "out of memory";
    for (int i = 0; i < count; i++)
        secret_learn(lines[i]);
    if (count >= 0) {
        options->header_count += (size_t)count;
        return NULL;
    }
    snprintf(options->reason, sizeof options->reason, "%s", error);
    return options->reason;
}

const char *options_set_header(void *target, const char *text)
{
    struct options *options = target;
    if (text[0] == HEADER_FILE_MARK)
        return set_header_file(options, text + 1);
    if (options->header_count == OPTIONS_LIST_MOST)
        return "expected at most 16 headers";
    const char *wrong = header_wrong(text);
    if (!wrong)
        options->headers[options->header_count++] = text;
    return wrong;
}

const char *options_set_seed(void *target, const char *text)
{
    struct options *options = target;
    int64_t seed;
    if (units_parse_integer(text, 0, INT64_MAX, &seed))
        return "expected a whole number";
    options->seed = (uint64_t)seed;
    return NULL;
}

static const char *const formats[FORMATS] = {"text", "markdown", "json", "csv", "hgrm", "hlog"};

const char *options_format(size_t index)
{
    return index < ARRAY_LENGTH(formats) ? formats[index] : NULL;
}

/* Saved results hold of single requests only when they were due and what they took. */
const char *options_saved_format(size_t index)
{
    return options_format(index < FORMAT_CSV ? index : index + 1);
}

const char *options_sweep_format(size_t index)
{
    return index < FORMAT_CSV ? formats[index] : NULL;
}

/* Verdicts are for people. */
const char *options_diff_format(size_t index)
{
    return index < FORMAT_JSON ? formats[index] : NULL;
}

const char *options_set_format(void *target, const char *text)
{
    struct options *options = target;
    for (size_t i = 0; i < ARRAY_LENGTH(formats); i++) {
        options->format = (enum format)i;
        if (strcmp(text, formats[i]) == 0)
            return NULL;
    }
    return "expected text, markdown, json, csv, hgrm or hlog";
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

const char *options_set_modes(void *target, const char *text)
{
    struct options *options = target;
    bool good = split(text, options->modes, &options->mode_count);
    return good ? NULL : "expected different modes, such as select,threads, or all";
}

static const char *add_system(struct options *options, enum system_spec_kind kind, const char *text)
{
    if (options->system_count == OPTIONS_LIST_MOST)
        return "expected at most 16 systems";
    return system_spec_parse(kind, text, &options->systems[options->system_count++]);
}

const char *options_set_system(void *target, const char *text)
{
    return add_system(target, SYSTEM_SPEC_FLAGS, text);
}

const char *options_set_target(void *target, const char *text)
{
    return add_system(target, SYSTEM_SPEC_URL, text);
}

const char *options_set_start(void *target, const char *text)
{
    return add_system(target, SYSTEM_SPEC_COMMAND, text);
}

const char *options_set_ready(void *target, const char *text)
{
    struct options *options = target;
    options->ready = text;
    return class_is_path(text) ? NULL : "expected " CLASS_PATH_EXPECTED;
}

const char *options_set_topology(void *target, const char *text)
{
    struct options *options = target;
    static const char kind[] = "pods:";
    int64_t pods;
    if (strncmp(text, kind, sizeof kind - 1) != 0 ||
        units_parse_integer(text + sizeof kind - 1, 1, SYSTEM_PODS_MOST, &pods))
        return "expected pods and how many, up to 16, such as pods:4";
    options->pods = (unsigned)pods;
    return NULL;
}

const char *options_set_balance(void *target, const char *text)
{
    struct options *options = target;
    bool good = split(text, options->balances, &options->balance_count);
    for (size_t i = 0; good && i < options->balance_count; i++)
        good = balance_find(options->balances[i]) != NULL;
    return good ? NULL : "expected different ones of " BALANCE_NAMES;
}

/* Without a value: the project's own. */
const char *options_set_peers(void *target, const char *text)
{
    struct options *options = target;
    options->peers = true;
    options->peers_file = text;
    return text && !text[0] ? "expected a file that describes other servers" : NULL;
}

const char *options_set_endpoints(void *target, const char *text)
{
    struct options *options = target;
    const char *list = strcmp(text, "all") == 0 ? OPTIONS_ALL_ENDPOINTS : text;
    bool good = split(list, options->endpoints, &options->endpoint_count);
    for (size_t i = 0; good && i < options->endpoint_count; i++)
        good = class_is_path(options->endpoints[i]);
    return good ? NULL : "expected different paths, such as /ping,/pong, or all";
}

const char *options_set_slo(void *target, const char *text)
{
    struct options *options = target;
    if (options->slo_count == OPTIONS_LIST_MOST)
        return "expected at most 16 objectives";
    return slo_parse(text, &options->slos[options->slo_count++])
               ? "expected an objective such as small:p99<50ms, interference<2 or errors<0.1%"
               : NULL;
}

/* "10%" as 0.1, between two numbers of percent. */
static const char *set_share(const char *text, double low, double most, double *share)
{
    char number[32];
    size_t length = strlen(text);
    bool good = length > 1 && length < sizeof number && text[length - 1] == '%';
    if (good) {
        memcpy(number, text, length - 1);
        number[length - 1] = '\0';
        good = units_parse_number(number, low, most, share) == 0;
        *share /= 100;
    }
    return good ? NULL : "expected a share such as 10%";
}

const char *options_set_margin(void *target, const char *text)
{
    struct options *options = target;
    return set_share(text, 0, 1000, &options->margin);
}

const char *options_set_precision(void *target, const char *text)
{
    struct options *options = target;
    return set_share(text, 1, 1000, &options->sweep.precision);
}

const char *options_set_stop_at(void *target, const char *text)
{
    struct options *options = target;
    return set_share(text, 0, 100, &options->stop_at);
}

const char *options_set_probe(void *target, const char *text)
{
    struct options *options = target;
    return probe_plan_parse(text, &options->probe)
               ? "expected a probe such as period=1s,timeout=1s,failures=3"
               : NULL;
}

const char *options_set_start_at(void *target, const char *text)
{
    struct options *options = target;
    int64_t ns;
    options->start_at = text;
    return start_time_parse(text, clock_wall_ns(), &ns)
               ? "expected a time to come such as +5s, 14:30, 14:30:05 or 2026-11-22T14:30:05Z"
               : NULL;
}
