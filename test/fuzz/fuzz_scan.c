/*
 * fuzz_scan.c: the scanner under libFuzzer. It fails on any disagreement with
 * the reference and on any dependence on where the text is cut.
 */
#include "scan_check.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(const char *fault)
{
    if (!fault)
        return;
    fprintf(stderr, "fuzz_scan: %s\n", fault);
    abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *bytes = (const char *)data;
    demand(scan_check_reference(bytes, size));
    demand(scan_check_split(bytes, size, 1, 1));
    /* Cuts are drawn from the text itself, so that an input is one case. */
    uint32_t draw = 2166136261U;
    for (size_t i = 0; i < size; i++)
        draw = (draw ^ data[i]) * 16777619U;
    for (int i = 0; i < 3 && size; i++) {
        draw = draw * 1664525U + 1013904223U;
        demand(scan_check_split(bytes, size, (draw >> 8) % (size + 1), 1 + (draw & 0xFF)));
    }
    return 0;
}
