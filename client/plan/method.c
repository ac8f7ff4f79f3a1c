/* method.c: see method.h. */
#include "plan/method.h"

#include "base/error.h"

#include <stddef.h>
#include <string.h>

static const struct method rows[] = {
    {"POST", true, true, false},     {"GET", false, true, false},  {"HEAD", false, false, true},
    {"PUT", true, true, false},      {"PATCH", true, true, false}, {"DELETE", false, true, false},
    {"OPTIONS", false, true, false},
};

const struct method *const method_standard = &rows[0];

const struct method *method_find(const char *name)
{
    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        if (strcmp(rows[i].name, name) == 0)
            return &rows[i];
    }
    return NULL;
}
