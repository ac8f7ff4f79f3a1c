/* transfer.c: see transfer.h. */
#include "send/transfer.h"

#include "base/clock.h"
#include "base/error.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Of the sizes from 16 KiB to 2 MiB, 256 KiB moved a large body fastest. */
#define UPLOAD_BUFFER_LARGE (256L << 10)
#define UPLOAD_BUFFER_SMALL (16L << 10)

int transfer_global_init(void)
{
    return curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK ? 0 : -ENOMEM;
}

/* Whether the user's own headers set `name` (with its colon). */
static bool is_overridden(const struct transfer_config *config, const char *name)
{
    for (const char *const *header = config->headers; header && *header; header++) {
        if (strncasecmp(*header, name, strlen(name)) == 0)
            return true;
    }
    return false;
}

static int append(struct curl_slist **list, const char *text)
{
    struct curl_slist *grown = curl_slist_append(*list, text);
    if (!grown)
        return -ENOMEM;
    *list = grown;
    return 0;
}

int transfer_config_init(struct transfer_config *config)
{
    int r = append(&config->connect_to, config->target->connect_to);
    if (r == 0)
        r = append(&config->header_list, "Expect:");
    if (r == 0 && !is_overridden(config, "Content-Type:"))
        r = append(&config->header_list, "Content-Type: application/json");
    for (const char *const *header = config->headers; r == 0 && header && *header; header++)
        r = append(&config->header_list, *header);
    config->own_id = is_overridden(config, "X-Request-ID:");
    return r;
}

void transfer_config_deinit(struct transfer_config *config)
{
    curl_slist_free_all(config->header_list);
    curl_slist_free_all(config->connect_to);
    config->header_list = NULL;
    config->connect_to = NULL;
}

static size_t on_header(char *line, size_t size, size_t count, void *context)
{
    struct transfer *transfer = context;
    size_t length = size * count;
    transfer->last_byte_ns = clock_now_ns();
    if (transfer->first_byte_ns == 0)
        transfer->first_byte_ns = transfer->last_byte_ns;
    if (!timing_parse(line, length, &transfer->timing))
        timing_parse_worker(line, length, transfer->worker);
    transfer->headers_complete = length <= 2 && (line[0] == '\r' || line[0] == '\n');
    return length;
}

static size_t on_body(char *bytes, size_t size, size_t count, void *context)
{
    (void)bytes;
    struct transfer *transfer = context;
    transfer->last_byte_ns = clock_now_ns();
    transfer->bytes_received += size * count;
    return size * count;
}

/* Called before each send, the repeated ones as well. */
static int on_send(void *context, char *to, char *from, int to_port, int from_port)
{
    (void)to, (void)from, (void)to_port, (void)from_port;
    struct transfer *transfer = context;
    transfer->sends++;
    return CURL_PREREQFUNC_OK;
}

static void set_connection(const struct transfer *transfer, struct sockets *sockets)
{
    const struct transfer_config *config = transfer->config;
    CURL *easy = transfer->easy;
    long once = config->keepalive ? 0L : 1L;
    curl_easy_setopt(easy, CURLOPT_CONNECT_TO, config->connect_to);
    curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, once);
    curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, once);
    curl_easy_setopt(easy, CURLOPT_PROXY, "");
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)(config->timeout_ns / NS_PER_MS));
    sockets_count_connections(sockets, easy);
}

static CURLcode set_request(struct transfer *transfer)
{
    const struct transfer_config *config = transfer->config;
    CURL *easy = transfer->easy;
    char url[URL_SIZE * 2 + 1];
    snprintf(url, sizeof url, "%s%s", config->target->base_url, config->endpoint);
    transfer->id_header.data = transfer->id_text;
    transfer->id_header.next = config->header_list;
    bool large = config->body_length > (size_t)UPLOAD_BUFFER_SMALL;
    curl_easy_setopt(easy, CURLOPT_UPLOAD_BUFFERSIZE,
                     large ? UPLOAD_BUFFER_LARGE : UPLOAD_BUFFER_SMALL);
    curl_easy_setopt(easy, CURLOPT_POST, 1L);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)config->body_length);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, config->body);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER,
                     config->own_id ? config->header_list : &transfer->id_header);
    curl_easy_setopt(easy, CURLOPT_PRIVATE, transfer);
    curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, on_send);
    curl_easy_setopt(easy, CURLOPT_PREREQDATA, transfer);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, transfer);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, transfer);
    return curl_easy_setopt(easy, CURLOPT_URL, url);
}

struct transfer *transfer_new(const struct transfer_config *config, struct sockets *sockets)
{
    struct transfer *transfer = calloc(1, sizeof *transfer);
    if (!transfer)
        return NULL;
    transfer->config = config;
    if (transfer_renew(transfer, sockets) == 0)
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
    set_connection(transfer, sockets);
    return set_request(transfer) == CURLE_OK ? 0 : -ENOMEM;
}

void transfer_free(struct transfer *transfer)
{
    if (!transfer)
        return;
    curl_easy_cleanup(transfer->easy);
    free(transfer);
}

void transfer_begin(struct transfer *transfer, uint64_t id, int64_t planned_ns)
{
    snprintf(transfer->id_text, sizeof transfer->id_text, "X-Request-ID: %s-%06llu",
             transfer->config->name, (unsigned long long)id);
    transfer->id = id;
    transfer->planned_ns = planned_ns;
    transfer->headers_complete = false;
    transfer->sends = 0;
    transfer->first_byte_ns = 0;
    transfer->last_byte_ns = 0;
    transfer->bytes_received = 0;
    transfer->timing = (struct server_timing){0};
    transfer->worker[0] = '\0';
    transfer->sent_ns = clock_now_ns();
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
        .headers_complete = transfer->headers_complete,
    };
    struct outcome outcome = {
        .kind = outcome_classify(&verdict),
        .status = (int)status,
        .resent = transfer->sends > 1 ? transfer->sends - 1 : 0,
        .sent_ns = transfer->sent_ns,
        .first_byte_ns = transfer->first_byte_ns,
        .bytes_sent = (uint64_t)uploaded,
        .bytes_received = transfer->bytes_received,
        .timing = transfer->timing,
    };
    memcpy(outcome.worker, transfer->worker, sizeof outcome.worker);
    outcome.end_ns = outcome.kind == OUTCOME_OK ? transfer->last_byte_ns : now_ns;
    return outcome;
}
