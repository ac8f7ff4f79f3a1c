/*
 * system_spec.h: a system under test as it is typed: a label and the flags
 * that looplagd gets, as in --system='two lanes:--mode=threads --large-limit=2'.
 */
#ifndef LOOPLAG_CLIENT_SYSTEM_SPEC_H
#define LOOPLAG_CLIENT_SYSTEM_SPEC_H

#include <stdbool.h>
#include <stddef.h>

enum { SYSTEM_LABEL_SIZE = 64, SYSTEM_FLAGS_SIZE = 512, SYSTEM_PODS_MOST = 16 };

struct system_spec {
    char label[SYSTEM_LABEL_SIZE];
    char flags[SYSTEM_FLAGS_SIZE]; /**< split at blanks */
};

/** Reads "LABEL:FLAGS". Returns whether it is good: flags that do not say where to listen. */
bool system_spec_parse(const char *text, struct system_spec *spec);

/** Whether a text can stand for a system in a table, in file names and in sentences. */
bool system_spec_is_label(const char *text, size_t length);

#endif
