/*
 * json_probe.h: what a health check beside the load found, in the JSON result,
 * written and read back.
 */
#ifndef LOOPLAG_CLIENT_JSON_PROBE_H
#define LOOPLAG_CLIENT_JSON_PROBE_H

#include "plan/json_in.h"
#include "send/probe.h"

#include <jansson.h>

/** Null when no probe was wanted. */
json_t *json_probe(const struct probe_result *probe);

/**
 * Reads the member "probe" of a result or a subject, which earlier versions did
 * not write.
 */
void json_probe_read(const struct json_in *in, struct probe_result *probe);

#endif
