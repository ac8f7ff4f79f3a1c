/*
 * daemon.h: the server's life: start in a mode, serve, drain, stop.
 */
#ifndef LOOPLAG_DAEMON_DAEMON_H
#define LOOPLAG_DAEMON_DAEMON_H

#include "daemon/listener.h"
#include "daemon/mode.h"
#include "http/http.h"

struct daemon_options {
    const struct mode *mode;
    enum poll_kind poll; /**< resolved: never POLL_AUTO */
    const char *host;
    uint16_t port;
    int64_t drain_timeout_ns;
    struct http_options http;
};

struct daemon {
    struct daemon_options options;
    struct listener listener;
    struct stats *stats;
    struct http http;
    struct http_loop loop;
    struct MHD_Daemon *mhd;
};

/** Positive result of daemon_serve: requests were cut off at the end. */
enum { DAEMON_CUT = 1 };

/**
 * Blocks SIGTERM and SIGINT for the process, listens and starts serving.
 * Returns 0, or negative after one logged line that says why; daemon_deinit
 * must follow in every case.
 */
int daemon_start(struct daemon *daemon, const struct daemon_options *options);

/**
 * Waits for SIGTERM or SIGINT, then drains: connections that the kernel has
 * accepted are served, every reply closes its connection, and when no request
 * is left the server stops. A second signal or the drain time-out stops it at
 * once. Returns 0 or DAEMON_CUT.
 */
int daemon_serve(struct daemon *daemon);

/** Stops what runs and frees it. Twice is fine. */
void daemon_deinit(struct daemon *daemon);

#endif
