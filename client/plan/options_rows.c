/* options_rows.c: see options_rows.h. The order is that of the help texts. */
#include "plan/options_rows.h"

#include "base/clock.h"
#include "base/error.h"
#include "plan/options_set.h"

enum {
    LOAD = 1 << COMMAND_LOAD,
    COMPARE = 1 << COMMAND_COMPARE,
    REPORT = 1 << COMMAND_REPORT,
    DIFF = 1 << COMMAND_DIFF,
    SWEEP = 1 << COMMAND_SWEEP,
    DIAGNOSE = 1 << COMMAND_DIAGNOSE,
    USERS = 1 << COMMAND_USERS,
    STAGES = 1 << COMMAND_STAGES,
    BOTH = LOAD | COMPARE,
    STARTS = COMPARE | SWEEP,
    MEASURES = BOTH | SWEEP | DIAGNOSE,
    SENDS = MEASURES | STAGES,
    ASKS = SENDS | USERS,
    WRITES = MEASURES | REPORT,
};

enum {
    PORT_MOST = 65535,
    ROUNDS_MOST = 1000,
    LARGE_MOST = 64,
    USERS_MOST = 1000,
    REQUESTS_MOST = 10000,
};

static const char *arrival_choice(size_t index)
{
    static const char *const names[] = {"open", "closed", "poisson", NULL};
    return names[index];
}

#define AT(member) offsetof(struct options, member)

