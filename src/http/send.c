/* send.c: see send.h. */
#include "http/send.h"

#include "base/units.h"

#include <string.h>

enum { TIMING_SIZE = STAGES * (UNITS_MS_SIZE + 16) };

/* "read;dur=0.012, parse;dur=0.031, total;dur=0.050" (W3C Server Timing, ms). */
static void format_timing(const struct endpoint_answer *answer, char text[TIMING_SIZE])
{
    size_t used = 0;
    for (enum endpoint_stage stage = 0; stage < STAGES; stage++) {
        if (answer->stage_ns[stage] < 0)
            continue;
        const char *name = endpoint_stage_name(stage);
        size_t length = strlen(name);
        if (used) {
            text[used++] = ',';
            text[used++] = ' ';
        }
        memcpy(text + used, name, length);
        memcpy(text + used + length, ";dur=", 5);
        used += length + 5;
        used += units_format_ms(answer->stage_ns[stage], text + used);
    }
    text[used] = '\0';
}

static enum MHD_Result add_headers(struct MHD_Response *response, const struct request *request,
                                   const struct endpoint_answer *answer, const char *id,
                                   const struct worker *worker)
{
    char timing[TIMING_SIZE];
    char number[UNITS_INTEGER_SIZE];
    format_timing(answer, timing);
    if (worker)
        units_format_integer(worker->number, number);
    const bool post = request->endpoint && request->endpoint->method == ENDPOINT_POST;
    const struct {
        const char *name;
        const char *value; /* NULL: not sent */
    } headers[] = {
        {"Content-Type", answer->content_type},
        {"Server-Timing", timing[0] ? timing : NULL},
        {"X-Request-ID", id[0] ? id : NULL},
        {"X-Worker", worker ? number : NULL},
        {"Allow", answer->status == 405 ? (post ? "POST" : "GET, HEAD") : NULL},
        {"Retry-After", answer->status == 503 ? "1" : NULL},
        {"Connection", request->close ? "close" : NULL},
    };
    for (size_t i = 0; i < ARRAY_LENGTH(headers); i++) {
        if (headers[i].value &&
            MHD_add_response_header(response, headers[i].name, headers[i].value) == MHD_NO)
            return MHD_NO;
    }
    return MHD_YES;
}

enum MHD_Result send_answer(struct MHD_Connection *connection, const struct request *request,
                            const struct endpoint_answer *answer, const char *id,
                            const struct worker *worker)
{
    struct MHD_Response *response = MHD_create_response_from_buffer(
        answer->body.length, answer->body.data, MHD_RESPMEM_PERSISTENT);
    if (!response)
        return MHD_NO;
    enum MHD_Result queued = add_headers(response, request, answer, id, worker);
    if (queued == MHD_YES)
        queued = MHD_queue_response(connection, (unsigned)answer->status, response);
    MHD_destroy_response(response);
    return queued;
}
