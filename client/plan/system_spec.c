/* system_spec.c: see system_spec.h. */
#include "plan/system_spec.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

/* There must be room for the suffix that tells whether connections are reused. */
bool system_spec_is_label(const char *text, size_t length)
{
    bool good = length > 0 && length < SYSTEM_LABEL_SIZE - sizeof " keep-alive";
    for (size_t i = 0; good && i < length; i++)
        good = isprint((unsigned char)text[i]) && text[i] != '|';
    return good && text[0] != ' ' && text[length - 1] != ' ';
}

/* compare itself chooses where a server listens. */
static bool says_where(const char *flags)
{
    return strstr(flags, "--port") || strstr(flags, "--host");
}

bool system_spec_parse(const char *text, struct system_spec *spec)
{
    size_t length = strcspn(text, ":");
    memset(spec, 0, sizeof *spec);
    if (text[length] != ':' || !system_spec_is_label(text, length))
        return false;
    const char *flags = text + length + 1;
    memcpy(spec->label, text, length);
    int needed = snprintf(spec->flags, sizeof spec->flags, "%s", flags);
    size_t first = strspn(flags, " ");
    return needed < SYSTEM_FLAGS_SIZE && strncmp(flags + first, "--", 2) == 0 && !says_where(flags);
}
