/* config.c: see config.h. */
#include "config.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/units.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum flag {
    FLAG_MODE = 256,
    FLAG_WORKERS,
    FLAG_BALANCE,
    FLAG_POLL,
    FLAG_HOST,
    FLAG_PORT,
    FLAG_QUEUE,
    FLAG_MAX_BODY,
    FLAG_LARGE_LIMIT,
    FLAG_LARGE_SIZE,
    FLAG_LARGE_POLICY,
    FLAG_DRAIN_DELAY,
    FLAG_DRAIN_TIMEOUT,
    FLAG_NO_ACCESS_LOG,
    FLAG_LOG_BODIES,
    FLAG_NO_KEEPALIVE,
    FLAG_LIST_MODES,
    FLAG_LIST_ENDPOINTS,
    FLAG_VERSION,
    FLAG_HELP,
};

static const struct option long_options[] = {
    {"mode", required_argument, NULL, FLAG_MODE},
    {"workers", required_argument, NULL, FLAG_WORKERS},
    {"balance", required_argument, NULL, FLAG_BALANCE},
    {"poll", required_argument, NULL, FLAG_POLL},
    {"host", required_argument, NULL, FLAG_HOST},
    {"port", required_argument, NULL, FLAG_PORT},
    {"queue", required_argument, NULL, FLAG_QUEUE},
    {"max-body", required_argument, NULL, FLAG_MAX_BODY},
    {"large-limit", required_argument, NULL, FLAG_LARGE_LIMIT},
    {"large-size", required_argument, NULL, FLAG_LARGE_SIZE},
    {"large-policy", required_argument, NULL, FLAG_LARGE_POLICY},
    {"drain-delay", required_argument, NULL, FLAG_DRAIN_DELAY},
    {"drain-timeout", required_argument, NULL, FLAG_DRAIN_TIMEOUT},
    {"no-access-log", no_argument, NULL, FLAG_NO_ACCESS_LOG},
    {"log-bodies", no_argument, NULL, FLAG_LOG_BODIES},
    {"no-keepalive", no_argument, NULL, FLAG_NO_KEEPALIVE},
    {"list-modes", no_argument, NULL, FLAG_LIST_MODES},
    {"list-endpoints", no_argument, NULL, FLAG_LIST_ENDPOINTS},
    {"version", no_argument, NULL, FLAG_VERSION},
    {"help", no_argument, NULL, FLAG_HELP},
    {NULL, 0, NULL, 0},
};

static void print_help(void)
{
    puts("usage: looplagd [options]\n"
         "\n"
         "A JSON-over-HTTP server that runs the same endpoints under different\n"
         "concurrency modes: POST /ping, /pong, /stream; GET /healthz, /readyz, /stats,\n"
         "/metrics.\n"
         "\n"
         "  --mode=MODE         how connections are given to threads (select):");
    for (size_t i = 0; i < mode_count(); i++)
        printf("                        %-8s %s\n", mode_at(i)->name, mode_at(i)->summary);
    puts("  --workers=N         loops of pool (one for each processor, 2 to 128), processes\n"
         "                      of prefork (4), handler threads of offload (40)\n"
         "  --balance=KIND      who gets a connection in pool: least-busy, reuseport or mhd\n"
         "                      (least-busy)\n"
         "  --poll=KIND         how a loop waits: auto, epoll, poll or select (auto)\n"
         "  --host=HOST         address to listen on (127.0.0.1)\n"
         "  --port=PORT         port to listen on; 0 picks a free one (8000)\n"
         "  --queue=N           requests that may wait for offload's handler threads (1024)\n"
         "  --max-body=SIZE     largest request body, e.g. 64MiB or 25MB (64MiB)\n"
         "  --max-body=/PATH=SIZE  that of one endpoint; may be given several times\n"
         "  --large-limit=N     large bodies at a time; 0: any number (0)\n"
         "  --large-size=SIZE   bodies from this size on are large (8MiB)\n"
         "  --large-policy=P    the others wait, or reject answers 503 (wait)\n"
         "  --drain-delay=T     how long to go on as before after SIGTERM, but for\n"
         "                      GET /readyz, which answers 503 (0)\n"
         "  --drain-timeout=T   longest wait for requests in flight at SIGTERM (30s);\n"
         "                      a plain number is seconds, and 500ms and 2m are understood\n"
         "  --no-access-log     no line per request on stderr\n"
         "  --log-bodies        write every request body to stderr before it is answered:\n"
         "                      a mistake, to be measured; never in production\n"
         "  --no-keepalive      close each connection after one reply\n"
         "  --list-modes        print the modes, one a line, and what each is\n"
         "  --list-endpoints    print the endpoints that take the model, one a line\n"
         "  --version           print the version\n"
         "  --help              print this\n"
         "\n"
         "Exit codes: 0 drained after SIGTERM or SIGINT, 1 requests were cut off or the\n"
         "standard output could not be written, 2 bad usage or it could not start.");
}

