/*
 * plain_server.c: the yardstick of the benchmark: what one writes in an
 * afternoon with libmicrohttpd and json_loadb. One event loop, the body grown
 * with realloc, the default allocator. It tells the time of json_loadb plus
 * json_decref in Server-Timing, as `json`.
 */
#include "base/clock.h"
#include "base/error.h"
#include "yardstick.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct upload {
    char *data;
    size_t length;
};

static enum MHD_Result send_reply(struct MHD_Connection *connection, const char *text, int64_t ns)
{
    char timing[64];
    snprintf(timing, sizeof timing, "json;dur=%.3f", (double)ns / 1e6);
    struct MHD_Response *response = MHD_create_response_from_buffer(
        strlen(text), (void *)(uintptr_t)text, MHD_RESPMEM_MUST_COPY);
    MHD_add_response_header(response, "Content-Type", "application/json");
    MHD_add_response_header(response, "Server-Timing", timing);
    enum MHD_Result queued = MHD_queue_response(connection, 200, response);
    MHD_destroy_response(response);
    return queued;
}

static enum MHD_Result answer(struct MHD_Connection *connection, const struct upload *upload)
{
    char text[256] = "{\"detail\":\"not JSON\"}";
    int64_t start = clock_now_ns();
    json_t *root = json_loadb(upload->data, upload->length, 0, NULL);
    if (root) {
        const json_t *data = json_object_get(root, "data");
        const char *key;
        json_t *value;
        json_int_t maxval = 0;
        json_object_foreach((json_t *)(uintptr_t)data, key, value)
        {
            if (json_integer_value(value) > maxval)
                maxval = json_integer_value(value);
        }
        snprintf(text, sizeof text, "{\"count\":%zu,\"maxval\":%lld}", json_object_size(data),
                 (long long)maxval);
    }
    json_decref(root);
    return send_reply(connection, text, clock_now_ns() - start);
}

static enum MHD_Result handle(void *cls, struct MHD_Connection *connection, const char *url,
                              const char *method, const char *version, const char *bytes,
                              size_t *size, void **request)
{
    (void)cls, (void)url, (void)method, (void)version;
    if (!*request) {
        *request = calloc(1, sizeof(struct upload));
        return *request ? MHD_YES : MHD_NO;
    }
    struct upload *upload = *request;
    if (!*size)
        return answer(connection, upload);
    char *grown = realloc(upload->data, upload->length + *size);
    if (!grown)
        return MHD_NO;
    memcpy(grown + upload->length, bytes, *size);
    upload->data = grown;
    upload->length += *size;
    *size = 0;
    return MHD_YES;
}

static void completed(void *cls, struct MHD_Connection *connection, void **request,
                      enum MHD_RequestTerminationCode why)
{
    (void)cls, (void)connection, (void)why;
    struct upload *upload = *request;
    if (upload)
        free(upload->data);
    free(upload);
    *request = NULL;
}

int main(void)
{
    return yardstick_serve("plain", handle, completed);
}