/* One row after the other, its parts in the same order. */
/* clang-format off */
static const struct option_row rows[] = {
    {.name = "base-url", .argument = "URL", .standard = "http://localhost:8000", .commands = LOAD,
     .set = options_set_base_url,
     .help = "the server; a path in it comes before the endpoint, a query behind it"},
    {.name = "endpoint", .argument = "PATH", .standard = "/ping", .commands = LOAD,
     .set = options_set_endpoint, .help = "where requests go"},
    {.name = "vary", .argument = "CLASS.PART=LIST", .standard = "large.size=100KB,1MB,5MB,25MB",
     .commands = SWEEP, .kind = OPTION_TEXT, .at = AT(vary),
     .help = "what is varied, from less load to more: size, conns, rate or interval of a class; "
             "without =LIST where --between says the values"},
    {.name = "sizes", .argument = "LIST", .commands = SWEEP, .kind = OPTION_TEXT, .at = AT(sizes),
     .help = "short for --vary large.size=LIST"},
    {.name = "between", .argument = "A..B", .commands = SWEEP, .kind = OPTION_TEXT,
     .at = AT(between),
     .help = "look for the limit between two values, by halving: each system's own"},
    {.name = "steps", .argument = "N", .standard = "8", .commands = SWEEP, .kind = OPTION_COUNT,
     .at = AT(sweep.steps), .low = 3, .high = SWEEP_STEPS_MOST,
     .help = "of --between: the most values that are measured of a system, A and B among them"},
    {.name = "precision", .argument = "PERCENT", .standard = "10%", .commands = SWEEP,
     .set = options_set_precision,
     .help = "of --between: how far what was kept and what was not may be apart at the end"},
    {.name = "modes", .argument = "LIST", .standard = "select,threads", .commands = STARTS,
     .set = options_set_modes, .help = "modes of looplagd; all: every one it has"},
    {.name = "system", .aside = true, .argument = "LABEL:FLAGS", .commands = STARTS,
     .set = options_set_system,
     .help = "looplagd with these flags, under a name of your own, such as 'two "
             "lanes:--mode=threads --large-limit=2'; repeatable; instead of --modes, or beside "
             "them if they are given"},
    {.name = "target", .aside = true, .argument = "LABEL:URL", .commands = BOTH | SWEEP,
     .set = options_set_target,
     .help = "a server that runs already; repeatable and freely mixed with the others; a URL with "
             "a path is asked for as it is, unless endpoints below it are named"},
    {.name = "start", .aside = true, .argument = "LABEL:COMMAND", .commands = BOTH | SWEEP,
     .set = options_set_start,
     .help = "a server of your own, started for the run and told its {port}, such as "
             "'mine:uvicorn app:app --port {port}'; 'mine@8001:./server' names one that has its "
             "own; repeatable and freely mixed with the others"},
    {.name = "ready", .argument = "PATH", .commands = BOTH | SWEEP, .set = options_set_ready,
     .help = "a started server is ready when GET PATH answers 2xx, not as soon as it accepts "
             "connections"},
    {.name = "topology", .argument = "pods:N", .commands = STARTS, .set = options_set_topology,
     .help = "N looplagd of one loop each behind HAProxy, which must be installed; instead of "
             "--modes, or beside them"},
    {.name = "balance", .argument = "LIST", .standard = "roundrobin,leastconn", .commands = STARTS,
     .set = options_set_balance,
     .help = "how HAProxy chooses a pod, each a system of its own; also random, source, and "
             "split: bodies of 1 MB and more have a quarter of the pods alone"},
    {.name = "haproxy", .argument = "PATH", .standard = "haproxy", .file = true,
     .commands = STARTS, .kind = OPTION_TEXT, .at = AT(haproxy),
     .help = "HAProxy, in PATH, else where daemons are"},
    {.name = "peers", .argument = "FILE", .optional = true, .file = true, .commands = STARTS,
     .set = options_set_peers,
     .help = "also other servers: FastAPI and Node, each with its remedies, or those that FILE "
             "describes"},
    {.name = "endpoints", .argument = "LIST", .standard = "/ping,/stream",
     .commands = COMPARE, .set = options_set_endpoints,
     .help = "endpoints; all is " OPTIONS_ALL_ENDPOINTS},
    {.name = "endpoints", .argument = "LIST", .standard = "/ping", .commands = SWEEP,
     .set = options_set_endpoints, .help = "endpoints; all is " OPTIONS_ALL_ENDPOINTS},
    {.name = "duration", .argument = "TIME", .standard = "60", .commands = LOAD,
     .kind = OPTION_DURATION, .at = AT(duration_ns), .low = 1,
     .help = "for how long requests are sent"},
    {.name = "duration", .argument = "TIME", .standard = "12", .commands = COMPARE,
     .kind = OPTION_DURATION, .at = AT(duration_ns), .low = 1,
     .help = "with large requests, per system and endpoint; windows without them take half of "
             "that on top"},
    {.name = "duration", .argument = "TIME", .standard = "10", .commands = SWEEP,
     .kind = OPTION_DURATION, .at = AT(duration_ns), .low = 1,
     .help = "per value, system and endpoint"},
    {.name = "duration", .argument = "TIME", .standard = "60", .commands = DIAGNOSE,
     .kind = OPTION_DURATION, .at = AT(duration_ns), .low = NS_PER_S,
     .help = "at the most, replies that are awaited included; less where all is clear earlier"},
    {.name = "duration", .argument = "TIME", .standard = "0", .commands = USERS,
     .kind = OPTION_DURATION, .at = AT(duration_ns),
     .help = "tell only what comes within that time from now; 0: all since the server's start"},
    {.name = "top", .argument = "N", .standard = "10", .commands = USERS, .kind = OPTION_COUNT,
     .at = AT(top), .low = 1, .high = USERS_MOST,
     .help = "users that are told one by one, by the time that their requests held threads"},
    {.name = "requests", .argument = "N", .standard = "20", .commands = STAGES,
     .kind = OPTION_COUNT, .at = AT(requests), .low = 1, .high = REQUESTS_MOST,
     .help = "of each class, one after the other"},
    {.name = "most", .argument = "N", .standard = "16", .commands = DIAGNOSE, .kind = OPTION_COUNT,
     .at = AT(large_most), .low = 1, .high = LARGE_MOST,
     .help = "large requests in flight at the most"},
    {.name = "stop-at", .argument = "SHARE", .standard = "10%", .commands = DIAGNOSE,
     .set = options_set_stop_at,
     .help = "stop when more of the small or of the large requests than that fail"},
    {.name = "start-at", .aside = true, .argument = "TIME", .commands = LOAD,
     .set = options_set_start_at,
     .help = "wait until then: +5s, 14:30, 14:30:05 or RFC 3339"},
    {.name = "baseline", .commands = LOAD, .kind = OPTION_YES, .at = AT(baseline),
     .help = "measure without the large requests, too: in every round, for half as long on top, "
             "and say how much they hurt"},
    {.name = "rounds", .argument = "N", .commands = LOAD | SWEEP, .kind = OPTION_COUNT,
     .at = AT(rounds), .low = 1, .high = ROUNDS_MOST,
     .help = "parts the duration is cut into, 50ms or longer each (6 with a baseline and in a "
             "sweep, else 1)"},
    {.name = "rounds", .argument = "N", .standard = "6", .commands = COMPARE, .kind = OPTION_COUNT,
     .at = AT(rounds), .low = 1, .high = ROUNDS_MOST,
     .help = "parts the duration is cut into, 50ms or longer each; systems take turns"},
    {.name = "server", .argument = "PATH", .file = true, .commands = STARTS, .kind = OPTION_TEXT,
     .at = AT(server), .help = "looplagd (beside this program, else in PATH)"},
    {.name = "port", .argument = "N", .standard = "0", .commands = STARTS, .kind = OPTION_COUNT,
     .at = AT(port), .high = PORT_MOST, .help = "first of the servers' ports; 0: any free ones"},
    {.name = "small-size", .aside = true, .argument = "SIZE", .standard = "0.001",
     .commands = MEASURES,
     .set = options_set_small_size,
     .help = "body of the class 'small'; the default is 50 members, 1.1 kB"},
    {.name = "large-size", .aside = true, .argument = "SIZE", .standard = "25", .commands = SENDS,
     .set = options_set_large_size,
     .help = "body of the class 'large'; the default is 1,250,000 members, 27 MB"},
    {.name = "small-interval", .aside = true, .argument = "TIME", .standard = "0.1",
     .commands = LOAD,
     .kind = OPTION_DURATION, .at = AT(small.interval_ns),
     .help = "between planned small requests"},
    {.name = "small-interval", .aside = true, .argument = "TIME", .standard = "0.004",
     .commands = COMPARE,
     .kind = OPTION_DURATION, .at = AT(small.interval_ns),
     .help = "between planned small requests"},
    {.name = "small-interval", .aside = true, .argument = "TIME", .standard = "0.005",
     .commands = SWEEP,
     .kind = OPTION_DURATION, .at = AT(small.interval_ns),
     .help = "between planned small requests"},
    {.name = "small-interval", .aside = true, .argument = "TIME", .standard = "0.01",
     .commands = DIAGNOSE,
     .kind = OPTION_DURATION, .at = AT(small.interval_ns),
     .help = "between planned small requests, on average: they come at random"},
    {.name = "large-interval", .aside = true, .argument = "TIME", .standard = "1",
     .commands = BOTH | SWEEP,
     .kind = OPTION_DURATION, .at = AT(large.interval_ns),
     .help = "pause between large replies and requests"},
    {.name = "plan", .argument = "FILE", .aside = true, .file = true, .commands = BOTH | SWEEP,
     .kind = OPTION_TEXT, .at = AT(plan),
     .help = "classes, systems and options from a JSON file; the command line adds to them, and "
             "wins where both say one thing"},
    {.name = "print-plan", .aside = true, .commands = BOTH | SWEEP, .kind = OPTION_YES,
     .at = AT(print_plan), .help = "print the plan that the options amount to, and do nothing"},
    {.name = "class", .aside = true, .argument = "NAME:KEY=VALUE,...", .commands = SENDS,
     .set = options_set_class,
     .help = "a class of your own, repeatable; replaces small and large; size= or body=FILE, "
             "interval= or rate= (a second), conns=, endpoint=, arrival=open|closed|poisson, "
             "method=, type=, header=NAME=VALUE, expect=, large=yes|no"},
    {.name = "arrival", .aside = true, .argument = "KIND", .commands = BOTH | SWEEP,
     .set = options_set_arrival,
     .choice = arrival_choice,
     .help = "of every class that does not say its own; open sends at planned times, closed a "
             "pause after each reply (the original's way), poisson like open with random gaps"},
    {.name = "top-stalls", .argument = "N", .standard = "0", .commands = BOTH, .kind = OPTION_COUNT,
     .at = AT(top_stalls), .high = OPTIONS_TOP_STALLS_MOST,
     .help = "print the N slowest requests and the large ones that they met"},
    {.name = "exhibit", .commands = BOTH, .kind = OPTION_YES, .at = AT(exhibit),
     .help = "run a closed loop beside each open class and show what it would have reported"},
    {.name = "probe", .argument = "KEY=VALUE,...", .commands = BOTH, .set = options_set_probe,
     .help = "a health check beside the load: period= (1), timeout= (1), failures= (3) in a row "
             "for a restart, path= (/healthz)"},
    {.name = "slo", .repeats = true, .argument = "OBJECTIVE", .commands = BOTH | REPORT,
     .set = options_set_slo,
     .help = "such as small:p99<50ms, interference<2 or errors<0.1%; repeatable, a line each, "
             "exit 99 when one is not met"},
    {.name = "slo", .repeats = true, .argument = "OBJECTIVE", .commands = SWEEP,
     .set = options_set_slo,
     .help = "what is to be kept (small:p99<50ms), by the classes that are not large unless it "
             "names one; repeatable, all are to be kept"},
    {.name = "keepalive", .argument = "on|off", .optional = true, .commands = LOAD,
     .set = options_set_keepalive, .help = "reuse connections, else each request has its own"},
    {.name = "keepalive", .argument = "on|off|on,off", .optional = true, .commands = STARTS,
     .set = options_set_keepalive,
     .help = "reuse connections, else each request has its own; on,off measures each system with "
             "connections reused and without"},
    {.name = "header", .repeats = true, .letter = 'H', .argument = "LINE", .commands = ASKS,
     .set = options_set_header,
     .help = "add or replace a request header, repeatable, or @FILE with a header a line; not the "
             "body's Content-Length and Transfer-Encoding"},
    {.name = "unix-socket", .argument = "PATH", .file = true,
     .commands = LOAD | DIAGNOSE | USERS | STAGES,
     .kind = OPTION_TEXT, .at = AT(reach.unix_socket),
     .help = "connect to this socket, whatever the URL says; its host is still in the Host header"},
    {.name = "unix-socket", .argument = "PATH", .file = true, .commands = COMPARE | SWEEP,
     .kind = OPTION_TEXT, .at = AT(reach.unix_socket),
     .help = "connect to this socket for --target, of which there is one, whatever its URL says; "
             "its host is still in the Host header"},
    {.name = "cacert", .argument = "FILE", .file = true, .commands = ASKS, .kind = OPTION_TEXT,
     .at = AT(reach.cacert),
     .help = "certificates (PEM) to trust in https, instead of the system's"},
    {.name = "insecure", .commands = ASKS, .kind = OPTION_YES, .at = AT(reach.insecure),
     .help = "trust any certificate in https"},
    {.name = "cert", .argument = "FILE", .file = true, .commands = ASKS, .kind = OPTION_TEXT,
     .at = AT(reach.cert), .help = "the client's own certificate (PEM)"},
    {.name = "key", .argument = "FILE", .file = true, .commands = ASKS, .kind = OPTION_TEXT,
     .at = AT(reach.key), .help = "its key (PEM), where --cert does not hold it"},
    {.name = "http2", .commands = BOTH | SWEEP, .kind = OPTION_YES, .at = AT(reach.http2),
     .help = "send HTTP/2 (https only): the requests of a thread share one connection, which is "
             "kept alive"},
    {.name = "seed", .argument = "N", .standard = "1", .commands = SENDS, .set = options_set_seed,
     .help = "of the generated bodies"},
    {.name = "timeout", .argument = "TIME", .standard = "120", .commands = SENDS,
     .kind = OPTION_DURATION, .at = AT(timeout_ns), .low = NS_PER_MS, .help = "of one request"},
    {.name = "no-try", .commands = MEASURES, .kind = OPTION_YES, .at = AT(untried),
     .help = "measure without a look at one reply of each class first; without it what is not "
             "answered well (2xx) stops the run, and is shown; a plain load does not warm up "
             "then either: it sends nothing but what it counts"},
    {.name = "partial", .commands = REPORT, .kind = OPTION_YES, .at = AT(partial),
     .help = "go on without files that cannot be read, and say which (exit 1)"},
    {.name = "margin", .argument = "PERCENT", .standard = "10%", .commands = DIFF,
     .set = options_set_margin, .help = "what is still the same"},
    {.name = "exit-code", .commands = DIFF, .kind = OPTION_YES, .at = AT(exit_code),
     .help = "exit with 97 when something differs"},
    {.name = "output", .aside = true, .letter = 'o', .argument = "FILE", .file = true,
     .commands = WRITES | USERS | STAGES,
     .kind = OPTION_TEXT, .at = AT(output),
     .help = "where the result goes; - is the standard output"},
    {.name = "html", .aside = true, .argument = "FILE", .file = true, .commands = WRITES,
     .kind = OPTION_TEXT, .at = AT(html),
     .help = "also write a page with charts, tables and how to read them: one file that any "
             "browser opens, without a network"},
    {.name = "details", .aside = true, .commands = WRITES, .kind = OPTION_YES, .at = AT(details),
     .help = "tell everything, not only the answer: percentiles of every class, intervals, "
             "rankings, stalls, what the client says of itself"},
    {.name = "format", .aside = true, .argument = "FORMAT", .commands = BOTH,
     .set = options_set_format,
     .choice = options_format,
     .help = "of the result, by FILE's ending, else text; hgrm is a file per class, "
             "FILE-small.hgrm and so on, hlog HdrHistogram's log"},
    {.name = "format", .aside = true, .argument = "FORMAT", .commands = REPORT,
     .set = options_set_format,
     .choice = options_saved_format, .help = "of the result, by FILE's ending, else text"},
    {.name = "format", .aside = true, .argument = "FORMAT",
     .commands = SWEEP | DIAGNOSE | USERS | STAGES,
     .set = options_set_format,
     .choice = options_sweep_format, .help = "of the result, by FILE's ending, else text"},
    {.name = "format", .aside = true, .argument = "FORMAT", .commands = DIFF,
     .set = options_set_format,
     .choice = options_diff_format, .help = "of the verdicts, else text"},
    {.name = "quiet", .aside = true, .letter = 'q', .commands = SENDS, .kind = OPTION_YES,
     .at = AT(quiet),
     .help = "no progress on the standard error"},
    {.name = "help", .aside = true, .letter = 'h', .kind = OPTION_ACT, .help = "print this"},
};
/* clang-format on */

