/* head.c: see head.h. */
#include "http/head.h"

#include "base/error.h"

#include <string.h>
#include <strings.h>

void head_refuse(struct request_head *head, int status, const char *detail)
{
    if (head->status)
        return;
    head->status = status;
    head->detail = detail;
}

/* In each byte of eight: whether it is below ' ' or DEL, a tab too; exact where no byte is above
 * 127. */
static uint64_t controls_of(uint64_t bytes)
{
    const uint64_t ones = UINT64_MAX / 255;
    const uint64_t del = bytes ^ 0x7f * ones;
    return (((bytes - ' ' * ones) & ~bytes) | ((del - ones) & ~del)) & 0x80 * ones;
}

static bool is_control(char text)
{
    unsigned char byte = (unsigned char)text;
    return (byte < ' ' && byte != '\t') || byte == 0x7f;
}

/* RFC 9110, section 5.5. Eight bytes that have no control and no tab are passed at once. */
bool head_text_is_clean(const char *text, size_t length)
{
    while (length >= sizeof(uint64_t)) {
        uint64_t bytes;
        memcpy(&bytes, text, sizeof bytes);
        for (size_t i = 0; controls_of(bytes) && i < sizeof bytes; i++) {
            if (is_control(text[i]))
                return false;
        }
        text += sizeof bytes;
        length -= sizeof bytes;
    }
    for (size_t i = 0; i < length; i++) {
        if (is_control(text[i]))
            return false;
    }
    return true;
}

static void take_content_type(struct request_head *head, const char *value, size_t length)
{
    (void)length;
    head->content_type = value;
}

/* libmicrohttpd has refused what is no number, or needs more than 64 bits. */
static void take_content_length(struct request_head *head, const char *value, size_t length)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < length; i++)
        sum = sum * 10 + (uint64_t)(value[i] - '0');
    head->content_length = sum;
    head->has_length = true;
}

static void take_transfer_encoding(struct request_head *head, const char *value, size_t length)
{
    (void)value;
    (void)length;
    head->chunked = true;
}

static void take_expect(struct request_head *head, const char *value, size_t length)
{
    (void)length;
    head->expects_continue = strcasecmp(value, "100-continue") == 0;
}

/* libmicrohttpd parses a copy, which ends with a NUL and is rounded up. */
static void take_cookie(struct request_head *head, const char *value, size_t length)
{
    (void)value;
    head->memory += (length + 16) / 16 * 16;
}

/* What libmicrohttpd makes of it decides; this is to know of it beforehand. */
static void take_connection(struct request_head *head, const char *value, size_t length)
{
    (void)length;
    if (strcasestr(value, "close"))
        head->closes = true;
    else if (strcasestr(value, "keep-alive"))
        head->closes = false;
}

static void take_id(struct request_head *head, const char *value, size_t length)
{
    size_t used = length < HEAD_ID_SIZE ? length : HEAD_ID_SIZE - 1;
    for (size_t i = 0; i < used; i++)
        head->id[i] = (char)(value[i] >= ' ' && value[i] < 0x7f ? value[i] : '?');
    head->id[used] = '\0';
}

/* The fields that mean something here; the length first, it tells most names apart. */
#define FIELD(text, take)                                                                          \
    {                                                                                              \
        sizeof(text) - 1, text, take                                                               \
    }
static const struct {
    size_t length;
    const char *name;
    void (*take)(struct request_head *head, const char *value, size_t length);
} fields[] = {
    FIELD("Content-Type", take_content_type),
    FIELD("Content-Length", take_content_length),
    FIELD("Transfer-Encoding", take_transfer_encoding),
    FIELD("Cookie", take_cookie),
    FIELD("Expect", take_expect),
    FIELD("Connection", take_connection),
    FIELD("X-Request-ID", take_id),
};
#undef FIELD

void head_field(struct request_head *head, const char *name, size_t name_length, const char *value,
                size_t value_length)
{
    head->fields_size += name_length + value_length;
    head_entry(head);
    if (!head_text_is_clean(value, value_length))
        head_refuse(head, 400, "a header's value has a control character");
    for (size_t i = 0; i < ARRAY_LENGTH(fields); i++) {
        if (fields[i].length == name_length && strcasecmp(fields[i].name, name) == 0)
            fields[i].take(head, value, value_length);
    }
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

void head_begin(struct request_head *head, const char *method, const char *target,
                const char *version, char *id)
{
    *head = (struct request_head){
        .method = method,
        .path = path_of(target),
        .version = version,
        .id = id,
        .closes = strcmp(version, "HTTP/1.0") == 0,
    };
    id[0] = '\0';
    if (!head_text_is_clean(method, strlen(method)) || strchr(method, '\t'))
        head_refuse(head, 400, "the method has a control character");
}

void head_entry(struct request_head *head)
{
    head->memory += HEAD_ENTRY_MEMORY;
}

void head_end(struct request_head *head, size_t size)
{
    head->memory += size;
    if (size <= HEAD_SIZE_MAX && head->memory <= HEAD_MEMORY_MAX)
        return;
    head->no_room = true;
    if (head->fields_size > size / 2)
        head_refuse(head, 431, "the header fields are longer than this server takes");
    else
        head_refuse(head, 414, "the request line is longer than this server takes");
}
