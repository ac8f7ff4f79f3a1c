/*
 * fuzz_document.c: the parser of /await, wherever the text is cut, against that of /ping.
 */
#include "document_check.h"
#include "fuzz.h"
#include "json/bind.h"

static void demand_none(const char *fault)
{
    fuzz_demand(!fault, fault);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static bool ready;
    if (!ready)
        bind_setup();
    ready = true;

    const char *bytes = (const char *)data;
    /* Cuts and the limit are drawn from the text itself, so that an input is one case. */
    uint32_t draw = fuzz_draw(data, size);
    if (fuzz_is_replay || draw % 8 == 0)
        demand_none(document_check_split(bytes, size, size, 1, SIZE_MAX));
    const bool is_limited = draw >> 31;
    for (int i = 0; i < 2 && size; i++) {
        draw = draw * 1664525U + 1013904223U;
        if (!fuzz_is_replay && is_limited != (i == 1))
            continue;
        const size_t most = i ? 2048 + (draw >> 16) % 8192 : SIZE_MAX;
        demand_none(
            document_check_split(bytes, size, (draw >> 8) % (size + 1), 1 + (draw & 0xFF), most));
    }
    return 0;
}