static void print_modes(void)
{
    for (size_t i = 0; i < mode_count(); i++)
        printf("%-8s %s\n", mode_at(i)->name, mode_at(i)->summary);
}

static void print_endpoints(void)
{
    for (size_t i = 0; i < endpoint_count(); i++) {
        if (endpoint_at(i)->method == ENDPOINT_POST)
            puts(endpoint_at(i)->path);
    }
}

static int refuse(const char *flag, const char *value, const char *what_to_do)
{
    log_message("--%s=%s: %s", flag, value, what_to_do);
    return CONFIG_USAGE;
}

static int take_mode(struct daemon_options *options, const char *value)
{
    options->mode = mode_find(value);
    if (options->mode)
        return 0;
    char known[128] = "no such mode; use";
    for (size_t i = 0; i < mode_count(); i++) {
        const char *before = i == 0 ? " " : i + 1 < mode_count() ? ", " : " or ";
        strncat(known, before, sizeof known - strlen(known) - 1);
        strncat(known, mode_at(i)->name, sizeof known - strlen(known) - 1);
    }
    return refuse("mode", value, known);
}

static int take_workers(struct daemon_options *options, const char *value)
{
    int64_t workers;
    if (units_parse_integer(value, 1, MODE_WORKERS_MAX, &workers))
        return refuse("workers", value, "not a number of workers; use 1 to 128");
    options->workers = (unsigned)workers;
    return 0;
}

static int take_balance(struct daemon_options *options, const char *value)
{
    const struct balance *balance = balance_find(value);
    if (!balance)
        return refuse("balance", value, "use least-busy, reuseport or mhd");
    options->engine = balance->engine;
    return 0;
}

static int take_poll(struct daemon_options *options, const char *value)
{
    options->poll = poll_find(value);
    return options->poll == POLL_KINDS ? refuse("poll", value, "use auto, epoll, poll or select")
                                       : 0;
}

static int take_port(struct daemon_options *options, const char *value)
{
    int64_t port;
    if (units_parse_integer(value, 0, UINT16_MAX, &port))
        return refuse("port", value, "not a port; use 0 to 65535");
    options->port = (uint16_t)port;
    return 0;
}

/* The most that makes sense. */
enum { COUNT_MAX = 1000000 };

static int take_count(unsigned *count, const char *flag, const char *value, int64_t least,
                      int64_t most)
{
    int64_t number;
    if (units_parse_integer(value, least, most, &number)) {
        log_message("--%s=%s: not a number from %d to %d", flag, value, (int)least, (int)most);
        return CONFIG_USAGE;
    }
    *count = (unsigned)number;
    return 0;
}

static int take_size(uint64_t *bytes, const char *flag, const char *value)
{
    struct units_size size;
    if (units_parse_size(value, &size) || size.bytes == 0)
        return refuse(flag, value, "not a size; use bytes or a unit, as 64MiB or 25MB");
    *bytes = size.bytes;
    return 0;
}

