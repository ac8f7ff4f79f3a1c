/*
 * units.h: sizes and durations as people type them, and ms as they read them.
 */
#ifndef LOOPLAG_BASE_UNITS_H
#define LOOPLAG_BASE_UNITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MIB (UINT64_C(1) << 20)

/** A size as typed: either plain ("25") or with a unit ("25MB", "1KiB"). */
struct units_size {
    double amount;  /**< the number as typed */
    bool suffixed;  /**< a unit was given */
    uint64_t bytes; /**< amount in bytes; a plain amount counts as bytes here */
};

/**
 * Parses "N", "NB", "NkB|KB", "NMB", "NGB" (powers of 1000) and "NKiB", "NMiB",
 * "NGiB" (powers of 1024); N may have decimals. Returns 0 or -EINVAL
 * (not a size, negative, or over 2^53 bytes).
 */
int units_parse_size(const char *text, struct units_size *size);

/**
 * Parses "N" (seconds), "Ns", "Nms", "Nus", "Nm" or "Nmin", "Nh"; N may have
 * decimals. Returns 0 and stores ns, or -EINVAL (not a duration, negative, or
 * over 30 days).
 */
int units_parse_duration(const char *text, int64_t *ns);

/** Parses a whole decimal number in [low, high]. Returns 0 or -EINVAL. */
int units_parse_integer(const char *text, int64_t low, int64_t high, int64_t *value);

/** Parses a finite decimal number in [low, high]. Returns 0 or -EINVAL. */
int units_parse_number(const char *text, double low, double high, double *value);

/** The longest text of units_format_ms, with its NUL. */
#define UNITS_MS_SIZE 24

/**
 * Writes a duration in ms with three decimals ("12.345"), in integer
 * arithmetic (it is on the server's hot path). Returns the text's length.
 */
size_t units_format_ms(int64_t ns, char out[UNITS_MS_SIZE]);

/** Room for 20 digits, a sign and a NUL. */
#define UNITS_INTEGER_SIZE 22

/** Writes a whole number in decimal. Returns the text's length. */
size_t units_format_integer(int64_t value, char out[UNITS_INTEGER_SIZE]);

#endif
