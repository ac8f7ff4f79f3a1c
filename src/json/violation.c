/* violation.c: see violation.h. Texts that don't fit are cut, never overrun. */
#include "json/violation.h"

#include "json/field.h"

#include <string.h>

static void copy_text(char *to, size_t size, const char *from)
{
    size_t length = strnlen(from, size - 1);
    memcpy(to, from, length);
    to[length] = '\0';
}

void violations_init(struct violations *list)
{
    list->told = 0;
    list->found = 0;
}

struct violation *violations_add(struct violations *list, enum violation_kind kind,
                                 const char *field, const char *input)
{
    list->found++;
    if (list->told == VIOLATIONS_MAX)
        return NULL;
    struct violation *violation = &list->items[list->told++];
    *violation = (struct violation){.kind = kind, .whole = !field};
    if (field)
        copy_text(violation->field, sizeof(violation->field), field);
    copy_text(violation->input, sizeof(violation->input), input);
    return violation;
}

struct violation *violations_add_member(struct violations *list, enum violation_kind kind,
                                        const char *key, const char *input)
{
    struct violation *violation = violations_add(list, kind, fields[FIELD_DATA].name, input);
    if (violation) {
        violation->in_data = true;
        copy_text(violation->key, sizeof(violation->key), key);
    }
    return violation;
}

struct violation *violations_add_invalid(struct violations *list, size_t offset, const char *reason)
{
    struct violation *violation = violations_add(list, VIOLATION_JSON_INVALID, NULL, "{}");
    if (violation) {
        violation->offset = offset;
        copy_text(violation->reason, sizeof(violation->reason), reason);
    }
    return violation;
}
