/* transfer.c: see transfer.h. */
#include "send/transfer.h"

#include "base/clock.h"
#include "base/error.h"
#include "plan/header.h"
#include "plan/number.h"
#include "plan/secret.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Of the sizes from 16 KiB to 2 MiB, 256 KiB moved a large body fastest. */
#define UPLOAD_BUFFER_LARGE (256L << 10)
#define UPLOAD_BUFFER_SMALL (16L << 10)

int transfer_global_init(void)
{
    return curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK ? 0 : -ENOMEM;
}

static int append(struct curl_slist **list, const char *text)
{
    struct curl_slist *grown = curl_slist_append(*list, text);
    if (!grown)
        return -ENOMEM;
    *list = grown;
    return 0;
}

static bool class_sets(const struct traffic_class *class, const char *line)
{
    return class_sets_header(class, line) ||
           (class->type[0] && header_is_same(line, "Content-Type:"));
}

static bool is_set(const struct transfer_config *config, const char *line)
{
    return class_sets(config->class, line) || header_is_among(config->headers, line);
}

/* What is the same in all requests stands in a list that all of them share. */
static int add_header(struct transfer_config *config, const char *line)
{
    if (!number_is_in(line))
        return append(&config->header_list, line);
    config->numbered[config->numbered_count++] = line;
    return 0;
}

static int add_type(struct transfer_config *config)
{
    char line[CLASS_TYPE_SIZE + 32];
    const char *type = config->class->type;
    if (!type[0] && (!class_has_body(config->class) || is_set(config, "Content-Type:")))
        return 0;
    snprintf(line, sizeof line, "Content-Type: %s", type[0] ? type : "application/json");
    return append(&config->header_list, line);
}

/* The class's own headers replace those of all classes. */
int transfer_config_init(struct transfer_config *config)
{
    const struct traffic_class *class = config->class;
    int r = append(&config->header_list, "Expect:");
    if (r == 0)
        r = add_type(config);
    for (const char *const *header = config->headers; r == 0 && header && *header; header++)
        r = class_sets(class, *header) ? 0 : add_header(config, *header);
    for (const char *header = NULL; r == 0 && (header = class_next_header(class, header));)
        r = add_header(config, header);
    config->own_id = is_set(config, "X-Request-ID:");
    config->numbered_endpoint = number_is_in(config->endpoint);
    return r;
}

void transfer_config_deinit(struct transfer_config *config)
{
    curl_slist_free_all(config->header_list);
    config->header_list = NULL;
}

/* A new head: what came before it, as after 100 Continue, does not count. */
static void begin_head(struct transfer *transfer, const char *line, size_t length)
{
    while (length && (line[length - 1] == '\n' || line[length - 1] == '\r'))
        length--;
    if (length >= sizeof transfer->status_line)
        length = sizeof transfer->status_line - 1;
    memcpy(transfer->status_line, line, length);
    transfer->status_line[length] = '\0';
    transfer->body_kept = 0;
    transfer->headers_complete = false;
}

/* Also called for trailers, which follow the body and end with no blank line. */
static size_t on_header(char *line, size_t size, size_t count, void *context)
{
    struct transfer *transfer = context;
    size_t length = size * count;
    transfer->last_byte_ns = clock_now_ns();
    if (transfer->first_byte_ns == 0)
        transfer->first_byte_ns = transfer->last_byte_ns;
    if (transfer->config->heed)
        transfer->config->heed(transfer->config->heeded, line, length);
    if (length > 5 && memcmp(line, "HTTP/", 5) == 0)
        begin_head(transfer, line, length);
    else if (!timing_parse(line, length, &transfer->timing))
        timing_parse_worker(line, length, transfer->worker);
    if (length <= 2 && (line[0] == '\r' || line[0] == '\n'))
        transfer->headers_complete = true;
    return length;
}

static size_t on_body(char *bytes, size_t size, size_t count, void *context)
{
    struct transfer *transfer = context;
    size_t left = sizeof transfer->body - transfer->body_kept;
    size_t kept = size * count < left ? size * count : left;
    transfer->last_byte_ns = clock_now_ns();
    transfer->bytes_received += size * count;
    memcpy(transfer->body + transfer->body_kept, bytes, kept);
    transfer->body_kept += kept;
    return size * count;
}

