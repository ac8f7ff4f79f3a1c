/* config.c: see config.h. */
#include "config.h"

#include "base/log.h"
#include "base/memory.h"
#include "base/option.h"
#include "base/units.h"
#include "endpoint/rows.h"
#include "endpoint/serving.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* An array, an object for each row, on a line of its own. */
static void print_json(void (*write_rows)(struct writer *writer))
{
    CLEANUP(buffer_deinit)
    struct buffer text = {0};
    struct writer writer;
    writer_init(&writer, &text);
    writer_begin_array(&writer);
    write_rows(&writer);
    writer_end_array(&writer);
    if (!text.error)
        printf("%.*s\n", (int)text.length, text.data);
}

static unsigned default_workers(const struct mode *mode)
{
    return mode_workers(mode, sysconf(_SC_NPROCESSORS_ONLN));
}

static void write_modes(struct writer *writer)
{
    for (size_t i = 0; i < mode_count(); i++) {
        const struct mode *mode = mode_at(i);
        const struct serving serving = mode_serving(mode, default_workers(mode));
        writer_begin_object(writer);
        writer_member_text(writer, "name", mode->name);
        writer_member_text(writer, "summary", mode->summary);
        serving_write(writer, &serving);
        writer_end_object(writer);
    }
}

static void list_modes(const char *text)
{
    if (text) {
        print_json(write_modes);
        return;
    }
    for (size_t i = 0; i < mode_count(); i++)
        printf("%-8s %s\n", mode_at(i)->name, mode_at(i)->summary);
}

static bool takes_model(const struct endpoint *endpoint)
{
    return endpoint->method == ENDPOINT_POST;
}

static void write_endpoints(struct writer *writer)
{
    for (size_t i = 0; i < endpoint_count(); i++) {
        if (!takes_model(endpoint_at(i)))
            continue;
        writer_begin_object(writer);
        writer_member_text(writer, "path", endpoint_at(i)->path);
        parsing_write(writer, &endpoint_at(i)->parsing);
        writer_end_object(writer);
    }
}

static void list_endpoints(const char *text)
{
    if (text) {
        print_json(write_endpoints);
        return;
    }
    for (size_t i = 0; i < endpoint_count(); i++) {
        if (takes_model(endpoint_at(i)))
            puts(endpoint_at(i)->path);
    }
}

static const char *list_format(size_t index)
{
    return index == 0 ? "json" : NULL;
}

static const char *set_mode(void *target, const char *text)
{
    struct daemon_options *options = target;
    options->mode = mode_find(text);
    return options->mode ? NULL : option_no_choice;
}

static const char *set_balance(void *target, const char *text)
{
    struct daemon_options *options = target;
    options->balance = balance_find(text);
    return options->balance ? NULL : option_no_choice;
}

/* "/ping=1MB" */
static const char *set_max_body_of(struct request_limits *limits, const char *text)
{
    const char *size = strchr(text, '=');
    for (size_t i = 0; size && i < endpoint_count(); i++) {
        const char *path = endpoint_at(i)->path;
        size_t length = strlen(path);
        if (length != (size_t)(size - text) || memcmp(path, text, length) != 0)
            continue;
        struct units_size bytes;
        if (units_parse_size(size + 1, &bytes) || bytes.bytes == 0)
            return "not a size behind the path; use one as /ping=1MB";
        limits->own[i] = bytes.bytes;
        return NULL;
    }
    return size ? "no such endpoint; use a path of this server, as /ping=1MB"
                : "a path without a size; use both, as /ping=1MB";
}

static const char *set_max_body(void *target, const char *text)
{
    struct daemon_options *options = target;
    struct units_size size;
    if (text[0] == '/')
        return set_max_body_of(&options->http.limits, text);
    if (units_parse_size(text, &size) || size.bytes == 0)
        return "not a size; use bytes or a unit, as 64MiB or 25MB";
    options->http.limits.all = size.bytes;
    return NULL;
}

static const char *set_user_header(void *target, const char *text)
{
    static const char token[] = "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz"
                                "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    struct daemon_options *options = target;
    if (!*text || text[strspn(text, token)])
        return "not the name of a header";
    options->http.user_header = text;
    return NULL;
}

static void print_version(const char *text)
{
    (void)text;
    printf("looplagd %s (libmicrohttpd %s%s; jansson %s)\n", LOOPLAG_VERSION, MHD_get_version(),
           LOOPLAG_MICROHTTPD_ORIGIN, LOOPLAG_JANSSON);
}

static void print_help(const char *text);
static void print_rows(const char *text);

/* The most that makes sense. */
enum { COUNT_MOST = 1000000 };

#define AT(member) offsetof(struct daemon_options, member)