/* "/ping=1MB" */
static int take_max_body_of(struct request_limits *limits, const char *value)
{
    const char *size = strchr(value, '=');
    for (size_t i = 0; size && i < endpoint_count(); i++) {
        const char *path = endpoint_at(i)->path;
        size_t length = strlen(path);
        if (length != (size_t)(size - value) || memcmp(path, value, length) != 0)
            continue;
        struct units_size bytes;
        if (units_parse_size(size + 1, &bytes) || bytes.bytes == 0)
            return refuse("max-body", value, "not a size behind the path; use one as /ping=1MB");
        limits->own[i] = bytes.bytes;
        return 0;
    }
    return refuse("max-body", value,
                  size ? "no such endpoint; use a path of this server, as /ping=1MB"
                       : "a path without a size; use both, as /ping=1MB");
}

static int take_max_body(struct request_limits *limits, const char *value)
{
    return value[0] == '/' ? take_max_body_of(limits, value)
                           : take_size(&limits->all, "max-body", value);
}

static int take_large_policy(struct lane_options *lane, const char *value)
{
    if (strcmp(value, "wait") != 0 && strcmp(value, "reject") != 0)
        return refuse("large-policy", value, "use wait or reject");
    lane->policy = value[0] == 'w' ? LANE_WAIT : LANE_REJECT;
    return 0;
}

static int take_duration(const char *flag, const char *value, int64_t *ns)
{
    if (units_parse_duration(value, ns))
        return refuse(flag, value, "not a duration; use seconds or a unit, as 500ms");
    return 0;
}

static int take_flag(struct daemon_options *options, int flag, const char *value)
{
    switch (flag) {
    case FLAG_MODE:
        return take_mode(options, value);
    case FLAG_WORKERS:
        return take_workers(options, value);
    case FLAG_BALANCE:
        return take_balance(options, value);
    case FLAG_POLL:
        return take_poll(options, value);
    case FLAG_HOST:
        options->host = value;
        return 0;
    case FLAG_PORT:
        return take_port(options, value);
    case FLAG_MAX_BODY:
        return take_max_body(&options->http.limits, value);
    case FLAG_QUEUE:
        return take_count(&options->http.queue, "queue", value, 0, COUNT_MAX);
    case FLAG_LARGE_LIMIT:
        return take_count(&options->http.lane.limit, "large-limit", value, 0, COUNT_MAX);
    case FLAG_LARGE_SIZE:
        return take_size(&options->http.lane.size, "large-size", value);
    case FLAG_LARGE_POLICY:
        return take_large_policy(&options->http.lane, value);
    case FLAG_DRAIN_TIMEOUT:
        return take_duration("drain-timeout", value, &options->drain_timeout_ns);
    case FLAG_DRAIN_DELAY:
        return take_duration("drain-delay", value, &options->drain_delay_ns);
    case FLAG_NO_ACCESS_LOG:
        options->http.access_log = false;
        return 0;
    case FLAG_LOG_BODIES:
        options->http.log_bodies = true;
        log_message("--log-bodies: request bodies go to stderr and every request waits for it; "
                    "never use this in production");
        return 0;
    case FLAG_NO_KEEPALIVE:
        options->http.keepalive = false;
        return 0;
    case FLAG_LIST_MODES:
        print_modes();
        return CONFIG_DONE;
    case FLAG_LIST_ENDPOINTS:
        print_endpoints();
        return CONFIG_DONE;
    case FLAG_VERSION:
        printf("looplagd %s (libmicrohttpd %s%s; jansson %s)\n", LOOPLAG_VERSION, MHD_get_version(),
               LOOPLAG_MICROHTTPD_ORIGIN, LOOPLAG_JANSSON);
        return CONFIG_DONE;
    case FLAG_HELP:
        print_help();
        return CONFIG_DONE;
    default:
        return CONFIG_USAGE;
    }
}