_Static_assert(ARRAY_LENGTH(rows) <= OPTION_ROWS_MOST, "an option has no place left");

static const struct option_command commands[] = {
    {"load", "send load to one server", LOAD, false},
    {"compare", "compare looplagd's modes and others", COMPARE, false},
    {"report", "print saved results, several as one", REPORT, true},
    {"diff", "say whether two results differ", DIFF, true},
    {"sweep", "find the load that keeps an objective", SWEEP, false},
    {"diagnose", "say what a server's concurrency is", DIAGNOSE, false},
    {"users", "say who sends large requests", USERS, false},
    {"stages", "say where a request's time goes", STAGES, false},
};

#define UNITS                                                                                      \
    "\nSizes: plain ones are MB as the original counts (50,000 members each); 1KiB and\n"          \
    "25MB are bytes. Times: plain ones are seconds; 500ms works.\n"

const struct options_command options_commands[] = {
    {COMMAND_LOAD, false, "[OPTION]...", "", UNITS, 0, 0},
    {COMMAND_COMPARE, false, "[OPTION]...", "", UNITS, 0, 0},
    {COMMAND_REPORT, false, "[OPTION]... FILE...",
     "Prints saved JSON results again. Several, of any machines and runs, become one:\n"
     "what has the same mode, endpoint and class is added up by its histograms. The\n"
     "same requests are never added twice: a file or a copy that is named again is\n"
     "refused.\n\n",
     "", 1, OPTIONS_FILES_MOST},
    {COMMAND_DIFF, false, "[OPTION]... A B",
     "Says of each class and percentile whether two saved JSON results differ:\n"
     "different, same, or can't tell. A round is one observation: both need at least\n"
     "5 (--rounds=6), of one length, and the same classes.\n\n",
     "", 2, 2},
    {COMMAND_SWEEP, false, "[OPTION]...",
     "Measures each system with large bodies of growing size, or with another part of\n"
     "the load that grows, and says the largest with which the small class keeps its\n"
     "objectives: the body limit that is safe.\n\n",
     UNITS, 0, 0},
    {COMMAND_DIAGNOSE, true, "[OPTION]... URL",
     "What is a server's concurrency, seen from outside? Sends small requests beside\n"
     "none, one, two and more large ones, and says which of them wait: like one event\n"
     "loop, N workers, threads, or a server that handles bodies as they come.\n\n",
     UNITS, 1, 1},
    {COMMAND_USERS, true, "[OPTION]... URL",
     "Who sends the large requests, and what do they cost the others? Reads /stats\n"
     "of a looplagd: for each user the requests, their sizes, for how long they held\n"
     "its threads, and for how long the requests of all others waited for that.\n\n",
     UNITS, 1, 1},
    {COMMAND_STAGES, true, "[OPTION]... URL",
     "Where does a request's time go? Sends large requests, one after the other, to\n"
     "any server that answers with the header Server-Timing, and says of each stage\n"
     "that it names how long it takes.\n\n",
     UNITS, 1, 1},
};

const struct option_table options_table = {rows, ARRAY_LENGTH(rows), commands,
                                           ARRAY_LENGTH(commands)};
