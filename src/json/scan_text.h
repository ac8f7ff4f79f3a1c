/* scan_text.h: strings, as they are sent and as they are meant. */
#ifndef LOOPLAG_JSON_SCAN_TEXT_H
#define LOOPLAG_JSON_SCAN_TEXT_H

#include "json/scan_state.h"

/** Begins a string; its opening quote was taken. */
void scan_text_begin(struct scan *scan, bool is_key, enum scan_sink sink, bool keeps_raw);

/**
 * Takes a string's bytes and its closing quote. When it has ended, scan->state is SCAN_COLON (it
 * was a key) or SCAN_AFTER_VALUE.
 */
const char *scan_text_feed(struct scan *scan, const char *at, const char *end);

#endif
