/* trial.c: see trial.h. */
#include "send/trial.h"

#include "base/clock.h"
#include "base/error.h"
#include "send/control.h"
#include "send/crew.h"
#include "send/runner.h"
#include "send/team.h"

#include <stdio.h>
#include <sys/socket.h>

#define LOOK_NS (50 * NS_PER_MS)
/* With a second try after one that was lost. */
#define CONNECT_MS 1900L
#define CONNECT_TLS_MS 10000L

static void transfer_deinit(struct transfer **transfer)
{
    transfer_free(*transfer);
}

/* Whether somebody has taken the connection. */
static bool is_connected(const struct sockets *sockets)
{
    struct sockaddr_storage peer;
    socklen_t length = sizeof peer;
    return getpeername(sockets->newest, (struct sockaddr *)&peer, &length) == 0;
}

static void give_up(struct transfer *transfer, struct sockets *sockets, CURLcode *code)
{
    *code = CURLE_OPERATION_TIMEDOUT;
    snprintf(transfer->words, sizeof transfer->words, "Failed to connect: %s",
             curl_easy_strerror(*code));
    curl_multi_remove_handle(sockets->multi, transfer->easy);
}

/*
 * Waits for the reply. That nobody has taken the connection is known sooner than libcurl tells it:
 * its own time for that has the handshake of TLS in it, which may be slow. Returns 0,
 * RUNNER_INTERRUPTED or RUNNER_STOPPED.
 */
static int await(const struct window *window, struct sockets *sockets, struct transfer *transfer,
                 CURLcode *code)
{
    bool connected = false;
    while (!sockets_next_done(sockets, code)) {
        connected = connected || is_connected(sockets);
        if (!connected && clock_now_ns() - transfer->sent_ns > CONNECT_MS * NS_PER_MS) {
            give_up(transfer, sockets, code);
            return 0;
        }
        if (control_wait(0))
            return RUNNER_INTERRUPTED;
        if (window->watch && window->watch(window->watched, 0))
            return RUNNER_STOPPED;
        int count = sockets_wait(sockets, clock_now_ns() + LOOK_NS);
        for (int i = 0; i < count; i++)
            sockets_act(sockets, i);
        sockets_act_on_time(sockets);
    }
    return 0;
}

static int run(const struct window *window, const struct transfer_config *config,
               struct sockets *sockets, struct trial *trial)
{
    CLEANUP(transfer_deinit)
    struct transfer *transfer = transfer_new(config, sockets);
    CURLcode code;
    if (!transfer)
        return -ENOMEM;
    curl_easy_setopt(transfer->easy, CURLOPT_CONNECTTIMEOUT_MS,
                     window->target->tls ? CONNECT_TLS_MS : CONNECT_MS);
    int r = transfer_begin(transfer, trial->id, clock_now_ns());
    if (r)
        return r;
    r = sockets_start(sockets, transfer->easy);
    if (r == 0)
        r = await(window, sockets, transfer, &code);
    if (r) {
        curl_multi_remove_handle(sockets->multi, transfer->easy);
        return r;
    }
    trial->outcome = transfer_end(transfer, code, clock_now_ns());
    trial->good = trial->outcome.kind == OUTCOME_OK;
    trial->failure = transfer_failure(transfer, code, &trial->outcome);
    return 0;
}

int trial_run(const struct window *window, const struct load *load, struct trial *trial)
{
    CLEANUP(crew_deinit)
    struct crew crew;
    CLEANUP(transfer_config_deinit)
    struct transfer_config config = team_config(window, load);
    CLEANUP(sockets_deinit)
    struct sockets sockets = {.multi = NULL};
    int r = crew_init(&crew);
    if (r == 0)
        r = sockets_init(&sockets, crew.stop_fd, &crew.connections);
    if (r == 0)
        r = transfer_config_init(&config);
    return r ? r : run(window, &config, &sockets, trial);
}
