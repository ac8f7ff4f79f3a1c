/*
 * ranking.h: the systems of a comparison in order, by what their users feel
 * and by what they cost, from the rounds of the run.
 *
 * A system is better than another in something when it is so by 10 % or more
 * with confidence (difference.h; the risk of 5 % is shared by all comparisons
 * of a system). Its rank is 1 and the number of those that are better, so
 * systems that the run cannot tell apart share a rank.
 */
#ifndef LOOPLAG_CLIENT_RANKING_H
#define LOOPLAG_CLIENT_RANKING_H

#include <stdbool.h>
#include <stddef.h>

struct cell;
struct cell_findings;
struct result;
struct subject;

#define RANKING_RISK 0.05
#define RANKING_MARGIN 0.1

enum ranking_criterion {
    RANKING_SMALL,      /**< response time of the first light class, ms; see percent */
    RANKING_LARGE,      /**< response time of the first heavy class, ms; see median */
    RANKING_THROUGHPUT, /**< bodies of heavy classes that were answered, MB/s; more is better */
    RANKING_MEMORY,     /**< peak of all processes, MB */
    RANKING_CPU_LARGE,  /**< server time per large request, ms */
    RANKING_CPU_SMALL,  /**< server time per small request without large ones, ms */
    RANKING_CRITERIA
};

struct ranking_value {
    bool known;
    bool at_least;  /**< `value` is the least that it can be (percentile.h), as some of `rounds` */
    double value;   /**< of all rounds */
    double *rounds; /**< those above 0, whole ones; owned */
    size_t round_count;
    size_t rank; /**< from 1; 0 when there are too few rounds to tell */
};

struct ranking_row {
    const struct subject *subject; /**< borrowed, as the next two */
    const struct cell *small;      /**< NULL: none */
    const struct cell *large;
    bool trustworthy;   /**< the client kept to its plan */
    bool baseline_late; /**< it was not, without large requests either */
    double failed;      /**< share of its large requests that were not answered well */
    struct ranking_value values[RANKING_CRITERIA];
};

struct ranking {
    struct ranking_row *rows;      /**< the best in RANKING_SMALL first; owned */
    size_t count;                  /**< 0: nothing to rank */
    double percent;                /**< of RANKING_SMALL: the highest that all have samples for */
    bool median;                   /**< RANKING_LARGE is the median, not the mean */
    size_t round_count;            /**< the fewest of a known value */
    double seen[RANKING_CRITERIA]; /**< the least ratio that this run would have shown with a
                                        chance of 80 %; 0: not known */
    bool *better;                  /**< see ranking_is_better; owned */
};

/** What a criterion is called in a table, and in JSON ("memory_mb"). */
struct ranking_title {
    const char *title;
    const char *key;
    bool more_is_better;
};
extern const struct ranking_title ranking_titles[RANKING_CRITERIA];

/**
 * Ranks the subjects of a result, from what was found of its cells. With fewer than three, or no
 * large class, there is nothing to rank. Returns 0 or -ENOMEM.
 */
int ranking_make(struct ranking *ranking, const struct result *result,
                 const struct cell_findings *cells);

/** Frees everything. Zeroed ones are accepted; twice is fine. */
void ranking_deinit(struct ranking *ranking);

/** Whether row `i` is better than row `j`, in a criterion. */
bool ranking_is_better(const struct ranking *ranking, enum ranking_criterion criterion, size_t i,
                       size_t j);

#endif
