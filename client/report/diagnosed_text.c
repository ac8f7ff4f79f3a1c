/* diagnosed_text.c: see diagnosed.h and diagnosed_text.h. */
#include "report/diagnosed_text.h"

#include "base/error.h"
#include "plan/secret.h"
#include "report/answer.h"
#include "report/ms.h"
#include "report/text_table.h"

#include <math.h>
#include <string.h>

/* Kinds that are less likely are not named. */
#define LIKELY_LEAST 0.1

/* "3 workers" or "about 9 workers (8 to 11)". */
static void append_workers(const struct diagnosis *diagnosis, struct buffer *out)
{
    bool exact = diagnosis->workers_low == diagnosis->workers_high;
    buffer_append_format(out, "%s%u workers", exact ? "" : "about ", diagnosis->workers);
    if (!exact)
        buffer_append_format(out, " (%u to %u)", diagnosis->workers_low, diagnosis->workers_high);
}

/* ", but ... slower", or what is said when they are not. */
static void append_slower(const struct diagnosis *diagnosis, const char *why, const char *never,
                          struct buffer *out)
{
    if (diagnosis->slower_from == 0) {
        buffer_append_text(out, never);
        return;
    }
    buffer_append_format(out, ", but small ones are %.1f x slower from %u in flight on",
                         diagnosis->slower, diagnosis->slower_from);
    if (diagnosis->slower_at_most > 1.5 * diagnosis->slower)
        buffer_append_format(out, ", %.1f x with %u", diagnosis->slower_at_most, diagnosis->tried);
    buffer_append_text(out, why);
}

static void tell_one_loop(const struct diagnosed *diagnosed, struct buffer *out)
{
    buffer_append_format(out,
                         "behaves like one event loop: one large request stops everybody for %s ms",
                         ms_text(diagnosed->diagnosis->hold_ms).text);
}

static void tell_blind(const struct diagnosed *diagnosed, struct buffer *out)
{
    const struct diagnosis *diagnosis = diagnosed->diagnosis;
    buffer_append_text(out, "behaves like ");
    append_workers(diagnosis, out);
    buffer_append_format(out,
                         " chosen blindly: with k large requests at work k/%u of the small ones "
                         "wait, one large request alone stops them for %s ms",
                         diagnosis->workers, ms_text(diagnosis->hold_ms).text);
}

static void tell_idle(const struct diagnosed *diagnosed, struct buffer *out)
{
    const struct diagnosis *diagnosis = diagnosed->diagnosis;
    buffer_append_text(out, "behaves like ");
    append_workers(diagnosis, out);
    buffer_append_format(out,
                         ", least busy chosen: nobody waits until %u large requests are at work, "
                         "then everybody does",
                         diagnosis->workers);
}

static void tell_threads(const struct diagnosed *diagnosed, struct buffer *out)
{
    buffer_append_format(out,
                         "behaves like threads: nobody is stuck with up to %u large requests "
                         "in flight",
                         diagnosed->diagnosis->tried);
    append_slower(diagnosed->diagnosis, " (cores, or an interpreter lock)",
                  ", and small ones are not slower", out);
}

static void tell_streams(const struct diagnosed *diagnosed, struct buffer *out)
{
    buffer_append_format(out,
                         "streams: large bodies are handled as they come, and nobody is stuck with "
                         "up to %u in flight",
                         diagnosed->diagnosis->tried);
    append_slower(diagnosed->diagnosis, " (the server or this client is busy)",
                  ": no effect on small ones", out);
}

/* "threads (49 %), workers_idle (49 %)": what it may be. */
static void append_likely(const struct diagnosis *diagnosis, struct buffer *out)
{
    const char *before = "";
    for (int kind = 0; kind < DIAGNOSIS_KINDS; kind++) {
        if (kind == DIAGNOSIS_UNCLEAR || diagnosis->probability[kind] < LIKELY_LEAST)
            continue;
        buffer_append_format(out, "%s%s (%.0f %%)", before,
                             diagnosed_kind((enum diagnosis_kind)kind),
                             100 * diagnosis->probability[kind]);
        before = ", ";
    }
}

