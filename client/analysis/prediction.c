/* prediction.c: see prediction.h. */
#include "analysis/prediction.h"

#include <math.h>

double prediction_periodic_wait(double hold, double period, double p)
{
    double share = hold / period;
    return p <= 1 - share ? 0 : hold * (1 - (1 - p) / share);
}

/*
 * Erlang: P(wait <= x) = (1 - a) * sum over k <= x/S of
 * exp(-rate (kS - x)) * (rate (kS - x))^k / k!, with a = rate * S. The terms
 * alternate and lose digits as x/S grows, so beyond EXACT holds the tail goes
 * on geometrically, as M/D/1's does.
 */
enum { EXACT = 12 };

static double erlang(double hold, double period, double wait)
{
    double rate = 1 / period;
    double sum = 0;
    for (int k = 0; k <= (int)(wait / hold); k++) {
        double u = rate * (k * hold - wait); /* <= 0 */
        double term = k == 0 ? 1 : pow(u, k) / tgamma(k + 1.0);
        sum += exp(-u) * term;
    }
    return (1 - rate * hold) * sum;
}

static double poisson_tail(double hold, double period, double wait)
{
    double edge = EXACT * hold;
    if (wait <= edge)
        return 1 - erlang(hold, period, wait);
    double last = 1 - erlang(hold, period, edge);
    double before = 1 - erlang(hold, period, edge - hold);
    return last * pow(last / before, (wait - edge) / hold);
}

double prediction_poisson_wait(double hold, double period, double p)
{
    double low = 0;
    double high = hold;
    if (poisson_tail(hold, period, 0) <= 1 - p)
        return 0;
    while (poisson_tail(hold, period, high) > 1 - p && high < 1e6 * hold)
        high *= 2;
    for (int i = 0; i < 60; i++) {
        double middle = (low + high) / 2;
        if (poisson_tail(hold, period, middle) > 1 - p)
            low = middle;
        else
            high = middle;
    }
    return high;
}

struct prediction prediction_make(const struct prediction_input *input)
{
    double hold = input->hold;
    double period = input->period;
    struct prediction out = {.share = hold / period};
    double (*wait)(double, double, double) =
        input->poisson ? prediction_poisson_wait : prediction_periodic_wait;
    out.overloaded = out.share >= 1;
    if (out.overloaded)
        return out;
    out.mean =
        input->idle + input->hold_squared / (2 * period) / (input->poisson ? 1 - out.share : 1);
    out.p50 = input->idle + wait(hold, period, 0.50);
    out.p90 = input->idle + wait(hold, period, 0.90);
    out.p99 = input->idle + wait(hold, period, 0.99);
    return out;
}
