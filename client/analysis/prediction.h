/*
 * prediction.h: what queueing theory says small requests wait on one event
 * loop that large requests hold. Pure arithmetic; the sources:
 *
 * Periodic holds of length S every T: of requests at any moment the share S/T
 * meets a hold, and waits for the rest of it, uniform on (0, S): renewal
 * theory's residual time (Cox, Renewal Theory, 1962, ch. 5). So P(wait > x) =
 * (S - x) / T.
 *
 * Poisson arrivals of holds: the wait met at any moment is the workload of an
 * M/G/1 queue. Its mean is Pollaczek and Khinchine's, rate * E[S^2] / (2 (1 -
 * share)), and for holds of one length its distribution Erlang's of M/D/1
 * (1909; Gross and Harris, Fundamentals of Queueing Theory, 5.1).
 */
#ifndef LOOPLAG_CLIENT_PREDICTION_H
#define LOOPLAG_CLIENT_PREDICTION_H

#include <stdbool.h>

/** What is known of the large class and of an idle small request; times in ms. */
struct prediction_input {
    double hold;         /**< S, the mean */
    double hold_squared; /**< the mean of S^2; S * S when all are alike */
    double period;       /**< T, from one large request to the next, the mean */
    bool poisson;        /**< their gaps are exponential */
    double idle;         /**< what a small request takes when nothing is in its way */
};

/** `p` between 0 and 1. */
struct prediction {
    double share;    /**< S/T: of the time the loop is held; 1 and more: it can never keep up */
    bool overloaded; /**< share >= 1 with arrivals that do not wait: waits grow without end */
    double mean;
    double p50;
    double p90;
    double p99;
};

/** Predicts the response times of small requests. */
struct prediction prediction_make(const struct prediction_input *input);

/** The wait that a share `p` (0 to 1) of requests does not exceed, in ms. */
double prediction_periodic_wait(double hold, double period, double p);

/** The same for Poisson arrivals of holds of one length; share below 1. */
double prediction_poisson_wait(double hold, double period, double p);

#endif
