/* help.c: the help texts of options.h, as long as they are worth reading. */
#include "plan/options.h"

#define LOAD_OPTIONS                                                                               \
    "  --small-size SIZE       body of the class 'small' (0.001: 50 members, 1.1 kB)\n"            \
    "  --large-size SIZE       body of the class 'large' (25: 1,250,000 members, 27 MB)\n"

#define CLASS_OPTIONS                                                                              \
    "  --large-interval TIME   pause between large replies and requests (1)\n"                     \
    "  --class NAME:KEY=VALUE,...\n"                                                               \
    "                          a class of your own, repeatable; replaces small and large.\n"       \
    "                          size= or body=FILE, interval= or rate= (a second), conns=,\n"       \
    "                          endpoint=, arrival=open|closed|poisson\n"                           \
    "  --arrival open|closed|poisson\n"                                                            \
    "                          of every class that does not say its own; open: at planned\n"       \
    "                          times, closed: a pause after each reply (the original's way),\n"    \
    "                          poisson: open with random gaps\n"                                   \
    "  --top-stalls N          print the N slowest requests and the large ones that they met\n"    \
    "  --exhibit               run a closed loop beside each open class and show what it\n"        \
    "                          would have reported\n"                                              \
    "  --probe KEY=VALUE,...   a health check beside the load: period= (1), timeout= (1),\n"       \
    "                          failures= (3) in a row for a restart, path= (/healthz)\n"           \
    "  --slo OBJECTIVE         such as small:p99<50ms, interference<2 or errors<0.1%;\n"           \
    "                          repeatable, a line each, exit 99 when one is not met\n"             \
    "  --keepalive             reuse connections (default: one a request)\n"                       \
    "  -H, --header LINE       add or replace a request header, repeatable; not the body's\n"      \
    "                          Content-Length and Transfer-Encoding\n"                             \
    "  --seed N                of the generated bodies (1)\n"                                      \
    "  --timeout TIME          of one request (120)\n"                                             \
    "  -o, --output FILE       where the result goes; - is the standard output\n"                  \
    "  --format text|json|csv|hgrm|hlog\n"                                                         \
    "                          of the result (by FILE's ending, else text); hgrm: a file per\n"    \
    "                          class, FILE-small.hgrm...; hlog: HdrHistogram's log\n"              \
    "  -q, --quiet             no progress on the standard error\n"                                \
    "  -h, --help              this text\n"                                                        \
    "\n"                                                                                           \
    "Sizes: plain ones are MB as the original counts (50,000 members each); 1KiB and\n"            \
    "25MB are bytes. Times: plain ones are seconds; 500ms works.\n"

static const char overview[] =
    "usage: looplag load [OPTION]...      send load to a server and report its latencies\n"
    "       looplag compare [OPTION]...   start looplagd in several modes and compare them\n"
    "       looplag report FILE...        print saved results again, several as one\n"
    "       looplag diff A B              say whether two saved results differ\n"
    "       looplag sweep [OPTION]...     find the largest body that keeps an objective\n"
    "       looplag help [COMMAND]\n"
    "       looplag --version\n"
    "\n"
    "How much do your large requests hurt your small ones? looplag sends several\n"
    "classes of traffic at once and measures each from its planned send time.\n"
    "\n"
    "exit status: 0 ok, 1 the run failed, 2 usage, 98 not trustworthy (the client was late:\n"
    "send lag p99 over 10 % of a class's median and the machine's own lateness; or over 5 %\n"
    "of a plan was unsent), 99 an objective was not met, 130 interrupted (what was measured\n"
    "is printed and saved)\n";

static const char load[] =
    "usage: looplag load [OPTION]...\n"
    "\n"
    "  --base-url URL          the server (http://localhost:8000)\n"
    "  --endpoint PATH         where requests go (/ping)\n"
    "  --duration TIME         for how long requests are sent (60)\n"
    "  --start-at TIME         wait until then: +5s, 14:30, 14:30:05 or RFC 3339\n"
    "  --baseline              measure without the large requests, too: in every round, for\n"
    "                          half as long on top, and say how much they hurt\n"
    "  --rounds N              parts the duration is cut into, 50ms or longer each (4 with a\n"
    "                          baseline, else 1)\n" LOAD_OPTIONS
    "  --small-interval TIME   between planned small requests (0.1)\n" CLASS_OPTIONS;

