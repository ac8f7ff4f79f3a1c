/*
 * user_costs.h: what each user's requests cost the requests of all others, from what the server
 * counted.
 *
 * A request that comes to an event loop while another one's callback holds it waits for the rest
 * of that. One that comes at random meets the holds of a user with the chance that they take up
 * of the time, and then a long one rather than a short one: it waits half of the sum of their
 * squares by their sum. On average over all requests that is the sum of the squares by twice the
 * time. Where there are several loops, each is met as often as any other; a balancer that knows
 * which is busy does better. What queues behind what waits is not counted. Where each
 * connection has a thread, nobody waits for a loop.
 */
#ifndef LOOPLAG_CLIENT_USER_COSTS_H
#define LOOPLAG_CLIENT_USER_COSTS_H

#include "systems/server_users.h"

struct user_cost {
    uint64_t others;   /**< requests of all others */
    double held_share; /**< of all time that threads were held, 0 to 1 */
    double chance;     /**< that a request of another one meets a hold, 0 to 1 */
    double if_met_ms;  /**< what it waits then, on average */
    double mean_ms;    /**< what it waits on average, met or not */
    double others_s;   /**< what all of them waited, together */
};

/** Of one of the users' rows, or of `others`. */
struct user_cost user_cost_of(const struct server_users *users, const struct server_user *user);

/** All of them together: requests, and times that threads were held. */
struct server_user user_costs_sum(const struct server_users *users);

#endif