/* One row after the other, its parts in the same order. */
/* clang-format off */
static const struct option_row rows[] = {
    {.name = "mode", .argument = "MODE", .standard = "select", .set = set_mode,
     .choice = mode_choice, .help = "how connections are given to threads"},
    {.name = "workers", .argument = "N", .kind = OPTION_COUNT, .at = AT(workers), .low = 1,
     .high = MODE_WORKERS_MAX,
     .help = "loops of pool (one for each processor, 2 to 128), processes of prefork (4), "
             "handler threads of offload and hybrid (40)"},
    {.name = "balance", .argument = "KIND", .standard = "least-busy", .set = set_balance,
     .choice = balance_choice, .help = "who gets a connection in pool"},
    {.name = "reserve", .argument = "N", .standard = "0", .kind = OPTION_COUNT, .at = AT(reserve),
     .high = MODE_WORKERS_MAX,
     .help = "workers of pool and prefork that take no large body, so that small ones always find a "
             "loop that is not held"},
    {.name = "poll", .argument = "KIND", .standard = "auto", .kind = OPTION_CHOICE, .at = AT(poll),
     .choice = poll_choice, .help = "how a loop waits"},
    {.name = "host", .argument = "HOST", .standard = "127.0.0.1", .kind = OPTION_TEXT,
     .at = AT(host), .help = "name or address to listen on"},
    {.name = "port", .argument = "PORT", .standard = "8000", .kind = OPTION_COUNT, .at = AT(port),
     .high = UINT16_MAX, .help = "port to listen on; 0 picks a free one"},
    {.name = "tls-cert", .argument = "FILE", .file = true, .kind = OPTION_TEXT, .at = AT(files.tls_cert),
     .help = "serve https with this certificate and its chain (PEM); read anew at SIGHUP"},
    {.name = "tls-key", .argument = "FILE", .file = true, .kind = OPTION_TEXT, .at = AT(files.tls_key),
     .help = "the certificate's private key (PEM, no password), which others may not read"},
    {.name = "queue", .argument = "N", .standard = "1024", .kind = OPTION_COUNT,
     .at = AT(queue), .high = COUNT_MOST,
     .help = "requests that may wait for handler threads"},
    {.name = "max-body", .argument = "[/PATH=]SIZE", .standard = "64MiB", .set = set_max_body,
     .help = "largest request body, such as 64MiB or 25MB; with a path that of one endpoint; may "
             "be given several times"},
    {.name = "max-document", .argument = "SIZE", .standard = "512MiB", .kind = OPTION_SIZE,
     .at = AT(http.max_document),
     .help = "memory that the parsed document of one body may take; a body that could take more "
             "is refused with 413 before it is parsed"},
    {.name = "max-name", .argument = "SIZE", .standard = "64KiB", .kind = OPTION_SIZE,
     .at = AT(http.max_name),
     .help = "longest name in a body, in bytes of UTF-8; a longer one is answered 422"},
    {.name = "max-inflight-bytes", .argument = "SIZE", .kind = OPTION_SIZE,
     .at = AT(max_inflight_bytes),
     .help = "memory of bodies that are kept and of their documents, in the whole server; what "
             "finds no room is answered 503 (half of the memory of the machine or its cgroup)"},
    {.name = "large-limit", .argument = "N", .standard = "0", .kind = OPTION_COUNT,
     .at = AT(http.lane.limit), .high = COUNT_MOST,
     .help = "large bodies at a time, in the whole server; 0: any number"},
    {.name = "large-size", .argument = "SIZE", .standard = "8MiB", .kind = OPTION_SIZE,
     .at = AT(http.lane.size),
     .help = "bodies from this size on are large; in hybrid and with --reserve 64KiB unless given"},
    {.name = "large-policy", .argument = "POLICY", .standard = "wait", .kind = OPTION_CHOICE,
     .at = AT(http.lane.policy), .choice = lane_policy_name,
     .help = "what becomes of large bodies over the limit; reject answers 503"},
    {.name = "header-timeout", .argument = "TIME", .standard = "10s", .kind = OPTION_DURATION,
     .at = AT(http.deadlines.header_ns),
     .help = "longest wait for a request's head, from the connection's beginning or the head's "
             "first byte; 0: any"},
    {.name = "body-timeout", .argument = "TIME", .standard = "30s", .kind = OPTION_DURATION,
     .at = AT(http.deadlines.body_ns),
     .help = "longest pause in a body, or in a reply that is not read; 0: any"},
    {.name = "min-body-rate", .argument = "SIZE", .standard = "1kB", .kind = OPTION_SIZE,
     .at = AT(http.deadlines.rate),
     .help = "least bytes a second of a body, or of a reply, on average after 5 s"},
    {.name = "idle-timeout", .argument = "TIME", .standard = "60s", .kind = OPTION_DURATION,
     .at = AT(http.deadlines.idle_ns),
     .help = "longest wait for the next request on a connection; 0: any"},
    {.name = "max-connections", .argument = "N", .standard = "4096", .kind = OPTION_COUNT,
     .at = AT(max_connections), .low = 1, .high = COUNT_MOST,
     .help = "connections of a loop or process, fewer where descriptors allow fewer; up to 64 "
             "beyond are answered 503, but for GET endpoints"},
    {.name = "max-connections-per-ip", .argument = "N", .standard = "0", .kind = OPTION_COUNT,
     .at = AT(http.max_per_ip), .high = COUNT_MOST,
     .help = "connections of one address (of IPv6, one /64 network) in the whole server; behind a "
             "proxy all have one; 0: any number"},
    {.name = "token-file", .argument = "FILE", .file = true, .kind = OPTION_TEXT,
     .at = AT(files.token_file),
     .help = "ask for Authorization: Bearer with one of its tokens, lines USER TOKEN; its mode "
             "must be 0600; read anew at SIGHUP"},
    {.name = "admin-token-file", .argument = "FILE", .file = true, .kind = OPTION_TEXT,
     .at = AT(files.admin_token_file),
     .help = "the same for GET endpoints, but for /healthz, /readyz and /openapi.json, which ask for none"},
    {.name = "user-header", .argument = "NAME", .set = set_user_header,
     .help = "the request header that names the user of a request without a token, set by a proxy; "
             "otherwise the client's address (of IPv6, its /64 network) does"},
    {.name = "user-limit", .argument = "N", .standard = "0", .kind = OPTION_COUNT,
     .at = AT(http.user_limit), .high = COUNT_MOST,
     .help = "large bodies of one user at a time, in the whole server; more are answered 429; 0: "
             "any number"},
    {.name = "max-inflight", .argument = "N", .standard = "1024", .kind = OPTION_COUNT,
     .at = AT(http.max_inflight), .high = COUNT_MOST,
     .help = "requests that wait or are worked on in a loop or process; more are answered 503; 0: "
             "any number"},
    {.name = "drain-delay", .argument = "TIME", .standard = "0", .kind = OPTION_DURATION,
     .at = AT(drain_delay_ns),
     .help = "how long to go on as before after SIGTERM, but for GET /readyz, which answers 503"},
    {.name = "drain-timeout", .argument = "TIME", .standard = "30s", .kind = OPTION_DURATION,
     .at = AT(drain_timeout_ns),
     .help = "longest wait for requests in flight at SIGTERM; a plain number is seconds, and "
             "500ms and 2m are understood"},
    {.name = "hold-warn", .argument = "TIME", .standard = "100ms", .kind = OPTION_DURATION,
     .at = AT(http.hold_warn_ns),
     .help = "log a request that held its loop for longer, on standard error; 0: none"},
    {.name = "no-access-log", .kind = OPTION_NO, .at = AT(http.access_log),
     .help = "no line per request on standard error"},
    {.name = "log-bodies", .kind = OPTION_YES, .at = AT(http.log_bodies),
     .help = "write every request body to standard error before it is answered: a mistake, to be "
             "measured; never in production"},
    {.name = "no-keepalive", .kind = OPTION_NO, .at = AT(http.keepalive),
     .help = "close each connection after one reply"},
    {.name = "no-page", .kind = OPTION_NO, .at = AT(http.limits.pages),
     .help = "no pages for browsers: GET / and /docs are answered 404"},
    {.name = "list-modes", .argument = "json", .optional = true, .kind = OPTION_ACT,
     .act = list_modes, .choice = list_format,
     .help = "print the modes, one a line, and what each is; as JSON with how each serves"},
    {.name = "list-endpoints", .argument = "json", .optional = true, .kind = OPTION_ACT,
     .act = list_endpoints, .choice = list_format,
     .help = "print the endpoints that take the model, one a line; as JSON with how each parses"},
    {.name = "version", .kind = OPTION_ACT, .act = print_version, .help = "print the version"},
    {.name = "help", .kind = OPTION_ACT, .act = print_help, .help = "print this"},
    {.name = "option-rows", .kind = OPTION_ACT, .act = print_rows, .hidden = true,
     .help = "for the build"},
};
/* clang-format on */

