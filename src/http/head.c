/* head.c: see head.h. */
#include "http/head.h"

#include <string.h>
#include <strings.h>

struct reading {
    struct request_head *head;
    char *id;
};

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
    guard_finish(&head->guard, strcmp(version, "HTTP/1.1") == 0);
}
