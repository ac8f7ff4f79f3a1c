/*
 * scan_number.c: numbers of any length in a few words of state: the grammar,
 * the value of those that fit int64_t, and whether a real overflows a double.
 *
 * A real overflows, under round-to-nearest as strtod rounds, from 2^1024 -
 * 2^970 on: half a step over the largest double. Its digits are compared with
 * that number's as they come, and the decimal point decides the rest.
 */
#include "json/scan_number.h"

#include "json/scan_capture.h"

enum number_state {
    NUMBER_BEGIN,
    NUMBER_MINUS,
    NUMBER_ZERO, /* complete: no digit may follow */
    NUMBER_DIGITS,
    NUMBER_POINT,
    NUMBER_FRACTION,
    NUMBER_E,
    NUMBER_E_SIGN,
    NUMBER_EXPONENT,
};

static const char double_limit[] =
    "17976931348623158079372897140530341507993413271003782693617377898044496829276"
    "47509466490179775872070963302864166928879109465555478519404026306574886715058"
    "20681908902000708383676273854845817711531764475730270069855571366959622842914"
    "81986083493647529271907416844436551070434271155969950809304288017790417449779"
    "2";

enum { DOUBLE_LIMIT_DIGITS = sizeof(double_limit) - 1 };

/* More than any count of bytes can make up for. */
#define EXPONENT_MAX (INT64_MAX / 4)

void scan_number_begin(struct scan *scan)
{
    scan->state = SCAN_IN_NUMBER;
    scan->number = (struct scan_number){.state = NUMBER_BEGIN};
    scan_capture_clear(&scan->raw);
}

/* A digit before or after the point. */
static void take_digit(struct scan_number *number, char byte)
{
    bool fraction = number->state == NUMBER_FRACTION;
    if (!fraction && !number->too_big) {
        uint64_t digit = (uint64_t)(byte - '0');
        number->too_big = number->magnitude > (UINT64_MAX - digit) / 10;
        number->magnitude = number->magnitude * 10 + digit;
    }
    if (byte != '0')
        number->significant = true;
    if (!number->significant) {
        number->point -= fraction;
        return;
    }
    number->point += !fraction;
    if (number->order == 0 && number->digits < DOUBLE_LIMIT_DIGITS) {
        char limit = double_limit[number->digits];
        number->order = (int8_t)(byte > limit ? 1 : byte < limit ? -1 : 0);
    }
    number->digits++;
}

static void take_exponent_digit(struct scan_number *number, char byte)
{
    if (number->exponent < EXPONENT_MAX / 10)
        number->exponent = number->exponent * 10 + (byte - '0');
    else
        number->exponent = EXPONENT_MAX;
}

/* The state after a byte, or NUMBER_BEGIN when the byte can't follow. */
static enum number_state next_state(enum number_state state, char byte)
{
    bool digit = byte >= '0' && byte <= '9';
    bool e = byte == 'e' || byte == 'E';
    switch (state) {
    case NUMBER_BEGIN:
        if (byte == '-')
            return NUMBER_MINUS;
        return byte == '0' ? NUMBER_ZERO : NUMBER_DIGITS;
    case NUMBER_MINUS:
        if (byte == '0')
            return NUMBER_ZERO;
        return digit ? NUMBER_DIGITS : NUMBER_BEGIN;
    case NUMBER_ZERO:
    case NUMBER_DIGITS:
        if (digit && state == NUMBER_DIGITS)
            return NUMBER_DIGITS;
        return byte == '.' ? NUMBER_POINT : e ? NUMBER_E : NUMBER_BEGIN;
    case NUMBER_POINT:
        return digit ? NUMBER_FRACTION : NUMBER_BEGIN;
    case NUMBER_FRACTION:
        return digit ? NUMBER_FRACTION : e ? NUMBER_E : NUMBER_BEGIN;
    case NUMBER_E:
        if (byte == '+' || byte == '-')
            return NUMBER_E_SIGN;
        return digit ? NUMBER_EXPONENT : NUMBER_BEGIN;
    default:
        return digit ? NUMBER_EXPONENT : NUMBER_BEGIN;
    }
}

static void take_byte(struct scan_number *number, enum number_state next, char byte)
{
    number->state = (uint8_t)next;
    if (next == NUMBER_MINUS)
        number->negative = true;
    else if (next == NUMBER_E_SIGN)
        number->down = byte == '-';
    else if (next == NUMBER_EXPONENT)
        take_exponent_digit(number, byte);
    else if (next != NUMBER_POINT && next != NUMBER_E)
        take_digit(number, byte);
}

enum scan_type scan_number_type(const struct scan_number *number)
{
    return number->state <= NUMBER_DIGITS ? SCAN_INTEGER : SCAN_REAL;
}

int64_t scan_number_value(const struct scan_number *number)
{
    uint64_t magnitude = number->magnitude;
    return (int64_t)(number->negative ? UINT64_C(0) - magnitude : magnitude);
}

static bool overflows_int64(const struct scan_number *number)
{
    uint64_t limit = (uint64_t)INT64_MAX + number->negative;
    return number->too_big || number->magnitude > limit;
}

static bool overflows_double(const struct scan_number *number)
{
    if (!number->significant)
        return false;
    int64_t point = number->point + (number->down ? -number->exponent : number->exponent);
    if (point != DOUBLE_LIMIT_DIGITS)
        return point > DOUBLE_LIMIT_DIGITS;
    return number->order > 0 || (number->order == 0 && number->digits >= DOUBLE_LIMIT_DIGITS);
}

bool scan_number_is_oversize(const struct scan_number *number, enum scan_type type)
{
    if (type == SCAN_INTEGER)
        return overflows_int64(number);
    return type == SCAN_REAL && overflows_double(number);
}

static bool is_complete(enum number_state state)
{
    return state == NUMBER_ZERO || state == NUMBER_DIGITS || state == NUMBER_FRACTION ||
           state == NUMBER_EXPONENT;
}

static const char *expectation(enum number_state state)
{
    return state == NUMBER_E ? "expected an exponent" : "expected a digit";
}

void scan_number_finish(struct scan *scan)
{
    if (is_complete((enum number_state)scan->number.state))
        scan->state = SCAN_AFTER_VALUE;
}

const char *scan_number_feed(struct scan *scan, const char *at, const char *end)
{
    struct scan_number *number = &scan->number;
    const char *first = at;
    enum number_state next = NUMBER_BEGIN;
    for (; at < end; at++) {
        next = next_state((enum number_state)number->state, *at);
        if (next == NUMBER_BEGIN)
            break;
        take_byte(number, next, *at);
    }
    scan_capture_run(&scan->raw, first, (size_t)(at - first));
    if (at < end) {
        scan_number_finish(scan);
        if (scan->state == SCAN_IN_NUMBER)
            scan_refuse(scan, expectation((enum number_state)number->state));
    }
    return at;
}
