/*
 * fuzz_scan.c: the scanner. It fails on any disagreement with the reference (jansson, and a second
 * statement of the model) and on any dependence on where the text is cut.
 */
#include "fuzz.h"
#include "reference_memory.h"
#include "scan_check.h"

static void demand_none(const char *fault)
{
    fuzz_demand(!fault, fault);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *bytes = (const char *)data;
    /* Cuts are drawn from the text itself, so that an input is one case. */
    const uint32_t draw = fuzz_draw(data, size);
    const size_t first = (draw >> 8) % (size + 1);
    const size_t piece = 1 + (draw & 0xFF);
    const bool is_fine = draw >> 29 == 0;
    reference_memory_begin();
    if (fuzz_is_replay)
        demand_none(scan_check_split(bytes, size, 1, 1));
    demand_none(scan_check(bytes, size, is_fine ? 1 : first, is_fine ? 1 : piece));
    return 0;
}
