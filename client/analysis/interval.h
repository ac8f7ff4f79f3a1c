/*
 * interval.h: what is said of a figure that each round of a run gives anew, and
 * Student's t, for every interval in the program.
 *
 * Requests of one round are correlated (one stall hits many), rounds are not:
 * the round is the unit. A ratio is one round's window with the large classes
 * against the same round's window without them, so drift of the machine hits
 * both (paired). Ratios are taken as logarithms, on which they scatter evenly:
 * the figure is their geometric mean, its 95 % interval Student's ("Student",
 * The Probable Error of a Mean, Biometrika 6, 1908; of logarithms: Limpert,
 * Stahel and Abbt, Log-normal Distributions across the Sciences, BioScience 51,
 * 2001). What can be negative is taken as it is. `./run bench --only coverage` shows how often it
 * holds the truth.
 */
#ifndef LOOPLAG_CLIENT_INTERVAL_H
#define LOOPLAG_CLIENT_INTERVAL_H

#include <stdbool.h>
#include <stddef.h>

/** With fewer rounds there is no interval. */
#define INTERVAL_ROUNDS_LEAST 3

/** A figure and its 95 % interval. */
struct estimate {
    bool known;
    bool at_least; /**< known, and the truth is `value` or more; then there is no interval */
    double value;
    bool bounded; /**< low and high are known */
    double low;
    double high;
};

/** The mean of what the rounds say; unknown without rounds. */
struct estimate interval_of_values(const double *values, size_t count);

/**
 * What all rounds together have of one thing, `parts`, for each of another,
 * `wholes`: their sums' quotient. Its interval is that of a ratio estimator,
 * Student's of what the rounds deviate from it (Cochran, Sampling Techniques,
 * 1977, 6.4). Unknown when the wholes are nothing.
 */
struct estimate interval_of_quotient(const double *parts, const double *wholes, size_t count);

/** The geometric mean of the rounds' ratios, all above 0. */
struct estimate interval_of_ratios(const double *ratios, size_t count);

/** 1 or -1 where a ratio is shown to be above or below 1: its interval is known and does not hold
 * 1. Else 0. */
int interval_direction(const struct estimate *ratio);

/** Whether a ratio is shown to be another than 1. */
bool interval_shows_change(const struct estimate *ratio);

/** Whether a difference is not shown to be another than 0: its interval is known and holds 0. */
bool interval_holds_zero(const struct estimate *difference);

/** The mean of logarithms, and the variance of that mean. */
struct moments {
    double mean;
    double variance_of_mean; /**< 0 with fewer than two values */
};

/**
 * Of the logarithms of `count` values above 0. Values are known to three
 * digits: the variance is never less than that leaves open.
 */
struct moments interval_moments(const double *values, size_t count);

/**
 * How far from its middle, on both sides, Student's t with `degrees` >= 1 of
 * freedom lies with a probability of 1 - risk.
 */
double interval_student(double risk, size_t degrees);

#endif
