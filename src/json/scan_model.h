/* scan_model.h: what the values mean to the parameter. */
#ifndef LOOPLAG_JSON_SCAN_MODEL_H
#define LOOPLAG_JSON_SCAN_MODEL_H

#include "json/scan_state.h"

/** Where the key that begins goes. */
enum scan_sink scan_model_key_sink(const struct scan *scan);

/** A key has ended. */
void scan_model_key(struct scan *scan);

/** A value begins: finds its role and forgets what an earlier one of it said. */
void scan_model_begin(struct scan *scan);

/** A scalar has ended, or a container begins. */
void scan_model_value(struct scan *scan, enum scan_type type);

/** The text is complete: adds its violations, or when there are none fills in its summary. */
void scan_model_finish(const struct scan *scan, struct param_summary *summary,
                       struct violations *violations);

#endif