static const char compare[] =
    "usage: looplag compare [OPTION]...\n"
    "\n"
    "  --modes LIST            modes of looplagd (select,threads); all: every one it has\n"
    "  --system 'LABEL:FLAGS'  looplagd with these flags, under a name of your own, such as\n"
    "                          'two lanes:--mode=threads --large-limit=2'; repeatable;\n"
    "                          instead of --modes, or beside them if they are given\n"
    "  --topology pods:N       N looplagd of one loop each behind HAProxy, which must be\n"
    "                          installed; instead of --modes, or beside them\n"
    "  --balance LIST          how HAProxy chooses a pod, each a system of its own\n"
    "                          (roundrobin,leastconn); also random, source, and split:\n"
    "                          bodies of 1 MB and more have a quarter of the pods alone\n"
    "  --haproxy PATH          HAProxy (in PATH, else where daemons are)\n"
    "  --peers[=FILE]          also other servers: FastAPI (async def, def, 4 gunicorn\n"
    "                          workers) and Node, or those that FILE describes\n"
    "  --endpoints LIST        endpoints (/ping,/pong,/stream), which is what all means\n"
    "  --keepalive=on,off      measure each system with connections reused and without\n"
    "  --duration TIME         with large requests, per system and endpoint (9); windows\n"
    "                          without them take half of that on top\n"
    "  --rounds N              parts the duration is cut into, 50ms or longer each; systems\n"
    "                          take turns (4)\n"
    "  --server PATH           looplagd (beside this program, else in PATH)\n"
    "  --port N                first of the servers' ports (0: any free ones)\n" LOAD_OPTIONS
    "  --small-interval TIME   between planned small requests (0.004)\n" CLASS_OPTIONS;

static const char report[] =
    "usage: looplag report [OPTION]... FILE...\n"
    "\n"
    "Prints saved JSON results again. Several, of any machines and runs, become one:\n"
    "what has the same mode, endpoint and class is added up by its histograms. The same\n"
    "requests are never added twice: a file or a copy that is named again is refused.\n"
    "\n"
    "  -o, --output FILE       where the result goes; - is the standard output\n"
    "  --slo OBJECTIVE         to judge it by, such as small:p99<50ms; repeatable\n"
    "  --format text|json|hgrm|hlog\n"
    "                          of the result (by FILE's ending, else text)\n"
    "  -h, --help              this text\n";

static const char diff[] =
    "usage: looplag diff [OPTION]... A B\n"
    "\n"
    "Says of each class and percentile whether two saved JSON results differ: different,\n"
    "same, or can't tell. Both need rounds (--rounds=6): a round is one observation.\n"
    "\n"
    "  --margin PERCENT        what is still the same (10%)\n"
    "  -h, --help              this text\n";

static const char sweep[] =
    "usage: looplag sweep [OPTION]...\n"
    "\n"
    "Starts looplagd in each mode with large bodies of growing size, and says the largest\n"
    "at which the small class keeps its objectives: the body limit that is safe.\n"
    "\n"
    "  --sizes LIST            of the large body, growing (100KB,1MB,5MB,25MB)\n"
    "  --slo OBJECTIVE         (small:p99<50ms); repeatable, all are to be kept\n"
    "  --modes LIST, --system 'LABEL:FLAGS'\n"
    "                          what is started, as of compare (select,threads)\n"
    "  --endpoints LIST        endpoints (/ping)\n"
    "  --duration TIME         per size, mode and endpoint (10)\n"
    "  --small-interval TIME   between planned small requests (0.005)\n"
    "  --small-size, --large-interval, --rounds, --arrival, --keepalive, --header, --seed,\n"
    "  --timeout, --server, --port, --quiet\n"
    "                          as of compare, --keepalive without a value\n"
    "  -o, --output FILE       where the result goes; - is the standard output\n"
    "  --format text|json      of the result (by FILE's ending, else text)\n"
    "  -h, --help              this text\n";

const char *options_help(enum command topic)
{
    switch (topic) {
    case COMMAND_LOAD:
        return load;
    case COMMAND_COMPARE:
        return compare;
    case COMMAND_REPORT:
        return report;
    case COMMAND_DIFF:
        return diff;
    case COMMAND_SWEEP:
        return sweep;
    default:
        return overview;
    }
}
