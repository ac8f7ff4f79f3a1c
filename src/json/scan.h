/*
 * scan.h: an incremental scanner for the parameter of param.h.
 *
 * A push parser: bytes in, in pieces of any size, "more", "done" or "violation
 * at byte n" out. It validates all of RFC 8259 and the model, keeps the count
 * and the maximum, and no body: what it holds is its own fixed state and the
 * name. It does no I/O and knows nothing of HTTP.
 *
 * Two users: /stream feeds it a request's chunks as they arrive, and /ping and
 * /pong run it over a body that jansson or the binding refused, so that all
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

#include "base/buffer.h"
#include "json/param.h"

/** Positive result: the body is not valid JSON or not the model. */
enum { SCAN_VIOLATION = 1 };

/*
 * From here to scan_init: private. The states and who owns which field are
 * told in scan_private.h.
 */
enum {
    SCAN_TEXT_MAX = VIOLATION_FIELD_SIZE - 4, /* bytes kept of a key or a value */
    SCAN_INPUT_SIZE = SCAN_TEXT_MAX + 8,      /* with quotes, "..." and a NUL */
    SCAN_STAMP_SIZE = 40,
    SCAN_UNIT_SIZE = 12, /* the longest character as sent: a pair of escapes */
};

struct scan_capture {
    char text[VIOLATION_FIELD_SIZE];
    uint8_t length;
    bool cut;
};

struct scan_remark {
    size_t at;
    enum violation_kind kind;
    char key[VIOLATION_FIELD_SIZE];
    char input[SCAN_INPUT_SIZE];
};

struct scan_size_remark {
    struct scan_remark remark;
    bool in_data;
    char field[VIOLATION_FIELD_SIZE];
};

struct scan_slot {
    bool seen; /* of the body: it is an object */
    bool wrong;
    enum violation_kind kind;
    char input[SCAN_INPUT_SIZE];
};

struct scan_string {
    uint8_t state;
    uint8_t sink;
    bool is_key;
    bool keeps_raw;
    uint8_t expected; /* continuation bytes of UTF-8, or hex digits, to come */
    uint8_t low;      /* what the next continuation byte may be */
    uint8_t high;
    uint16_t code; /* the \u escape in progress */
    uint16_t lead; /* the first half of a surrogate pair, or 0 */
    uint8_t unit_length;
    char unit[SCAN_UNIT_SIZE]; /* the character in progress, as sent */
};

struct scan_number {
    uint8_t state;
    bool negative;
    bool too_big;       /* magnitude is no longer valid */
    bool significant;   /* a digit other than 0 was seen */
    int8_t order;       /* digits against those of the limit: -1, 0, 1 */
    bool down;          /* the exponent is negative */
    size_t digits;      /* significant ones */
    int64_t point;      /* the number is 0.DIGITS * 10^(point + exponent) */
    int64_t exponent;   /* magnitude of the exponent, saturated */
    uint64_t magnitude; /* of an integer */
};

struct scan_tally {
    size_t count;
    int64_t maximum;
};

struct scan {
    size_t taken; /* bytes of the chunks before this one */
    size_t invalid_at;
    const char *reason;
    size_t value_at;     /* where the value in progress began */
    const char *literal; /* what is still to come of true, false or null */
    uint8_t literal_type;
    uint8_t state;
    uint8_t role;
    uint8_t field_role;
    bool in_members; /* inside the top-level data object, at any depth */
    uint16_t open;   /* containers */
    uint8_t objects[PARAM_MAX_DEPTH / 8];

    struct scan_string string;
    struct scan_number number;
    struct scan_tally tally;
    struct scan_capture field;
    struct scan_capture key;
    struct scan_capture raw;
    struct buffer name;
    char stamp[SCAN_STAMP_SIZE];
    uint8_t stamp_length;
    bool has_timestamp;
    int64_t timestamp_ns;

    struct scan_slot body;
    struct scan_slot name_slot;
    struct scan_slot data;
    struct scan_slot timestamp;
    size_t members_found;
    size_t members_oversize; /* of members_found, those of a size violation */
    size_t sizes_kept;
    size_t sizes_found;

    /* From here on nothing is read before it was written: it is not zeroed. */
    struct scan_remark members[VIOLATIONS_MAX];
    struct scan_size_remark sizes[VIOLATIONS_MAX];
};

/** Starts a scan. Cannot fail and allocates nothing. */
void scan_init(struct scan *scan);

/** Frees what the scan holds. A zeroed scan is accepted; twice is fine. */
void scan_deinit(struct scan *scan);

/**
 * Takes the next bytes. Returns 0 (go on), SCAN_VIOLATION when the bytes so
 * far can't begin a JSON text (further bytes are then ignored), or -ENOMEM.
 */
int scan_feed(struct scan *scan, const char *bytes, size_t length);

/**
 * Ends the scan. Returns 0 and fills *summary (its name is borrowed from the
 * scan, until scan_deinit), or SCAN_VIOLATION and fills *violations, or
 * -ENOMEM. Call once.
 */
int scan_finish(struct scan *scan, struct param_summary *summary, struct violations *violations);

#endif
