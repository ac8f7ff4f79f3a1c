/*
 * difference.h: whether two runs differ, judged from their rounds.
 *
 * Requests of one round are correlated (one stall hits many), so the unit is
 * the round: each gives one value of a percentile. The logarithms of the two
 * sets of values are compared by Welch's interval for a difference of means
 * (Welch 1947; Georges, Buytaert and Eeckhout 2007 for this use), with the
 * degrees of freedom of the smaller set, which is conservative. Against a
 * margin that one would care about the interval says one of three things:
 * wholly outside is different, wholly inside is same (Schuirmann's two
 * one-sided tests, 1987), anything else cannot be told.
 */
#ifndef LOOPLAG_CLIENT_DIFFERENCE_H
#define LOOPLAG_CLIENT_DIFFERENCE_H

#include "analysis/interval.h"

#include <stdbool.h>
#include <stddef.h>

/** With fewer rounds on either side nothing is told. */
#define DIFFERENCE_ROUNDS_LEAST INTERVAL_ROUNDS_LEAST

enum difference_verdict { DIFFERENCE_CANNOT_TELL, DIFFERENCE_SAME, DIFFERENCE_DIFFERENT };

struct difference {
    double first; /**< geometric mean of the first run's rounds; 0 without rounds */
    double second;
    double ratio; /**< second ÷ first; 0 when not known */
    bool bounded; /**< low and high, of the ratio, are known */
    double low;
    double high;
    enum difference_verdict verdict;
};

/**
 * Compares the rounds' values, all above 0. `risk` (0 to 1) is the chance that
 * the interval misses the truth, `margin` the ratio - 1 that is still the same
 * (0.1: from 1/1.1 to 1.1).
 */
struct difference difference_of(const double *first, size_t first_count, const double *second,
                                size_t second_count, double risk, double margin);

/**
 * The ratio, above 1, that two runs of so many rounds each would be told to
 * differ by with a chance of 80 %, when logarithms have this variance of their
 * mean on either side: the margin and (t of the risk + t of 80 %) standard errors
 * (H. S. Bloom, Minimum Detectable Effects, Evaluation Review 19, 1995). 0 when
 * nothing is told from so few rounds.
 */
double difference_least_seen(double variance_of_mean, size_t rounds, double risk, double margin);

/** "different", "same" or "can't tell". */
const char *difference_name(enum difference_verdict verdict);

#endif
