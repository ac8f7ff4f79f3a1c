/* head.c: see head.h. */
#include "http/head.h"

#include <stdint.h>
#include <string.h>
#include <strings.h>

struct reading {
    struct request_head *head;
    char *id;
};

#if MHD_VERSION < 0x01000000
/*
 * libmicrohttpd 0.9 appends an obs-folded line to the *name* of the header
 * before, without a trace in name or value. What shows it is the place: a
 * value follows its name with nothing but the colon (made a NUL) and blanks
 * between them, unless the name was folded into.
 */
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
#else
/* From 1.0 on the library refuses folded lines itself (client discipline 1). */
static bool was_folded(const char *name, size_t name_length, const char *value)
{
    (void)name, (void)name_length, (void)value;
    return false;
}
#endif

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
    if (value_length && was_folded(name, name_length, value) && !head->guard.status) {
        head->guard.status = 400;
        head->guard.detail = "a header is folded over two lines";
    }
    if (strcasecmp(name, "Content-Type") == 0)
        head->content_type = value;
    else if (strcasecmp(name, "Expect") == 0)
        head->expects_continue = strcasecmp(value, "100-continue") == 0;
    else if (strcasecmp(name, "X-Request-ID") == 0)
        copy_id(reading->id, value, value_length);
    return MHD_YES;
}

/* The path of an absolute-form target ("http://host/path", RFC 9112, 3.2.2). */
static const char *path_of(const char *target)
{
    static const char scheme[] = "http://";
    if (strncasecmp(target, scheme, sizeof scheme - 1) != 0)
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
    guard_finish(&head->guard, strcmp(version, "HTTP/1.1") == 0);
}
