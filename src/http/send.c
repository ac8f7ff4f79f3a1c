/* send.c: see send.h. */
#include "http/send.h"

#include "base/units.h"
#include "http/tls.h"

#include <string.h>
#include <sys/socket.h>
#include <time.h>

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

/* Rows without a value are not sent. */
static enum MHD_Result add_headers(struct MHD_Response *response,
                                   const struct endpoint_header *headers, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (headers[i].value &&
            MHD_add_response_header(response, headers[i].name, headers[i].value) == MHD_NO)
            return MHD_NO;
    }
    return MHD_YES;
}

static size_t count_headers(const struct endpoint_answer *answer)
{
    size_t count = 0;
    while (answer->headers && answer->headers[count].name)
        count++;
    return count;
}

/* A response with the headers that all such answers of the connection share. */
static struct MHD_Response *make_response(const struct endpoint_answer *answer,
                                          const struct worker *worker)
{
    char number[UNITS_INTEGER_SIZE];
    if (worker)
        units_format_integer(worker->number, number);
    const struct endpoint_header headers[] = {
        {"Content-Type", answer->content_type},
        {"X-Worker", worker ? number : NULL},
    };
    struct MHD_Response *response = MHD_create_response_from_buffer(
        answer->body.length, answer->body.data, MHD_RESPMEM_PERSISTENT);
    if (!response)
        return NULL;
    if (add_headers(response, headers, ARRAY_LENGTH(headers)) == MHD_YES &&
        add_headers(response, answer->headers, count_headers(answer)) == MHD_YES)
        return response;
    MHD_destroy_response(response);
    return NULL;
}

static void remove_header(struct MHD_Response *response, const char *name)
{
    const char *value = MHD_get_response_header(response, name);
    if (value)
        MHD_del_response_header(response, name, value);
}

/* The kept response, if it is as the answer needs it but for the headers of one answer; or NULL. */
static struct MHD_Response *take_kept(struct send_kept *kept, const struct endpoint_answer *answer)
{
    if (kept->body != answer->body.data || kept->length != answer->body.length ||
        kept->content_type != answer->content_type || kept->headers != answer->headers)
        send_kept_deinit(kept);
    struct MHD_Response *response = kept->response;
    kept->response = NULL;
    if (response) {
        remove_header(response, "Server-Timing");
        remove_header(response, "X-Request-ID");
    }
    return response;
}

/* The headers that one answer has. */
struct own_headers {
    char timing[TIMING_SIZE];
    struct endpoint_header headers[6];
};

static void make_own_headers(struct own_headers *own, const struct request *request,
                             const struct endpoint_answer *answer, const char *id)
{
    format_timing(answer, own->timing);
    const bool post = request->endpoint && request->endpoint->method == ENDPOINT_POST;
    const struct endpoint_header headers[ARRAY_LENGTH(own->headers)] = {
        {"Server-Timing", own->timing[0] ? own->timing : NULL},
        {"X-Request-ID", id[0] ? id : NULL},
        {"Allow", answer->status == 405 ? (post ? "POST" : "GET, HEAD") : NULL},
        {"Retry-After", answer->status == 503 || answer->status == 429 ? "1" : NULL},
        {"WWW-Authenticate", answer->status == 401 ? "Bearer" : NULL},
        {"Connection", request->close ? "close" : NULL},
    };
    memcpy(own->headers, headers, sizeof headers);
}

static enum MHD_Result queue(struct MHD_Connection *connection, struct MHD_Response *response,
                             const struct request *request, const struct endpoint_answer *answer,
                             const char *id)
{
    struct own_headers own;
    make_own_headers(&own, request, answer, id);
    if (add_headers(response, own.headers, ARRAY_LENGTH(own.headers)) == MHD_NO)
        return MHD_NO;
    return MHD_queue_response(connection, (unsigned)answer->status, response);
}

/* The text of a whole reply. */
static void write_reply(struct buffer *text, const struct request *request,
                        const struct endpoint_answer *answer, const char *id)
{
    struct own_headers own;
    make_own_headers(&own, request, answer, id);
    char date[64];
    struct tm utc;
    time_t now = time(NULL);
    strftime(date, sizeof date, "%a, %d %b %Y %H:%M:%S GMT", gmtime_r(&now, &utc));
    buffer_append_format(text, "HTTP/1.1 %d %s\r\nDate: %s\r\nContent-Type: %s\r\n", answer->status,
                         MHD_get_reason_phrase_for((unsigned)answer->status), date,
                         answer->content_type);
    for (size_t i = 0; i < ARRAY_LENGTH(own.headers); i++) {
        if (own.headers[i].value)
            buffer_append_format(text, "%s: %s\r\n", own.headers[i].name, own.headers[i].value);
    }
    buffer_append_format(text, "Content-Length: %zu\r\n\r\n", answer->body.length);
    if (!request->only_head)
        buffer_append(text, answer->body.data, answer->body.length);
}

static void send_plain(const struct link *link, const struct buffer *text)
{
    send(link->fd, text->data, text->length, MSG_DONTWAIT | MSG_NOSIGNAL);
}

void send_at_once(const struct link *link, const struct request *request,
                  const struct endpoint_answer *answer, const char *id)
{
    CLEANUP(buffer_deinit)
    struct buffer text = {0};
    write_reply(&text, request, answer, id);
    if (text.error)
        return; /* a reply with a hole is none */
    if (link->tls)
        tls_say(link->tls, text.data, text.length);
    else
        send_plain(link, &text);
}

void send_from_outside(const struct link *link, const struct request *request,
                       const struct endpoint_answer *answer)
{
    CLEANUP(buffer_deinit)
    struct buffer text = {0};
    write_reply(&text, request, answer, "");
    if (text.error)
        return;
    if (link->tls)
        tls_leave_words(link->tls, &text);
    else
        send_plain(link, &text);
}

void send_kept_deinit(struct send_kept *kept)
{
    if (kept->response)
        MHD_destroy_response(kept->response);
    kept->response = NULL;
}

enum MHD_Result send_answer(struct MHD_Connection *connection, struct send_kept *kept,
                            const struct request *request, const struct endpoint_answer *answer,
                            const char *id, const struct worker *worker)
{
    const bool usual = answer->status == 200 && !request->close;
    struct MHD_Response *response = usual ? take_kept(kept, answer) : NULL;
    if (!response)
        response = make_response(answer, worker);
    if (!response)
        return MHD_NO;
    enum MHD_Result queued = queue(connection, response, request, answer, id);
    if (usual && queued == MHD_YES)
        *kept = (struct send_kept){response, answer->body.data, answer->body.length,
                                   answer->content_type, answer->headers};
    else
        MHD_destroy_response(response);
    return queued;
}
