/* chunked.c: see chunked.h. */
#include "http/chunked.h"

/* Between two looks at the connection: libmicrohttpd reads no more than half of its memory for
 * each. */
enum { PIECES_A_LOOK = 32 };

void chunked_begin(struct chunked *chunked, const struct request_head *head,
                   const struct link *link)
{
    chunked->is_chunked = head->chunked;
    if (!head->chunked)
        return;
    chunked->pieces = 0;
    chunked->memory = head->memory;
    chunked->bytes_before = connections_bytes_read(link);
}

enum request_action chunked_piece(struct chunked *chunked, const struct link *link,
                                  struct request *request)
{
    if (!chunked->is_chunked || ++chunked->pieces < PIECES_A_LOOK)
        return REQUEST_GO_ON;
    chunked->pieces = 0;
    const uint64_t read = connections_bytes_read(link);
    const bool known = read > chunked->bytes_before;
    return known ? request_wire(request, read - chunked->bytes_before) : REQUEST_GO_ON;
}

/* The trailers of a request, one after the other. */
struct trailers {
    struct chunked *chunked;
    struct request *request;
};

static enum MHD_Result judge_trailer(void *cls, enum MHD_ValueKind kind, const char *name,
                                     size_t name_length, const char *value, size_t value_length)
{
    const struct trailers *trailers = cls;
    (void)kind, (void)name;
    trailers->chunked->memory += HEAD_ENTRY_MEMORY + name_length + value_length + sizeof ": \r\n";
    if (value && !head_text_is_clean(value, value_length))
        request_fail_and_close(trailers->request, 400, "a trailer's value has a control character");
    return MHD_YES;
}

enum request_action chunked_end(struct chunked *chunked, struct MHD_Connection *connection,
                                struct request *request)
{
    struct trailers trailers = {chunked, request};
    if (!chunked->is_chunked)
        return REQUEST_GO_ON;
    MHD_get_connection_values_n(connection, MHD_FOOTER_KIND, judge_trailer, &trailers);
    if (chunked->memory <= HEAD_MEMORY_MAX)
        return REQUEST_GO_ON;
    request_fail_and_close(request, 431, "the trailers are longer than this server takes");
    return REQUEST_CUT;
}
