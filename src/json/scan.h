/*
 * scan.h: an incremental scanner for the parameter of param.h.
 *
 * A push parser: bytes in, in pieces of any size, "more", "done" or "violation
 * at byte n" out. It validates all of RFC 8259 and the model, keeps the count
 * and the maximum, and no body: what it holds is its own fixed state and the
 * name. It does no I/O and knows nothing of HTTP.
 *
 * Its users: /stream feeds it a request's chunks as they arrive, /await does so beside jansson,
 * and /ping and /pong run it over a body that jansson or the binding refused, so that all
 * endpoints report the same violations with the same byte offsets.
 *
 * It accepts what jansson's json_loadb accepts under JSON_DECODE_ANY and what
 * the model allows, with two exceptions, both deliberate:
 *
 *   - A NUL byte is refused wherever it stands; jansson overlooks some.
 *   - Members of data that share a key are each counted and judged, as sent;
 *     jansson keeps the last. (Of top-level keys the last wins in both.)
 */
#ifndef LOOPLAG_JSON_SCAN_H
#define LOOPLAG_JSON_SCAN_H

#include "json/scan_state.h"

/** Positive result: the body is not valid JSON or not the model. */
enum { SCAN_VIOLATION = 1 };

/** Starts a scan that takes a name of up to `max_name` bytes. Allocates nothing; cannot fail. */
void scan_init(struct scan *scan, size_t max_name);

/** Frees what the scan holds. A zeroed scan is accepted; twice is fine. */
void scan_deinit(struct scan *scan);

/**
 * Takes the next bytes. Returns 0 (go on), SCAN_VIOLATION when the bytes so
 * far can't begin a JSON text (further bytes are then ignored), or -ENOMEM.
 */
int scan_feed(struct scan *scan, const char *bytes, size_t length);

/** Whether a number was seen that no int64_t or double holds: jansson does not take such a text. */
bool scan_has_oversize(const struct scan *scan);

/**
 * Ends the scan. Returns 0 and fills *summary (its name is borrowed from the
 * scan, until scan_deinit), or SCAN_VIOLATION and fills *violations, or
 * -ENOMEM. Call once.
 */
int scan_finish(struct scan *scan, struct param_summary *summary, struct violations *violations);

#endif
