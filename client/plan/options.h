/*
 * options.h: what the command line of a command asks for, complete. Nothing is
 * read, opened or resolved here. options_parse.h makes it.
 */
#ifndef LOOPLAG_CLIENT_OPTIONS_H
#define LOOPLAG_CLIENT_OPTIONS_H

#include "base/clock.h"
#include "plan/class.h"
#include "plan/probe_plan.h"
#include "plan/reach.h"
#include "plan/slo.h"
#include "plan/sweep_plan.h"
#include "plan/system_spec.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum command {
    COMMAND_HELP,
    COMMAND_VERSION,
    COMMAND_LOAD,
    COMMAND_COMPARE,
    COMMAND_REPORT,
    COMMAND_DIFF,
    COMMAND_SWEEP,
    COMMAND_DIAGNOSE,
    COMMAND_USERS,
    COMMAND_STAGES,
    COMMAND_OPTION_ROWS /**< for the build: man pages and completions */
};

enum format {
    FORMAT_TEXT,
    FORMAT_MARKDOWN,
    FORMAT_JSON,
    FORMAT_CSV,
    FORMAT_HGRM,
    FORMAT_HLOG,
    FORMATS
};

enum {
    OPTIONS_FILES_MOST = 256,
    OPTIONS_LIST_MOST = 16,
    OPTIONS_TOP_STALLS_MOST = 100,
    OPTIONS_WORD_SIZE = 256,
    OPTIONS_ERROR_SIZE = 384
};

/** What --endpoints=all means: those that take the model. */
#define OPTIONS_ALL_ENDPOINTS "/ping,/pong,/stream,/await"

/** A round, the part of the duration that one window lasts, is never shorter. */
#define OPTIONS_ROUND_LEAST_NS (50 * NS_PER_MS)

struct options {
    enum command command;
    enum command topic; /**< of COMMAND_HELP; COMMAND_HELP itself for the overview */
    enum format format;
    enum arrival arrival; /**< of the classes that do not say their own */
    unsigned rounds;      /**< parts the duration is cut into */
    unsigned top_stalls;  /**< how many are told one by one */
    unsigned port;        /**< of the servers that are started; 0: the kernel chooses */
    unsigned pods;        /**< compare and sweep: behind HAProxy; 0: none */

    bool quiet;
    bool details;         /**< everything is told, not only the answer */
    bool untried;         /**< no request is sent to see whether it is answered well */
    bool keepalive;       /**< connections are reused */
    bool both_keepalives; /**< compare and sweep: each system with and without */
    bool baseline;        /**< in every round a window without the large classes, too */
    bool exhibit;         /**< a closed loop runs beside every open class that is not large */
    bool peers;           /**< compare and sweep: other servers, too */
    bool partial;         /**< report only: files that cannot be read are told and left out */
    bool exit_code;       /**< diff only: a difference is an exit code of its own */

    struct traffic_class classes[CLASS_MOST];
    size_t class_count;
    const char *headers[OPTIONS_LIST_MOST + 1]; /**< NULL-terminated; borrowed, as from argv */
    size_t header_count;
    char **owned; /**< texts of files that others point into */
    size_t owned_count;
    struct reach reach; /**< of servers that run already; texts are borrowed */
    int64_t duration_ns;
    int64_t timeout_ns;
    uint64_t seed;
    struct slo slos[OPTIONS_LIST_MOST]; /**< texts borrowed from argv */
    size_t slo_count;
    const char *output; /**< NULL without -o; borrowed from argv */
    const char *html;   /**< where a page goes; NULL: there is none; borrowed */
    const char *plan;   /**< a file that says what the command line doesn't; NULL: none; borrowed */
    bool print_plan;    /**< nothing is done but to print what all this amounts to */
    const char *printed_plan;

    struct probe_plan probe; /**< load and compare */
    const char *start_at;    /**< load only, as the next two; NULL: at once; borrowed */
    const char *base_url;    /**< borrowed */
    const char *endpoint;    /**< borrowed */

    char modes[OPTIONS_LIST_MOST][OPTIONS_WORD_SIZE]; /**< compare and sweep, as the next;
                                                           "all" is all that looplagd has */
    size_t mode_count;
    struct system_spec systems[OPTIONS_LIST_MOST]; /**< beside the modes; load has one at most */
    size_t system_count;
    const char *ready; /**< of those that are started: answers 2xx then; NULL: accepting will do */
    char balances[OPTIONS_LIST_MOST][OPTIONS_WORD_SIZE];
    size_t balance_count;
    const char *haproxy;    /**< of pods: a name or a path; borrowed */
    const char *peers_file; /**< NULL: this project's own peers; borrowed */
    char endpoints[OPTIONS_LIST_MOST][OPTIONS_WORD_SIZE];
    size_t endpoint_count;
    bool endpoints_given; /**< they, or load's, are no default */
    const char *server;   /**< NULL: look for looplagd */

    const char *files[OPTIONS_FILES_MOST]; /**< report and diff: saved results; borrowed */
    size_t file_count;
    const char *vary, *sizes, *between; /**< sweep only, as typed, as the next; borrowed */
    struct sweep_plan sweep;
    double margin;       /**< diff only: what is still the same, as a share of 1 */
    unsigned large_most; /**< diagnose only: large requests in flight */
    double stop_at;      /**< diagnose only: failed requests that end it, as a share of 1 */
    unsigned top;        /**< users only: how many are told one by one */
    unsigned requests;   /**< stages only: of each class */

    struct traffic_class small; /**< the standard classes, unless there is a --class */
    struct traffic_class large;
    char reason[CLASS_ERROR_SIZE]; /**< what is wrong with an option, while it is parsed */
};

#endif
