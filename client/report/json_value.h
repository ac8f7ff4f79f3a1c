/*
 * json_value.h: numbers as they stand in every JSON document of the client.
 * What is not finite is null.
 */
#ifndef LOOPLAG_CLIENT_JSON_VALUE_H
#define LOOPLAG_CLIENT_JSON_VALUE_H

#include <jansson.h>
#include <stdint.h>

json_t *json_value_count(uint64_t value);

/** Three decimals (microseconds, where the unit is ms). */
json_t *json_value_real(double value);

/**
 * Nine decimals (ns, where the unit is s), so that a result that is read back (saved.h)
 * gives the same tables.
 */
json_t *json_value_exact(double value);

/** ns as ms with three decimals. */
json_t *json_value_ms(int64_t ns);

/** ns as ms and as seconds, to the last one. */
json_t *json_value_exact_ms(int64_t ns);
json_t *json_value_seconds(int64_t ns);

/** [low, high]; takes both. */
json_t *json_value_pair(json_t *low, json_t *high);

#endif
