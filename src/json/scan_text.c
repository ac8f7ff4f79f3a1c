/*
 * scan_text.c: strings, as they are sent and as they are meant: escapes,
 * surrogate pairs and UTF-8, checked byte by byte so that the first byte that
 * can't stand where it does is known, and the places where characters go.
 */
#include "json/scan_text.h"

#include "json/scan_capture.h"
#include "json/scan_fast.h"

#include <string.h>

enum text_state {
    TEXT_PLAIN,
    TEXT_UTF8,          /* inside a character of several bytes */
    TEXT_ESCAPE,        /* after '\' */
    TEXT_HEX,           /* after "\u" */
    TEXT_LOW_BACKSLASH, /* after the first half of a surrogate pair */
    TEXT_LOW_U,
};

/*
 * A timestamp may have any number of decimals, of which the first nine count:
 * dropping the later ones changes neither its value nor whether it is one.
 */
static bool is_spare_decimal(const struct scan *scan, char byte)
{
    enum { POINT = sizeof("2026-11-22T13:05:59") - 1, DECIMALS = 9 };
    if (scan->stamp_length != POINT + 1 + DECIMALS || scan->stamp[POINT] != '.')
        return false;
    for (int i = 1; i <= DECIMALS; i++)
        if (scan->stamp[POINT + i] < '0' || scan->stamp[POINT + i] > '9')
            return false;
    return byte >= '0' && byte <= '9';
}

/* A text longer than any timestamp fills the space, and is none. */
static void stamp_run(struct scan *scan, const char *bytes, size_t length)
{
    for (size_t i = 0; i < length && scan->stamp_length < SCAN_STAMP_SIZE; i++)
        if (!is_spare_decimal(scan, bytes[i]))
            scan->stamp[scan->stamp_length++] = bytes[i];
}

/* Of a name that is too long nothing is kept but that it is. */
static void take_name(struct scan *scan, const char *bytes, size_t length)
{
    if (length > scan->max_name - scan->name.length) {
        scan->long_name = true;
        buffer_deinit(&scan->name);
    }
    if (!scan->long_name && buffer_append(&scan->name, bytes, length))
        scan->state = SCAN_NO_MEMORY;
}

/* Hands over characters as meant; `whole` is one that can't be cut. */
static void sink_characters(struct scan *scan, const char *bytes, size_t length, bool whole)
{
    switch ((enum scan_sink)scan->string.sink) {
    case SCAN_SINK_NONE:
        break;
    case SCAN_SINK_FIELD:
        (whole ? scan_capture_unit : scan_capture_run)(&scan->field, bytes, length);
        break;
    case SCAN_SINK_KEY:
        (whole ? scan_capture_unit : scan_capture_run)(&scan->key, bytes, length);
        break;
    case SCAN_SINK_NAME:
        take_name(scan, bytes, length);
        break;
    case SCAN_SINK_STAMP:
        stamp_run(scan, bytes, length);
        break;
    }
}

void scan_text_begin(struct scan *scan, bool is_key, enum scan_sink sink, bool keeps_raw)
{
    scan->state = SCAN_IN_STRING;
    scan->string.state = TEXT_PLAIN;
    scan->string.is_key = is_key;
    scan->string.sink = (uint8_t)sink;
    scan->string.keeps_raw = keeps_raw;
    if (sink == SCAN_SINK_FIELD)
        scan_capture_clear(&scan->field);
    else if (sink == SCAN_SINK_KEY)
        scan_capture_clear(&scan->key);
    if (keeps_raw)
        scan_capture_clear(&scan->raw);
}

static void begin_unit(struct scan *scan, char byte, enum text_state state)
{
    scan->string.state = (uint8_t)state;
    scan->string.unit[0] = byte;
    scan->string.unit_length = 1;
}

/* The unit is complete; it means the given bytes. */
static void end_unit(struct scan *scan, const char *meaning, size_t length)
{
    struct scan_string *string = &scan->string;
    if (string->keeps_raw)
        scan_capture_unit(&scan->raw, string->unit, string->unit_length);
    string->state = TEXT_PLAIN;
    sink_characters(scan, meaning, length, true);
}

static void begin_utf8(struct scan *scan, char byte)
{
    struct scan_string *string = &scan->string;
    uint8_t lead = (uint8_t)byte;
    if (lead < 0xC2 || lead > 0xF4) {
        scan_refuse(scan, "not UTF-8");
        return;
    }
    begin_unit(scan, byte, TEXT_UTF8);
    string->expected = lead < 0xE0 ? 1 : lead < 0xF0 ? 2 : 3;
    /* Not overlong, no surrogates, nothing over U+10FFFF. */
    string->low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
    string->high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
}

static void take_utf8(struct scan *scan, char byte)
{
    struct scan_string *string = &scan->string;
    if ((uint8_t)byte < string->low || (uint8_t)byte > string->high) {
        scan_refuse(scan, "not UTF-8");
        return;
    }
    string->unit[string->unit_length++] = byte;
    string->low = 0x80;
    string->high = 0xBF;
    if (--string->expected == 0)
        end_unit(scan, string->unit, string->unit_length);
}

