/*
 * fuzz_document.c: the parser of /await under libFuzzer, wherever the text is cut, against that of
 * /ping.
 */
#include "document_check.h"

#include "json/bind.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv);

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc, (void)argv;
    bind_setup();
    return 0;
}

static void demand(const char *fault)
{
    if (!fault)
        return;
    fprintf(stderr, "fuzz_document: %s\n", fault);
    abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *bytes = (const char *)data;
    demand(document_check_split(bytes, size, size, 1, SIZE_MAX));
    /* Cuts and the limit are drawn from the text itself, so that an input is one case. */
    uint32_t draw = 2166136261U;
    for (size_t i = 0; i < size; i++)
        draw = (draw ^ data[i]) * 16777619U;
    for (int i = 0; i < 2 && size; i++) {
        draw = draw * 1664525U + 1013904223U;
        const size_t most = i ? 2048 + (draw >> 16) % 8192 : SIZE_MAX;
        demand(
            document_check_split(bytes, size, (draw >> 8) % (size + 1), 1 + (draw & 0xFF), most));
    }
    return 0;
}
