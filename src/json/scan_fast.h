/* scan_fast.h: runs of plain characters and of plain members. */
#ifndef LOOPLAG_JSON_SCAN_FAST_H
#define LOOPLAG_JSON_SCAN_FAST_H

#include "json/scan_state.h"

/** Skips white space. */
const char *scan_fast_space(const char *at, const char *end);

/** Skips bytes that stand for themselves in a string: printable ASCII but '"' and '\'. */
const char *scan_fast_plain(const char *at, const char *end);

/**
 * Takes whole members of the common form (an ASCII key without escapes, an
 * integer, a comma; the last one without its brace) and counts them. Returns where
 * the first other one begins: after a comma, or at the brace after an integer.
 */
const char *scan_fast_members(const char *at, const char *end, struct scan_tally *tally);

#endif
