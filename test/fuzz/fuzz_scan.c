/*
 * fuzz_scan.c: the scanner. It fails on any disagreement with the reference (jansson, and a second
 * statement of the model) and on any dependence on where the text is cut.
 */
#include "fuzz.h"
#include "scan_check.h"

static void demand_none(const char *fault)
{
    fuzz_demand(!fault, fault);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *bytes = (const char *)data;
    demand_none(scan_check_reference(bytes, size));
    /* Cuts are drawn from the text itself, so that an input is one case. */
    uint32_t draw = fuzz_draw(data, size);
    if (fuzz_is_replay || draw % 8 == 0)
        demand_none(scan_check_split(bytes, size, 1, 1));
    for (int i = 0; i < (fuzz_is_replay ? 3 : 1) && size; i++) {
        draw = draw * 1664525U + 1013904223U;
        demand_none(scan_check_split(bytes, size, (draw >> 8) % (size + 1), 1 + (draw & 0xFF)));
    }
    return 0;
}
