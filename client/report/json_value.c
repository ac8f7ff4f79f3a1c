/* json_value.c: see json_value.h. */
#include "report/json_value.h"

#include "base/clock.h"

#include <math.h>

json_t *json_value_count(uint64_t value)
{
    return json_integer((json_int_t)value);
}

json_t *json_value_real(double value)
{
    return isfinite(value) ? json_real(round(value * 1e3) / 1e3) : json_null();
}

json_t *json_value_exact(double value)
{
    return isfinite(value) ? json_real(round(value * 1e9) / 1e9) : json_null();
}

json_t *json_value_ms(int64_t ns)
{
    return json_value_real(clock_ms(ns));
}

json_t *json_value_exact_ms(int64_t ns)
{
    return json_value_exact(clock_ms(ns));
}

json_t *json_value_seconds(int64_t ns)
{
    return json_value_exact((double)ns / (double)NS_PER_S);
}

json_t *json_value_pair(json_t *low, json_t *high)
{
    return json_pack("[o, o]", low, high);
}