static void take_escape(struct scan *scan, char byte)
{
    static const char letters[] = "\"\\/bfnrtu";
    static const char meanings[] = "\"\\/\b\f\n\r\t";
    const char *letter = byte ? strchr(letters, byte) : NULL;
    if (!letter) {
        scan_refuse(scan, "expected an escape");
        return;
    }
    scan->string.unit[scan->string.unit_length++] = byte;
    if (byte != 'u') {
        end_unit(scan, &meanings[letter - letters], 1);
        return;
    }
    scan->string.state = TEXT_HEX;
    scan->string.expected = 4;
    scan->string.code = 0;
    scan->string.lead = 0;
}

static size_t encode_utf8(uint32_t code, char out[4])
{
    if (code < 0x80) {
        out[0] = (char)code;
        return 1;
    }
    size_t length = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    static const uint8_t marks[] = {0, 0, 0xC0, 0xE0, 0xF0};
    for (size_t i = length - 1; i > 0; i--, code >>= 6)
        out[i] = (char)(0x80 | (code & 0x3F));
    out[0] = (char)(marks[length] | code);
    return length;
}

static void end_hex(struct scan *scan)
{
    struct scan_string *string = &scan->string;
    uint32_t code = string->code;
    if (!string->lead && code >= 0xD800 && code <= 0xDBFF) {
        string->lead = string->code;
        string->state = TEXT_LOW_BACKSLASH;
        return;
    }
    if (string->lead)
        code = 0x10000 + ((string->lead - 0xD800U) << 10) + (code - 0xDC00U);
    char meaning[4];
    end_unit(scan, meaning, encode_utf8(code, meaning));
}

/* What is wrong with the code so far, if anything. */
static const char *hex_fault(const struct scan_string *string)
{
    if (string->expected == 0 && !string->code)
        return "U+0000 is not allowed";
    if (string->lead && string->expected == 3 && string->code != 0xD)
        return "expected the second half of a surrogate pair";
    bool second = string->code >= 0xDC && string->code <= 0xDF;
    if (!string->lead && string->expected == 2 && second)
        return "the second half of a surrogate pair alone";
    if (string->lead && string->expected == 2 && !second)
        return "expected the second half of a surrogate pair";
    return NULL;
}

static void take_hex(struct scan *scan, char byte)
{
    struct scan_string *string = &scan->string;
    char lower = (char)(byte | 0x20);
    unsigned digit;
    if (byte >= '0' && byte <= '9')
        digit = (unsigned)(byte - '0');
    else if (lower >= 'a' && lower <= 'f')
        digit = (unsigned)(lower - 'a') + 10;
    else {
        scan_refuse(scan, "expected a hexadecimal digit");
        return;
    }
    string->code = (uint16_t)(string->code << 4 | digit);
    string->expected--;
    const char *fault = hex_fault(string);
    if (fault) {
        scan_refuse(scan, fault);
        return;
    }
    string->unit[string->unit_length++] = byte;
    if (string->expected == 0)
        end_hex(scan);
}

static void take_low(struct scan *scan, char byte)
{
    struct scan_string *string = &scan->string;
    if (byte != (string->state == TEXT_LOW_BACKSLASH ? '\\' : 'u')) {
        scan_refuse(scan, "expected the second half of a surrogate pair");
        return;
    }
    string->unit[string->unit_length++] = byte;
    string->state = string->state == TEXT_LOW_BACKSLASH ? TEXT_LOW_U : TEXT_HEX;
    string->expected = 4;
    string->code = 0;
}

/* Takes a byte that isn't plain. */
static void take_byte(struct scan *scan, char byte)
{
    switch ((enum text_state)scan->string.state) {
    case TEXT_PLAIN:
        if (byte == '"')
            scan->state = scan->string.is_key ? SCAN_COLON : SCAN_AFTER_VALUE;
        else if (byte == '\\')
            begin_unit(scan, byte, TEXT_ESCAPE);
        else if ((uint8_t)byte < 0x20)
            scan_refuse(scan, "a control character in a string");
        else
            begin_utf8(scan, byte);
        break;
    case TEXT_UTF8:
        take_utf8(scan, byte);
        break;
    case TEXT_ESCAPE:
        take_escape(scan, byte);
        break;
    case TEXT_HEX:
        take_hex(scan, byte);
        break;
    case TEXT_LOW_BACKSLASH:
    case TEXT_LOW_U:
        take_low(scan, byte);
        break;
    }
}

const char *scan_text_feed(struct scan *scan, const char *at, const char *end)
{
    while (at < end && scan->state == SCAN_IN_STRING) {
        if (scan->string.state == TEXT_PLAIN) {
            const char *next = scan_fast_plain(at, end);
            if (scan->string.keeps_raw)
                scan_capture_run(&scan->raw, at, (size_t)(next - at));
            sink_characters(scan, at, (size_t)(next - at), false);
            at = next;
            if (at == end || scan->state == SCAN_NO_MEMORY)
                break;
        }
        take_byte(scan, *at);
        if (scan->state != SCAN_INVALID)
            at++;
    }
    return at;
}
