/* head.c: see head.h. */
#include "http/head.h"

#include <stdint.h>
#include <string.h>
#include <strings.h>

struct reading {
    struct request_head *head;
    char *id;
    const char *line_end; /* of the field before; NULL before the first */
};

#if MHD_VERSION < 0x01000000
/*
 * libmicrohttpd 0.9 hides some broken heads from its callbacks: it appends an
 * obs-folded line to the *name* of the field before, cuts a value at a NUL, and
 * takes a line with an empty name for the end of the head, so that the rest of
 * the head would be a body. The fields are still where they were received,
 * with NULs for the colon and for CR and LF; so what shows such a head is the
 * place of its parts. Only addresses are compared.
 */
enum { LINE_END = 2 };

static bool was_folded(const char *name, size_t name_length, const char *value)
{
    if ((uintptr_t)value <= (uintptr_t)name + name_length)
        return true;
    for (const char *gap = name + name_length + 1; gap != value; gap++) {
        if (*gap != ' ' && *gap != '\t')
            return true;
    }
    return false;
}

/* What is wrong with the place of a field, or NULL. */
static const char *misplaced(struct reading *reading, const char *name, size_t name_length,
                             const char *value, size_t value_length)
{
    const char *before = reading->line_end;
    reading->line_end = value + value_length;
    if (value_length && was_folded(name, name_length, value))
        return "a header is folded over two lines";
    if (before && (uintptr_t)name != (uintptr_t)before + LINE_END)
        return "a header's line holds a NUL or does not end with CR LF";
    return NULL;
}

/* The head must end right after its last field: CR LF CR LF. */
static bool ends_early(struct MHD_Connection *connection, const char *method,
                       const char *last_line_end)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
    if (!info || !last_line_end)
        return false;
    return (uintptr_t)method + info->header_size != (uintptr_t)last_line_end + 2 * LINE_END;
}
#else
/* From 1.0 on the library refuses such heads itself (client discipline 1). */
static const char *misplaced(struct reading *reading, const char *name, size_t name_length,
                             const char *value, size_t value_length)
{
    (void)reading, (void)name, (void)name_length, (void)value, (void)value_length;
    return NULL;
}

static bool ends_early(struct MHD_Connection *connection, const char *method,
                       const char *last_line_end)
{
    (void)connection, (void)method, (void)last_line_end;
    return false;
}
#endif

static void refuse(struct guard *guard, const char *detail)
{
    if (guard->status)
        return;
    guard->status = 400;
    guard->detail = detail;
}

/* The length first: it tells most names apart. */
static bool same(const char *text, size_t length, const char *name)
{
    return length == strlen(name) && strcasecmp(text, name) == 0;
}

static void copy_id(char *id, const char *value, size_t length)
{
    size_t used = length < HEAD_ID_SIZE ? length : HEAD_ID_SIZE - 1;
    for (size_t i = 0; i < used; i++)
        id[i] = (char)(value[i] >= ' ' && value[i] < 0x7f ? value[i] : '?');
    id[used] = '\0';
}

static enum MHD_Result take_header(void *cls, enum MHD_ValueKind kind, const char *name,
                                   size_t name_length, const char *value, size_t value_length)
{
    struct reading *reading = cls;
    struct request_head *head = reading->head;
    (void)kind;
    if (!value)
        value = "";
    guard_header(&head->guard, name, name_length, value, value_length);
    const char *wrong = misplaced(reading, name, name_length, value, value_length);
    if (wrong)
        refuse(&head->guard, wrong);
    if (same(name, name_length, "Content-Type"))
        head->content_type = value;
    else if (same(name, name_length, "Expect"))
        head->expects_continue = strcasecmp(value, "100-continue") == 0;
    else if (same(name, name_length, "X-Request-ID"))
        copy_id(reading->id, value, value_length);
    return MHD_YES;
}

/* The path of an absolute-form target ("http://host/path", RFC 9112, 3.2.2). */
static const char *path_of(const char *target)
{
    static const char scheme[] = "http://";
    if (*target == '/' || strncasecmp(target, scheme, sizeof scheme - 1) != 0)
        return target;
    const char *path = strchr(target + sizeof scheme - 1, '/');
    return path ? path : "/";
}

void head_read(struct MHD_Connection *connection, const char *method, const char *target,
               const char *version, struct request_head *head, char id[HEAD_ID_SIZE])
{
    *head = (struct request_head){.method = method, .path = path_of(target), .version = version};
    id[0] = '\0';
    struct reading reading = {.head = head, .id = id};
    MHD_get_connection_values_n(connection, MHD_HEADER_KIND, take_header, &reading);
    if (ends_early(connection, method, reading.line_end))
        refuse(&head->guard, "a header's line has no name, holds a NUL or does not end with CR LF");
    guard_finish(&head->guard, strcmp(version, "HTTP/1.1") == 0);
}
