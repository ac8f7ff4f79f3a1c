/*
 * json_probe.h: what a health check beside the load found, in the JSON result,
 * written and read back.
 */
#ifndef LOOPLAG_CLIENT_JSON_PROBE_H
#define LOOPLAG_CLIENT_JSON_PROBE_H

#include "send/probe.h"

#include <jansson.h>

/** Null when no probe was wanted. */
json_t *json_probe(const struct probe_result *probe);

/** Reads that back. */
void json_probe_read(const json_t *object, struct probe_result *probe);

#endif
