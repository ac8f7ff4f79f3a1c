/*
 * scan_check.h: judges the scanner against jansson and against itself, for the
 * unit tests and the fuzzer alike.
 */
#ifndef LOOPLAG_SCAN_CHECK_H
#define LOOPLAG_SCAN_CHECK_H

#include <stddef.h>

/**
 * Scans the whole text and compares with what jansson and the model rules say
 * of it. Returns NULL, or what disagrees.
 */
const char *scan_check_reference(const char *bytes, size_t length);

/**
 * Scans the text in pieces of `piece` bytes after a first one of `first` bytes
 * and compares with the scan of the whole. Returns NULL, or what differs.
 */
const char *scan_check_split(const char *bytes, size_t length, size_t first, size_t piece);

/** Both, of one scan of the whole. */
const char *scan_check(const char *bytes, size_t length, size_t first, size_t piece);

#endif
