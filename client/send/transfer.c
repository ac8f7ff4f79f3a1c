/* transfer.c: see transfer.h. */
#include "send/transfer.h"

#include "base/clock.h"
#include "base/error.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

/* Of the sizes from 16 KiB to 2 MiB, 256 KiB moved a large body fastest. */
#define UPLOAD_BUFFER_LARGE (256L << 10)
#define UPLOAD_BUFFER_SMALL (16L << 10)
#define WAIT_MS 60000 /* libcurl's own timers and transfer_wake cut it short */

int transfer_global_init(void)
{
    return curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK ? 0 : -ENOMEM;
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

/* Whether the user's own headers set `name` (with its colon). */
static bool is_overridden(const struct transfer_config *config, const char *name)
{
    for (const char *const *header = config->headers; header && *header; header++) {
        if (strncasecmp(*header, name, strlen(name)) == 0)
            return true;
    }
    return false;
}

static int append_header(struct transfer *transfer, const char *text)
{
    struct curl_slist *grown = curl_slist_append(transfer->headers, text);
    if (!grown)
        return -ENOMEM;
    transfer->headers = grown;
    return 0;
}

static int set_headers(struct transfer *transfer)
{
    const struct transfer_config *config = transfer->config;
    int r = append_header(transfer, "Expect:");
    if (r == 0 && !is_overridden(config, "Content-Type:"))
        r = append_header(transfer, "Content-Type: application/json");
    for (const char *const *header = config->headers; r == 0 && header && *header; header++)
        r = append_header(transfer, *header);
    transfer->id_header.data = transfer->id_text;
    transfer->id_header.next = transfer->headers;
    bool own_id = is_overridden(config, "X-Request-ID:");
    curl_easy_setopt(transfer->easy, CURLOPT_HTTPHEADER,
                     own_id ? transfer->headers : &transfer->id_header);
    return r;
}

static void set_connection(struct transfer *transfer)
{
    const struct transfer_config *config = transfer->config;
    CURL *easy = transfer->easy;
    long once = config->keepalive ? 0L : 1L;
    snprintf(transfer->connect_to_text, sizeof transfer->connect_to_text, "%s",
             config->target->connect_to);
    transfer->connect_to.data = transfer->connect_to_text;
    curl_easy_setopt(easy, CURLOPT_CONNECT_TO, &transfer->connect_to);
    curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, once);
    curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, once);
    curl_easy_setopt(easy, CURLOPT_PROXY, "");
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)(config->timeout_ns / NS_PER_MS));
}

static CURLcode set_request(struct transfer *transfer)
{
    const struct transfer_config *config = transfer->config;
    CURL *easy = transfer->easy;
    char url[URL_SIZE * 2 + 1];
    snprintf(url, sizeof url, "%s%s", config->target->base_url, config->endpoint);
    bool large = config->body_length > (size_t)UPLOAD_BUFFER_SMALL;
    curl_easy_setopt(easy, CURLOPT_UPLOAD_BUFFERSIZE,
                     large ? UPLOAD_BUFFER_LARGE : UPLOAD_BUFFER_SMALL);
    curl_easy_setopt(easy, CURLOPT_POST, 1L);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)config->body_length);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, config->body);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, transfer);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, transfer);
    return curl_easy_setopt(easy, CURLOPT_URL, url);
}

int transfer_init(struct transfer *transfer, const struct transfer_config *config)
{
    memset(transfer, 0, sizeof *transfer);
    transfer->config = config;
    transfer->easy = curl_easy_init();
    transfer->multi = curl_multi_init();
    int r = transfer->easy && transfer->multi ? 0 : -ENOMEM;
    if (r == 0) {
        set_connection(transfer);
        r = set_request(transfer) == CURLE_OK ? set_headers(transfer) : -ENOMEM;
    }
    if (r)
        transfer_deinit(transfer);
    return r;
}

void transfer_deinit(struct transfer *transfer)
{
    if (!transfer)
        return;
    curl_easy_cleanup(transfer->easy);
    curl_multi_cleanup(transfer->multi);
    curl_slist_free_all(transfer->headers);
    memset(transfer, 0, sizeof *transfer);
}

void transfer_wake(struct transfer *transfer)
{
    curl_multi_wakeup(transfer->multi);
}

/* Like curl_easy_perform, but transfer_wake and *stop end it at once. */
static CURLcode perform(struct transfer *transfer)
{
    CURLMcode failed = curl_multi_add_handle(transfer->multi, transfer->easy);
    int running = 1;
    bool stopped = false;
    while (failed == CURLM_OK && !stopped) {
        failed = curl_multi_perform(transfer->multi, &running);
        if (failed || running == 0)
            break;
        failed = curl_multi_poll(transfer->multi, NULL, 0, WAIT_MS, NULL);
        stopped = atomic_load_explicit(transfer->config->stop, memory_order_relaxed);
    }
    int left;
    const CURLMsg *message = curl_multi_info_read(transfer->multi, &left);
    CURLcode code =
        message ? message->data.result : (stopped ? CURLE_ABORTED_BY_CALLBACK : CURLE_FAILED_INIT);
    curl_multi_remove_handle(transfer->multi, transfer->easy);
    return code;
}

static void read_info(struct transfer *transfer, struct outcome *outcome,
                      struct transfer_verdict *verdict)
{
    long status = 0;
    long os_errno = 0;
    curl_off_t uploaded = 0;
    curl_easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(transfer->easy, CURLINFO_OS_ERRNO, &os_errno);
    curl_easy_getinfo(transfer->easy, CURLINFO_SIZE_UPLOAD_T, &uploaded);
    outcome->status = (int)status;
    outcome->bytes_sent = (uint64_t)uploaded;
    outcome->bytes_received = transfer->bytes_received;
    outcome->first_byte_ns = transfer->first_byte_ns;
    outcome->timing = transfer->timing;
    memcpy(outcome->worker, transfer->worker, sizeof outcome->worker);
    verdict->status = (int)status;
    verdict->os_errno = (int)os_errno;
}

struct outcome transfer_run(struct transfer *transfer, uint64_t id)
{
    snprintf(transfer->id_text, sizeof transfer->id_text, "X-Request-ID: %s-%06llu",
             transfer->config->name, (unsigned long long)id);
    transfer->headers_complete = false;
    transfer->first_byte_ns = 0;
    transfer->last_byte_ns = 0;
    transfer->bytes_received = 0;
    transfer->timing = (struct server_timing){0};
    transfer->worker[0] = '\0';
    struct outcome outcome = {.sent_ns = clock_now_ns()};
    struct transfer_verdict verdict = {.curl_code = (int)perform(transfer)};
    int64_t now = clock_now_ns();
    verdict.headers_complete = transfer->headers_complete;
    read_info(transfer, &outcome, &verdict);
    outcome.kind = outcome_classify(&verdict);
    outcome.end_ns = outcome.kind == OUTCOME_OK ? transfer->last_byte_ns : now;
    return outcome;
}