static void tell_unclear(const struct diagnosed *diagnosed, struct buffer *out)
{
    const struct diagnosis *diagnosis = diagnosed->diagnosis;
    const struct exposure *first = exposures_first(diagnosed->exposures);
    bool counted = diagnosis->probability[DIAGNOSIS_UNCLEAR] < 1;
    buffer_append_text(out, "can't be told apart from outside: ");
    if (!first)
        buffer_append_text(out, "no large request was answered in time; send smaller ones, or "
                                "measure for longer");
    else if (counted && diagnosis->probability[DIAGNOSIS_UNCLEAR] >= DIAGNOSIS_LEAST)
        buffer_append_text(out, "what was counted fits no pattern");
    else if (counted) {
        buffer_append_format(out, "with up to %u large requests it may be ", diagnosis->tried);
        append_likely(diagnosis, out);
        buffer_append_text(out, "; measure for longer");
    } else if (first->in_hand_ms < first->patience_ms)
        buffer_append_format(out,
                             "a large request is over in %s ms, too soon beside what small ones "
                             "take at times without it; send larger ones",
                             ms_text(first->in_hand_ms).text);
    else
        buffer_append_text(out, "too few small requests met large ones; measure for longer");
}

static const struct kind_text {
    const char *name;
    void (*tell)(const struct diagnosed *diagnosed, struct buffer *out);
    const char *advice;
} kinds[DIAGNOSIS_KINDS] = {
    [DIAGNOSIS_UNCLEAR] = {"unclear", tell_unclear,
                           "Look at the figures, or try other sizes and a longer --duration."},
    [DIAGNOSIS_ONE_LOOP] = {"one_loop", tell_one_loop,
                            "What would help: parse large bodies away from what serves everybody "
                            "(other processes, or threads that hold no common lock), parse them as "
                            "they come, or limit their size."},
    [DIAGNOSIS_BLIND] = {"workers_blind", tell_blind,
                         "What would help: give each connection to the least busy worker (one "
                         "shared listening socket, or a balancer that counts requests in flight). "
                         "More workers alone only make the share that waits smaller."},
    [DIAGNOSIS_IDLE] = {"workers_idle", tell_idle,
                        "What would help: let fewer large requests in at a time than there are "
                        "workers, so that one is always free for small ones."},
    [DIAGNOSIS_THREADS] =
        {"threads", tell_threads,
         "What would help where small ones are slower: fewer large requests at a "
         "time, or more cores. Each large one takes memory while it is worked on."},
    [DIAGNOSIS_STREAMS] = {"streams", tell_streams,
                           "Nothing needs help here as long as bodies are handled as they come."},
};

const char *diagnosed_kind(enum diagnosis_kind kind)
{
    return kinds[kind].name;
}

const char *diagnosed_advice(const struct diagnosis *diagnosis)
{
    return kinds[diagnosis->kind].advice;
}

const char *diagnosed_end(enum climb_end end)
{
    static const char *const names[] = {[CLIMB_ON] = "interrupted",
                                        [CLIMB_SURE] = "sure",
                                        [CLIMB_MOST] = "most",
                                        [CLIMB_TIME] = "time",
                                        [CLIMB_SUFFERS] = "suffers"};
    return names[end];
}

void diagnosed_url(const char *url, struct buffer *out)
{
    const char *host = strstr(url, "://");
    host = host ? host + strlen("://") : url;
    size_t length = strcspn(host, "/?");
    const char *user = memrchr(host, '@', length);
    buffer_append(out, url, (size_t)(host - url));
    secret_mask(user ? user + 1 : host, out);
}

void diagnosed_sentence(const struct diagnosed *diagnosed, struct buffer *out)
{
    diagnosed_url(diagnosed->url, out);
    buffer_append_text(out, " ");
    kinds[diagnosed->diagnosis->kind].tell(diagnosed, out);
    buffer_append_text(out, ".");
}

