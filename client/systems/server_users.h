/*
 * server_users.h: what a looplagd tells of its users at GET /stats: who sent what, and for how
 * long that held its threads.
 */
#ifndef LOOPLAG_CLIENT_SERVER_USERS_H
#define LOOPLAG_CLIENT_SERVER_USERS_H

#include "send/target.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SERVER_USERS_MOST = 1000, SERVER_USER_SIZE = 80, SERVER_USERS_ERROR_SIZE = 256 };

/** One user, or several together. */
struct server_user {
    char name[SERVER_USER_SIZE];
    double error_s; /**< the user has held threads for so much longer, at the most */
    uint64_t requests;
    uint64_t large;
    uint64_t limited;
    uint64_t bytes;
    uint64_t largest;
    double held_s;        /**< of loops and handlers */
    double loop_s;        /**< of loops */
    double loop_square_s; /**< the sum of the squares of their callbacks, in s^2 */
};

struct server_users {
    char named_by[16];        /**< "token", "header" or "address" */
    double time_s;            /**< for how long it was counted */
    bool since_start;         /**< of the server */
    uint64_t loops;           /**< event loops; 0: each connection has a thread */
    double error_s;           /**< nobody who is not told has held threads for longer */
    struct server_user *rows; /**< owned; whoever held threads the longest comes first */
    size_t count;
    struct server_user others;
};

/** The server tells no users. */
#define SERVER_USERS_UNTOLD 1

/** The server was started anew between two answers: what came in between is not known. */
#define SERVER_USERS_RESTARTED 2

/** Reads the text of a /stats reply. Returns 0, SERVER_USERS_UNTOLD or -ENOMEM, and why. */
int server_users_parse(const char *text, size_t length, struct server_users *users,
                       char error[SERVER_USERS_ERROR_SIZE]);

/**
 * Asks for /stats. Returns 0, SERVER_USERS_UNTOLD or -ENOMEM, and why; server_users_deinit must
 * follow in every case.
 */
int server_users_fetch(const struct target *target, const char *const *headers,
                       struct server_users *users, char error[SERVER_USERS_ERROR_SIZE]);

/** Adds what was counted; the larger of both largest bodies is the largest. */
void server_user_add(struct server_user *sum, const struct server_user *user);

/**
 * Leaves what came after `before` was read, at least `elapsed_s` earlier. Returns 0, or
 * SERVER_USERS_RESTARTED and leaves all as it is.
 */
int server_users_forget(struct server_users *users, const struct server_users *before,
                        double elapsed_s);

/** Twice is fine. */
void server_users_deinit(struct server_users *users);

#endif
