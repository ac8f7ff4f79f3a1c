/*
 * start_time.h: when a run is to start, as typed: a moment that several
 * clients on several machines can be given alike.
 */
#ifndef LOOPLAG_CLIENT_START_TIME_H
#define LOOPLAG_CLIENT_START_TIME_H

#include <stdint.h>

/**
 * Parses an RFC 3339 date-time, a local HH:MM or HH:MM:SS (the next one to
 * come) or "+" and a duration, relative to `now_ns`. Both times are wall-clock
 * ns since 1970. Returns 0, or -EINVAL for anything else and for what is past.
 */
int start_time_parse(const char *text, int64_t now_ns, int64_t *wall_ns);

#endif
