/*
 * target.h: the server that is measured. Its name is resolved once, before the
 * run, so that no request waits for DNS; the Host header keeps the name.
 */
#ifndef LOOPLAG_CLIENT_TARGET_H
#define LOOPLAG_CLIENT_TARGET_H

#include "base/buffer.h"
#include "plan/reach.h"
#include "plan/url.h"

#include <curl/curl.h>
#include <stdbool.h>

enum { TARGET_ERROR_SIZE = 320 };

struct target {
    char base_url[URL_SIZE];   /**< without its query */
    char query[URL_SIZE];      /**< without the '?'; "": none */
    char connect_to[URL_SIZE]; /**< "::ADDRESS:PORT" for CURLOPT_CONNECT_TO; "": as the URL says */
    bool tls;
    struct reach reach;
};

/** The URL is no http(s) URL, or what it takes to reach it cannot be used: a usage error. */
#define TARGET_INVALID 1
/** The host's name has no address. */
#define TARGET_UNRESOLVED 2

/**
 * Parses and resolves a base URL; `reach`, whose texts are borrowed, may be NULL. Returns 0,
 * TARGET_INVALID or TARGET_UNRESOLVED with one line of reason in `error`, or a negative errno.
 */
int target_init(struct target *target, const char *base_url, const struct reach *reach,
                char error[TARGET_ERROR_SIZE]);

/** A server at an address that needs no resolving, over HTTP/1.1, whatever certificate it has. */
struct target target_plain(const char *base_url);

/**
 * Appends the URL of an endpoint, which is a path and may have a query: it follows the base URL's
 * path, and the base URL's query follows its own. With an empty one that is the base URL as it was
 * typed, otherwise slashes at the end of the base URL's path are left out.
 */
void target_append_url(const struct target *target, const char *endpoint, struct buffer *out);

/**
 * Tells a libcurl handle how the target is reached. *connect_to, NULL at first, is made where it is
 * needed; it may be shared, must outlive the handles and is freed by curl_slist_free_all. Returns 0
 * or -ENOMEM.
 */
int target_setup(const struct target *target, CURL *easy, struct curl_slist **connect_to);

#endif