/* Notes when libcurl has given the last byte of the body to the system. */
static int on_progress(void *context, curl_off_t down_total, curl_off_t down, curl_off_t up_total,
                       curl_off_t up)
{
    (void)down_total, (void)down, (void)up_total;
    struct transfer *transfer = context;
    const struct buffer *body = bodies_of(transfer->config->bodies, transfer->id);
    if (transfer->uploaded_ns == 0 && (size_t)up >= body->length)
        transfer->uploaded_ns = clock_now_ns();
    return 0;
}

/* Called before each send, the repeated ones as well. */
static int on_send(void *context, char *to, char *from, int to_port, int from_port)
{
    (void)to, (void)from, (void)to_port, (void)from_port;
    struct transfer *transfer = context;
    transfer->sends++;
    transfer->uploaded_ns = 0;
    return CURL_PREREQFUNC_OK;
}

static void set_connection(const struct transfer *transfer, struct sockets *sockets)
{
    const struct transfer_config *config = transfer->config;
    CURL *easy = transfer->easy;
    long once = config->keepalive ? 0L : 1L;
    curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, once);
    curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, once);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)(config->timeout_ns / NS_PER_MS));
    sockets_count_connections(sockets, easy);
}

/* libcurl's own ways for what has no body, and for what has one. */
static void set_method(CURL *easy, const struct traffic_class *class)
{
    const struct method *method = class_method(class);
    CURLoption way = method->head            ? CURLOPT_NOBODY
                     : class_has_body(class) ? CURLOPT_POST
                                             : CURLOPT_HTTPGET;
    curl_easy_setopt(easy, way, 1L);
    curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, method->name);
}

static void set_body(CURL *easy, const struct buffer *body)
{
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body->length);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body->length ? body->data : "");
}

/* `endpoint` as it is sent: with its number. */
static CURLcode set_url(const struct transfer *transfer, const char *endpoint)
{
    CLEANUP(buffer_deinit)
    struct buffer url = {0};
    target_append_url(transfer->config->target, endpoint, &url);
    buffer_append(&url, "", 1);
    return url.error ? CURLE_OUT_OF_MEMORY
                     : curl_easy_setopt(transfer->easy, CURLOPT_URL, url.data);
}

static CURLcode set_request(struct transfer *transfer)
{
    const struct transfer_config *config = transfer->config;
    CURL *easy = transfer->easy;
    bool large = config->bodies->mean_bytes > (size_t)UPLOAD_BUFFER_SMALL;
    curl_easy_setopt(easy, CURLOPT_UPLOAD_BUFFERSIZE,
                     large ? UPLOAD_BUFFER_LARGE : UPLOAD_BUFFER_SMALL);
    set_method(easy, config->class);
    if (config->bodies->count)
        set_body(easy, &config->bodies->rows[0]);
    curl_easy_setopt(easy, CURLOPT_PRIVATE, transfer);
    curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, on_send);
    curl_easy_setopt(easy, CURLOPT_PREREQDATA, transfer);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, transfer);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, transfer);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, transfer->headers);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, transfer->words);
    curl_easy_setopt(easy, CURLOPT_NOPROGRESS, large ? 0L : 1L);
    curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, on_progress);
    curl_easy_setopt(easy, CURLOPT_XFERINFODATA, transfer);
    return set_url(transfer, config->endpoint);
}

/* The id, then what has a number, then what all requests share. */
static int link_headers(struct transfer *transfer)
{
    const struct transfer_config *config = transfer->config;
    transfer->headers = config->header_list;
    if (config->numbered_count)
        transfer->numbered = calloc(config->numbered_count, sizeof *transfer->numbered);
    if (config->numbered_count && !transfer->numbered)
        return -ENOMEM;
    for (size_t i = config->numbered_count; i > 0; i--) {
        transfer->numbered[i - 1].next = transfer->headers;
        transfer->headers = &transfer->numbered[i - 1];
    }
    if (config->own_id)
        return 0;
    transfer->id_header.data = transfer->id_text;
    transfer->id_header.next = transfer->headers;
    transfer->headers = &transfer->id_header;
    return 0;
}