/* What getopt refused, in our words; `at` is the argument it stopped at. */
static int refuse_argument(int reason, const char *at)
{
    if (reason == ':')
        log_message("%s: it needs a value; see --help", at);
    else
        log_message("%s: no such flag, or it takes no value; see --help", at);
    return CONFIG_USAGE;
}

static int resolve_poll(struct daemon_options *options)
{
    enum poll_kind kind = mode_resolve_poll(options->mode, options->poll);
    if (kind == POLL_KINDS) {
        log_message("--mode=%s can't use --poll=%s here; use --poll=auto", options->mode->name,
                    poll_name(options->poll));
        return CONFIG_USAGE;
    }
    options->poll = kind;
    return 0;
}

/* What the mode makes of --workers, and what follows from it. */
static int resolve_workers(struct daemon_options *options)
{
    const struct mode *mode = options->mode;
    if (options->workers && mode->worker_kind == WORKERS_NONE) {
        log_message("--mode=%s has no workers; leave out --workers", mode->name);
        return CONFIG_USAGE;
    }
    if (options->engine && !mode->balances) {
        log_message("--mode=%s has nothing to balance; leave out --balance", mode->name);
        return CONFIG_USAGE;
    }
    if (!options->workers)
        options->workers = mode_workers(mode, sysconf(_SC_NPROCESSORS_ONLN));
    if (!options->engine)
        options->engine = mode->engine;
    options->http.tell_worker =
        mode->worker_kind == WORKERS_LOOPS || mode->worker_kind == WORKERS_PROCESSES;
    if (mode->worker_kind == WORKERS_HANDLERS) {
        options->http.handlers = options->workers;
        options->workers = 1; /* the loop */
    }
    options->http.lane.blocks = !mode_suspends(mode);
    return 0;
}

/* The bit of a flag in the set of those that were given. */
static unsigned bit(enum flag flag)
{
    return 1U << (flag - FLAG_MODE);
}

/* Flags that would change nothing are a misunderstanding. */
static int refuse_idle(const struct daemon_options *options, unsigned given)
{
    const char *mode = options->mode->name;
    if ((given & bit(FLAG_QUEUE)) && options->mode->worker_kind != WORKERS_HANDLERS) {
        log_message("--mode=%s has no queue for handler threads; leave out --queue", mode);
        return CONFIG_USAGE;
    }
    if ((given & (bit(FLAG_LARGE_SIZE) | bit(FLAG_LARGE_POLICY))) &&
        !(given & bit(FLAG_LARGE_LIMIT))) {
        log_message("--%s changes nothing without a limit; add --large-limit=N",
                    given & bit(FLAG_LARGE_SIZE) ? "large-size" : "large-policy");
        return CONFIG_USAGE;
    }
    return 0;
}

int config_parse(struct daemon_options *options, int argc, char **argv)
{
    unsigned given = 0;
    *options = (struct daemon_options){
        .mode = mode_at(0),
        .poll = POLL_AUTO,
        .host = "127.0.0.1",
        .port = 8000,
        .drain_timeout_ns = 30 * NS_PER_S,
        .http =
            {
                .limits = {.all = 64 * MIB},
                .access_log = true,
                .keepalive = true,
                .queue = 1024,
                .lane = {.size = 8 * MIB},
            },
    };
    for (;;) {
        int at = optind;
        int flag = getopt_long(argc, argv, ":", long_options, NULL);
        if (flag == -1)
            break;
        int result = flag == '?' || flag == ':' ? refuse_argument(flag, argv[at])
                                                : take_flag(options, flag, optarg);
        if (result)
            return result;
        given |= bit((enum flag)flag);
    }
    if (optind < argc) {
        log_message("%s: unexpected argument; see --help", argv[optind]);
        return CONFIG_USAGE;
    }
    int result = refuse_idle(options, given);
    if (result == 0)
        result = resolve_workers(options);
    return result ? result : resolve_poll(options);
}
