/* user_costs.c: see user_costs.h. */
#include "analysis/user_costs.h"

#include <math.h>

struct server_user user_costs_sum(const struct server_users *users)
{
    struct server_user sum = users->others;
    for (size_t i = 0; i < users->count; i++)
        server_user_add(&sum, &users->rows[i]);
    return sum;
}

struct user_cost user_cost_of(const struct server_users *users, const struct server_user *user)
{
    const struct server_user all = user_costs_sum(users);
    const double loop_time_s = users->time_s * (double)users->loops;
    struct user_cost cost = {.others = all.requests - user->requests,
                             .held_share = all.held_s > 0 ? user->held_s / all.held_s : 0};
    if (loop_time_s <= 0 || user->loop_s <= 0)
        return cost;
    const double mean_s = user->loop_square_s / (2 * loop_time_s);
    cost.chance = fmin(user->loop_s / loop_time_s, 1);
    cost.if_met_ms = user->loop_square_s / (2 * user->loop_s) * 1e3;
    cost.mean_ms = mean_s * 1e3;
    cost.others_s = mean_s * (double)cost.others;
    return cost;
}
