/*
 * discard_server.c: the limit of the benchmark: bare libmicrohttpd, one event
 * loop. Every body is read to its end and dropped, then one constant reply is
 * queued: no server that uses the library is faster, whatever it does.
 */
#include "yardstick.h"

static struct MHD_Response *reply;

static enum MHD_Result handle(void *cls, struct MHD_Connection *connection, const char *url,
                              const char *method, const char *version, const char *bytes,
                              size_t *size, void **request)
{
    static char begun;
    (void)cls, (void)url, (void)method, (void)version, (void)bytes;
    if (!*request) {
        *request = &begun;
        return MHD_YES;
    }
    if (!*size)
        return MHD_queue_response(connection, 200, reply);
    *size = 0;
    return MHD_YES;
}

int main(void)
{
    static char text[] = "{\"status\":\"ok\"}";
    reply = MHD_create_response_from_buffer(sizeof text - 1, text, MHD_RESPMEM_PERSISTENT);
    MHD_add_response_header(reply, "Content-Type", "application/json");
    int code = yardstick_serve("discard", handle, NULL);
    MHD_destroy_response(reply);
    return code;
}
