/* failure.c: see failure.h. */
#include "send/failure.h"

#include <stdio.h>
#include <string.h>

void failure_escape(char *out, size_t size, const char *bytes, size_t length)
{
    size_t used = 0;
    for (size_t i = 0; i < length; i++) {
        char text[8] = {bytes[i]};
        const char *name = bytes[i] ? strchr("\nn\rr\tt", bytes[i]) : NULL;
        if (name && bytes[i] < ' ')
            snprintf(text, sizeof text, "\\%c", name[1]);
        else if (bytes[i] < ' ' || bytes[i] > '~')
            snprintf(text, sizeof text, "\\x%02x", (unsigned char)bytes[i]);
        size_t needed = strlen(text);
        if (used + needed >= size)
            break;
        memcpy(out + used, text, needed);
        used += needed;
    }
    out[used] = '\0';
}

bool failures_has(const struct failures *failures, enum outcome_kind kind, int status)
{
    for (size_t i = 0; i < failures->count; i++) {
        if (failures->rows[i].kind == kind && failures->rows[i].status == status)
            return true;
    }
    return failures->count == FAILURES_MOST;
}

void failures_add(struct failures *failures, const struct failure *failure)
{
    if (!failures_has(failures, failure->kind, failure->status))
        failures->rows[failures->count++] = *failure;
}

void failures_merge(struct failures *into, const struct failures *from)
{
    for (size_t i = 0; i < from->count; i++)
        failures_add(into, &from->rows[i]);
}
