/*
 * target.h: the server that is measured. Its name is resolved once, before the
 * run, so that no request waits for DNS; the Host header keeps the name.
 */
#ifndef LOOPLAG_CLIENT_TARGET_H
#define LOOPLAG_CLIENT_TARGET_H

#include "plan/url.h"

enum { TARGET_ERROR_SIZE = 320 };

struct target {
    char base_url[URL_SIZE];   /**< without a trailing slash */
    char connect_to[URL_SIZE]; /**< "::ADDRESS:PORT" for CURLOPT_CONNECT_TO */
};

/** The URL is no http(s) URL: a usage error. */
#define TARGET_INVALID 1
/** The host's name has no address. */
#define TARGET_UNRESOLVED 2

/**
 * Parses and resolves a base URL. Returns 0, TARGET_INVALID or
 * TARGET_UNRESOLVED with one line of reason in `error`, or -ENOMEM.
 */
int target_init(struct target *target, const char *base_url, char error[TARGET_ERROR_SIZE]);

#endif
