/*
 * user_report.h: who sends a server its large requests, and what they cost the others: for people
 * (Markdown) and as JSON (docs/users.schema.json).
 */
#ifndef LOOPLAG_CLIENT_USER_REPORT_H
#define LOOPLAG_CLIENT_USER_REPORT_H

#include "base/buffer.h"
#include "systems/server_users.h"

#include <jansson.h>

/** Appends a table of the first `top` users and of the rest, and what it comes to. */
void user_report_text(const struct server_users *users, unsigned top, struct buffer *out);

/** The same with all users, as a JSON document; NULL without memory. `url` is as typed. */
json_t *user_report_json(const struct server_users *users, const char *url);

#endif
