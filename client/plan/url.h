/*
 * url.h: the base URL of a server, as typed: its form and its parts. Nothing
 * is resolved here.
 */
#ifndef LOOPLAG_CLIENT_URL_H
#define LOOPLAG_CLIENT_URL_H

#include <stdbool.h>

enum { URL_SIZE = 1024 };

/** The parts of an http or https URL; owned. A zeroed one is valid and empty. */
struct url {
    char *scheme;
    char *host; /**< an IPv6 address in brackets */
    char *port; /**< the scheme's own when the text has none */
};

/**
 * Takes a base URL apart: http or https with "://", without fragment, blanks and quotes (which end
 * a URL wherever secrets are masked), shorter than half of URL_SIZE; it may have a query. Returns
 * whether it is one. url_deinit frees the parts, also when it is none.
 */
bool url_parse(struct url *url, const char *text);

/** Frees the parts. Twice is fine. */
void url_deinit(struct url *url);

/** Whether url_parse takes the text. */
bool url_is_base(const char *text);

/** What stands behind the host of a base URL: its path, its query, or the end of the text. */
const char *url_path(const char *text);

#endif