static void append_confidence(const struct diagnosis *diagnosis, struct buffer *out)
{
    if (diagnosis->kind == DIAGNOSIS_UNCLEAR)
        return;
    if (diagnosis->confidence >= DIAGNOSIS_SURE)
        buffer_append_text(out, " Confidence: over 99 %.");
    else
        buffer_append_format(out, " Confidence: %.0f %%.", floor(100 * diagnosis->confidence));
}

static void append_load(const struct diagnosed *diagnosed, struct buffer *out)
{
    const struct ladder *ladder = diagnosed->ladder;
    const struct cell *cells = ladder->result.cells;
    answer_class(cells[ladder->small].class, cells[ladder->small].body_bytes, DIMENSION_NONE, out);
    buffer_append_format(out,
                         "Large: %.3g MB, kept in flight. Each request has a connection of its "
                         "own.\n",
                         (double)cells[ladder->large].body_bytes / 1e6);
}

static void add_share(struct text_table *table, uint64_t part, uint64_t whole)
{
    if (whole)
        text_table_add(table, "%.0f %%", 100.0 * (double)part / (double)whole);
    else
        text_table_add(table, "-");
}

static void add_ms(struct text_table *table, double ms, bool known)
{
    text_table_add(table, "%s", known ? ms_text(ms).text : "-");
}

static void append_table(const struct exposures *exposures, struct buffer *out)
{
    static const char *const titles[] = {"In flight", "Large ms", "Small p50", "p99",
                                         "Met",       "Stuck",    "Slowed",    "Failed"};
    struct text_table table;
    text_table_init(&table, ARRAY_LENGTH(titles), exposures->count, titles);
    for (size_t i = 0; i < exposures->count; i++) {
        const struct exposure *row = &exposures->rows[i];
        text_table_add(&table, "%u", row->large);
        add_ms(&table, row->large_ms, row->large_ms > 0);
        add_ms(&table, row->small.median, row->small.count);
        add_ms(&table, row->small.p99, row->small.count);
        text_table_add(&table, "%llu", (unsigned long long)row->met_all);
        add_share(&table, row->stuck_all, row->met_all);
        add_share(&table, row->slowed, row->met_all);
        uint64_t failed = row->small_failed + row->large_failed;
        text_table_add(&table, "%llu", (unsigned long long)failed);
    }
    text_table_tell(&table, out);
    text_table_deinit(&table);
}

/* Why it ended, where that says how far the answer goes. */
static void append_end(const struct diagnosed *diagnosed, struct buffer *out)
{
    const struct exposures *exposures = diagnosed->exposures;
    if (diagnosed->end == CLIMB_TIME)
        buffer_append_text(out, "The time was over before more could be tried (--duration).\n");
    if (diagnosed->end == CLIMB_ON)
        buffer_append_text(out, "It was interrupted: this is what was measured by then.\n");
    for (size_t i = 0; diagnosed->end == CLIMB_SUFFERS && i < exposures->count; i++) {
        const struct exposure *row = &exposures->rows[i];
        if (row->small_failed + row->large_failed)
            buffer_append_format(
                out,
                "With %u large at a time %llu of %llu large and %llu of %llu small "
                "requests failed, so it ended there (--stop-at).\n",
                row->large, (unsigned long long)row->large_failed,
                (unsigned long long)row->large_sent, (unsigned long long)row->small_failed,
                (unsigned long long)row->small_sent);
    }
    if (!exposures_are_timely(exposures))
        buffer_append_text(out, "Not trustworthy: the client itself read replies late. Use another "
                                "machine for it, or a quiet one.\n");
}

void diagnosed_text(const struct diagnosed *diagnosed, struct buffer *out)
{
    diagnosed_sentence(diagnosed, out);
    append_confidence(diagnosed->diagnosis, out);
    buffer_append_text(out, "\n\n");
    append_load(diagnosed, out);
    buffer_append_text(out,
                       "\nTimes are in ms, of the large requests their median; stuck and slowed "
                       "are shares of the small ones that met large ones at work.\n\n");
    append_table(diagnosed->exposures, out);
    buffer_append_text(out, "\n");
    append_end(diagnosed, out);
    buffer_append_format(out, "%s\n", diagnosed_advice(diagnosed->diagnosis));
}
