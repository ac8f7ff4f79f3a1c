/* scan_number.h: numbers of any length. */
#ifndef LOOPLAG_JSON_SCAN_NUMBER_H
#define LOOPLAG_JSON_SCAN_NUMBER_H

#include "json/scan_state.h"

/** Begins a number; its first byte was not taken. */
void scan_number_begin(struct scan *scan);

/** Takes a number's bytes. When it has ended, scan->state is SCAN_AFTER_VALUE. */
const char *scan_number_feed(struct scan *scan, const char *at, const char *end);

/** The text is over: ends a number that can end there, as scan_number_feed does. */
void scan_number_finish(struct scan *scan);

/** Whether a number that has ended is an integer or a real. */
enum scan_type scan_number_type(const struct scan_number *number);

/** The value of an integer that is not oversize. */
int64_t scan_number_value(const struct scan_number *number);

/** Whether no int64_t (an integer) or double (a real) holds the number. */
bool scan_number_is_oversize(const struct scan_number *number, enum scan_type type);

#endif