_Static_assert(ARRAY_LENGTH(rows) <= OPTION_ROWS_MOST, "an option has no bit left");

static const struct option_table table = {.rows = rows, .count = ARRAY_LENGTH(rows)};

static void print_help(const char *text)
{
    (void)text;
    puts("usage: looplagd [OPTION]...\n"
         "\n"
         "A JSON-over-HTTP server that runs the same endpoints under different concurrency\n"
         "modes: POST /ping, /pong, /stream, /await; GET /healthz, /readyz, /stats,\n"
         "/metrics, /recent, /openapi.json, and for browsers / (live) and /docs.\n");
    option_print_help(&table, 0, stdout);
    puts("\nModes:");
    for (size_t i = 0; i < mode_count(); i++)
        printf("  %-8s %s\n", mode_at(i)->name, mode_at(i)->summary);
    puts("\n"
         "Exit codes: 0 drained after SIGTERM or SIGINT, 1 requests were cut off or the\n"
         "standard output could not be written, 2 bad usage or it could not start.");
}

static void print_rows(const char *text)
{
    (void)text;
    option_print_rows(&table, stdout);
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
static void resolve_workers(struct daemon_options *options)
{
    const struct mode *mode = options->mode;
    if (!options->workers)
        options->workers = default_workers(mode);
    options->engine = mode->balances ? options->balance->engine : mode->engine;
}

/* Whether it depends on a body's size who answers it. */
static bool parts_by_size(const struct daemon_options *options)
{
    return options->mode->answered_by == SERVING_BY_SIZE || options->reserve > 0;
}

/* There a body is large when its parse would hold a loop for some milliseconds. */
static void resolve_large_size(struct daemon_options *options, const struct option_reader *given)
{
    if (parts_by_size(options) && !option_given(given, "large-size"))
        options->http.lane.size = (uint64_t)64 << 10;
}

/* Half of what there is: the other half is for connections, replies, and what is kept for others.
 */
static void resolve_memory(struct daemon_options *options)
{
    if (!options->max_inflight_bytes)
        options->max_inflight_bytes = memory_limit() / 2;
}

/* Options that would change nothing are a misunderstanding. */
static int refuse_idle(const struct daemon_options *options, const struct option_reader *given)
{
    const struct mode *mode = options->mode;
    if (option_given(given, "workers") && mode->worker_kind == WORKERS_NONE) {
        log_message("--mode=%s has no workers; leave out --workers", mode->name);
        return CONFIG_USAGE;
    }
    if (option_given(given, "balance") && !mode->balances) {
        log_message("--mode=%s has nothing to balance; leave out --balance", mode->name);
        return CONFIG_USAGE;
    }
    if (option_given(given, "queue") && mode->worker_kind != WORKERS_HANDLERS &&
        !options->reserve) {
        log_message("--mode=%s has no queue for handler threads; leave out --queue", mode->name);
        return CONFIG_USAGE;
    }
    const bool lane = option_given(given, "large-limit");
    const bool size = option_given(given, "large-size") && !parts_by_size(options) &&
                      !option_given(given, "user-limit");
    if (!lane && (size || option_given(given, "large-policy"))) {
        log_message("--%s changes nothing without a limit; add --large-limit=N",
                    size ? "large-size" : "large-policy");
        return CONFIG_USAGE;
    }
    return 0;
}

/* A reserve is kept by who gives each connection to a worker, and leaves workers for the others. */
static int refuse_reserve(const struct daemon_options *options, const struct option_reader *given)
{
    if (!option_given(given, "reserve"))
        return 0;
    if (!options->engine->chooses) {
        const char *balance = options->mode->balances ? " --balance=" : "";
        log_message("--mode=%s%s%s does not choose who gets a connection; leave out --reserve",
                    options->mode->name, balance, balance[0] ? options->balance->name : "");
        return CONFIG_USAGE;
    }
    if (options->reserve >= options->workers) {
        log_message(
            "--reserve=%u leaves none of %u workers for large bodies; use a smaller one, or "
            "more --workers",
            options->reserve, options->workers);
        return CONFIG_USAGE;
    }
    return 0;
}

static int judge_tls(const struct daemon_options *options)
{
    if (!options->files.tls_cert != !options->files.tls_key) {
        log_message("--tls-%s is missing: TLS needs a certificate and its key",
                    options->files.tls_cert ? "key" : "cert");
        return CONFIG_USAGE;
    }
    if (options->files.tls_cert && MHD_is_feature_supported(MHD_FEATURE_TLS) != MHD_YES) {
        log_message("--tls-cert: libmicrohttpd was built without TLS here");
        return CONFIG_USAGE;
    }
    return 0;
}

int config_parse(struct daemon_options *options, int argc, char **argv)
{
    struct option_reader reader = {.table = &table, .hint = "see --help", .target = options};
    *options = (struct daemon_options){0};
    int result = option_read(&reader, argc, argv);
    if (result == OPTION_INVALID)
        log_message("%s", reader.error);
    if (result)
        return result == OPTION_DONE ? CONFIG_DONE : CONFIG_USAGE;
    if (options->http.log_bodies)
        log_message("--log-bodies: request bodies go to stderr and every request waits for it; "
                    "never use this in production");
    resolve_workers(options);
    if (refuse_idle(options, &reader) || refuse_reserve(options, &reader) || judge_tls(options))
        return CONFIG_USAGE;
    resolve_large_size(options, &reader);
    resolve_memory(options);
    return resolve_poll(options);
}