/* Fills the number into what has one. */
static int number_request(struct transfer *transfer)
{
    const struct transfer_config *config = transfer->config;
    for (size_t i = 0; i < config->numbered_count; i++) {
        free(transfer->numbered[i].data);
        transfer->numbered[i].data = number_fill_in(config->numbered[i], transfer->id);
        if (!transfer->numbered[i].data)
            return -ENOMEM;
    }
    if (!config->numbered_endpoint)
        return 0;
    char *endpoint = number_fill_in(config->endpoint, transfer->id);
    int r = endpoint && set_url(transfer, endpoint) == CURLE_OK ? 0 : -ENOMEM;
    free(endpoint);
    return r;
}

struct transfer *transfer_new(const struct transfer_config *config, struct sockets *sockets)
{
    struct transfer *transfer = calloc(1, sizeof *transfer);
    if (!transfer)
        return NULL;
    transfer->config = config;
    if (link_headers(transfer) == 0 && transfer_renew(transfer, sockets) == 0)
        return transfer;
    transfer_free(transfer);
    return NULL;
}

int transfer_renew(struct transfer *transfer, struct sockets *sockets)
{
    curl_easy_cleanup(transfer->easy);
    transfer->easy = curl_easy_init();
    if (!transfer->easy)
        return -ENOMEM;
    if (target_setup(transfer->config->target, transfer->easy, &transfer->connect_to))
        return -ENOMEM;
    set_connection(transfer, sockets);
    return set_request(transfer) == CURLE_OK ? 0 : -ENOMEM;
}

void transfer_free(struct transfer *transfer)
{
    if (!transfer)
        return;
    curl_easy_cleanup(transfer->easy);
    for (size_t i = 0; transfer->numbered && i < transfer->config->numbered_count; i++)
        free(transfer->numbered[i].data);
    free(transfer->numbered);
    curl_slist_free_all(transfer->connect_to);
    free(transfer);
}

int transfer_begin(struct transfer *transfer, uint64_t id, int64_t planned_ns)
{
    snprintf(transfer->id_text, sizeof transfer->id_text, "X-Request-ID: %s-%06llu",
             transfer->config->class->name, (unsigned long long)id);
    transfer->id = id;
    transfer->planned_ns = planned_ns;
    transfer->headers_complete = false;
    transfer->sends = 0;
    transfer->uploaded_ns = 0;
    transfer->first_byte_ns = 0;
    transfer->last_byte_ns = 0;
    transfer->bytes_received = 0;
    transfer->timing = (struct server_timing){0};
    transfer->worker[0] = '\0';
    transfer->status_line[0] = '\0';
    transfer->body_kept = 0;
    transfer->words[0] = '\0';
    if (transfer->config->bodies->count > 1)
        set_body(transfer->easy, bodies_of(transfer->config->bodies, id));
    int r = number_request(transfer);
    transfer->sent_ns = clock_now_ns();
    return r;
}

/* Of a new connection; libcurl tells microseconds, and one that took none still is one. */
static void note_connection(CURL *easy, struct outcome *outcome)
{
    long connections = 0;
    curl_off_t connected_us = 0;
    curl_off_t secured_us = 0;
    curl_easy_getinfo(easy, CURLINFO_NUM_CONNECTS, &connections);
    curl_easy_getinfo(easy, CURLINFO_CONNECT_TIME_T, &connected_us);
    curl_easy_getinfo(easy, CURLINFO_APPCONNECT_TIME_T, &secured_us);
    if (connections == 0)
        return;
    outcome->connect_ns = connected_us > 0 ? connected_us * NS_PER_US : 1;
    if (secured_us > connected_us)
        outcome->tls_ns = (secured_us - connected_us) * NS_PER_US;
}

/* A server that does not agree on HTTP/2 answers in HTTP/1.1. */
static bool is_other_version(const struct transfer *transfer)
{
    long version = CURL_HTTP_VERSION_NONE;
    curl_easy_getinfo(transfer->easy, CURLINFO_HTTP_VERSION, &version);
    return transfer->config->target->reach.http2 && version != CURL_HTTP_VERSION_2_0;
}

