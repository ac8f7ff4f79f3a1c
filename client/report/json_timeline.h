/*
 * json_timeline.h: the requests of a window (send/timeline.h) inside the JSON
 * result, so that a saved one can be drawn, and read back. "points" is base64
 * of a zlib stream of numbers in ZigZag LEB128: first the times of all points
 * in us, each from the one before (the first from the window's start), then
 * how long each took in us, ~us of one that failed.
 */
#ifndef LOOPLAG_CLIENT_JSON_TIMELINE_H
#define LOOPLAG_CLIENT_JSON_TIMELINE_H

#include "plan/json_in.h"
#include "send/timeline.h"

#include <jansson.h>

/** Sets "requests" of a window. */
void json_timeline_set(json_t *window, const struct timeline *timeline);

/** Reads it, where there is one, into an empty time line. */
void json_timeline_read(const struct json_in *window, struct timeline *timeline);

/** The numbers of "points" as an array, by turns a point's time and what it took. */
json_t *json_timeline_numbers(const struct timeline *timeline);

#endif