struct outcome transfer_end(const struct transfer *transfer, CURLcode code, int64_t now_ns)
{
    long status = 0;
    long os_errno = 0;
    curl_off_t uploaded = 0;
    curl_easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(transfer->easy, CURLINFO_OS_ERRNO, &os_errno);
    curl_easy_getinfo(transfer->easy, CURLINFO_SIZE_UPLOAD_T, &uploaded);
    const struct transfer_verdict verdict = {
        .curl_code = (int)code,
        .os_errno = (int)os_errno,
        .status = (int)status,
        .expected = expect_holds(&transfer->config->class->expect, (int)status),
        .headers_complete = transfer->headers_complete,
        .other_version = is_other_version(transfer),
        .tls_alert = transfer->config->target->tls && strstr(transfer->words, "alert"),
    };
    struct outcome outcome = {
        .kind = outcome_classify(&verdict),
        .status = (int)status,
        .resent = transfer->sends > 1 ? transfer->sends - 1 : 0,
        .sent_ns = transfer->sent_ns,
        .uploaded_ns = transfer->uploaded_ns,
        .first_byte_ns = transfer->first_byte_ns,
        .bytes_sent = (uint64_t)uploaded,
        .bytes_received = transfer->bytes_received,
        .timing = transfer->timing,
    };
    note_connection(transfer->easy, &outcome);
    memcpy(outcome.worker, transfer->worker, sizeof outcome.worker);
    outcome.end_ns = outcome.kind == OUTCOME_OK ? transfer->last_byte_ns : now_ns;
    return outcome;
}

/* The first bytes of a body. A server may repeat secrets that it was sent; none is cut in two. */
static void tell_body(const struct transfer *transfer, char out[FAILURE_BODY_SIZE])
{
    char text[4 * TRANSFER_BODY_KEPT + 1];
    size_t shown =
        transfer->body_kept < FAILURE_BODY_MOST ? transfer->body_kept : FAILURE_BODY_MOST;
    failure_escape(text, sizeof text, transfer->body, shown);
    size_t length = strlen(text);
    failure_escape(text, sizeof text, transfer->body, transfer->body_kept);
    secret_hide(text, sizeof text);
    snprintf(out, FAILURE_BODY_SIZE, "%.*s", (int)length, text);
}

/*
 * libcurl's own name the host and port of the URL even where a Unix socket was tried, and do not
 * say what the client's machine lacks.
 */
static const char *words_of(const struct transfer *transfer, CURLcode code, enum outcome_kind kind,
                            char own[FAILURE_WORDS_SIZE])
{
    const char *path = transfer->config->target->reach.unix_socket;
    long os_errno = 0;
    curl_easy_getinfo(transfer->easy, CURLINFO_OS_ERRNO, &os_errno);
    if (kind == OUTCOME_LOCAL)
        snprintf(own, FAILURE_WORDS_SIZE, "the client's own machine made no connection: %s",
                 strerror((int)os_errno));
    else if (code != CURLE_COULDNT_CONNECT || !path)
        return transfer->words[0] ? transfer->words : curl_easy_strerror(code);
    else
        snprintf(own, FAILURE_WORDS_SIZE, "Failed to connect to the socket %.150s%s%s", path,
                 os_errno ? ": " : "", os_errno ? strerror((int)os_errno) : "");
    return own;
}

struct failure transfer_failure(const struct transfer *transfer, CURLcode code,
                                const struct outcome *outcome)
{
    struct failure failure = {.kind = outcome->kind};
    char own[FAILURE_WORDS_SIZE];
    const char *words = transfer->status_line;
    if (outcome_is_by_status(outcome->kind)) {
        failure.status = outcome->status;
        tell_body(transfer, failure.body);
    } else if (code) {
        words = words_of(transfer, code, outcome->kind, own);
    } else if (!transfer->headers_complete) {
        words = "the connection was closed in the middle of a head";
    }
    failure_escape(failure.words, sizeof failure.words, words, strlen(words));
    secret_hide(failure.words, sizeof failure.words);
    return failure;
}
