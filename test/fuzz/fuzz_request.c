/*
 * fuzz_request.c: the rules for heads and the request state machine, as libmicrohttpd would drive
 * them. The input is lines: method, target and version, then a field each, then an empty line; each
 * byte behind that is a piece of body, its value the piece's length.
 */
#include "endpoint/rows.h"
#include "fuzz.h"
#include "http/request.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Where a text is cut next; the bytes up to there, with a NUL. */
struct lines {
    const uint8_t *at;
    size_t left;
};

static char *next_line(struct lines *lines)
{
    const uint8_t *end = lines->left ? memchr(lines->at, '\n', lines->left) : NULL;
    const size_t length = end ? (size_t)(end - lines->at) : lines->left;
    const size_t visible = length ? strnlen((const char *)lines->at, length) : 0;
    char *line = fuzz_text(lines->at, visible);
    const size_t used = length + (end ? 1 : 0);
    lines->at += used;
    lines->left -= used;
    return line;
}

static bool is_clean(const char *text)
{
    for (; *text; text++) {
        const unsigned char byte = (unsigned char)*text;
        if ((byte < ' ' && byte != '\t') || byte == 0x7f)
            return false;
    }
    return true;
}

/* What libmicrohttpd lets pass: a number of up to 64 bits, and nothing but chunked. */
static bool reaches_us(const char *name, const char *value)
{
    if (strcasecmp(name, "Content-Length") == 0)
        return value[0] && strspn(value, "0123456789") == strlen(value) && strlen(value) < 19;
    return strcasecmp(name, "Transfer-Encoding") != 0 || strcasecmp(value, "chunked") == 0;
}

/* Returns whether the field's value is clean, or the field was left out. */
static bool give_field(struct request_head *head, char *line)
{
    char *colon = strchr(line, ':');
    if (!colon)
        return true;
    *colon = '\0';
    char *value = fuzz_text((const uint8_t *)colon + 1, strlen(colon + 1));
    bool clean = true;
    if (reaches_us(line, value)) {
        clean = is_clean(value);
        fuzz_demand(head_text_is_clean(value, strlen(value)) == clean, "a control is overlooked");
        head_field(head, line, strlen(line), value, strlen(value));
        if (head->content_type == value) { /* borrowed, and this one is freed */
            static char type[256];
            snprintf(type, sizeof type, "%s", value);
            head->content_type = type;
        }
    }
    free(value);
    return clean;
}

static bool is_known_refusal(int status)
{
    static const int known[] = {400, 404, 405, 411, 413, 414, 415, 431, 505};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (known[i] == status)
            return true;
    }
    return false;
}

static void check_begun(const struct request *request, const struct request_head *head,
                        enum request_action action)
{
    fuzz_demand(action == REQUEST_GO_ON || action == REQUEST_ANSWER, "a begin cuts or drops");
    if (!request->status) {
        fuzz_demand(action == REQUEST_GO_ON && request->endpoint && !request->close,
                    "a request is taken and refused at once");
        fuzz_demand(head->content_length <= request->limit, "a longer body is taken");
        fuzz_demand(request->endpoint->method != ENDPOINT_POST || head->has_length || head->chunked,
                    "a POST without framing is taken");
        return;
    }
    fuzz_demand(is_known_refusal(request->status) && request->detail, "an unknown refusal");
    fuzz_demand(!head->status || request->status == head->status, "the head's refusal is lost");
    fuzz_demand((action == REQUEST_ANSWER) == request->close,
                "it is answered before its body and the connection goes on, or the contrary");
}

/* The body, and now and then what its chunks took of the connection. */
static void give_body(struct request *request, struct lines *lines)
{
    uint64_t sum = 0;
    enum request_action action = REQUEST_GO_ON;
    for (; lines->left && action != REQUEST_CUT; lines->at++, lines->left--) {
        const size_t length = (size_t)*lines->at * *lines->at;
        const bool refused = request->status != 0;
        action = request_chunk(request, length);
        sum += length;
        fuzz_demand(request->received == sum, "body bytes are miscounted");
        fuzz_demand((action == REQUEST_GO_ON) == !request->status, "a refused body is read on");
        fuzz_demand(!refused || action != REQUEST_GO_ON, "a refusal is forgotten");
        fuzz_demand(sum <= request->limit || request->status, "a body grows past its limit");
        fuzz_demand(request->dropped <= REQUEST_DRAIN_MAX || action == REQUEST_CUT,
                    "more is drained than may be");
        if (action == REQUEST_GO_ON && *lines->at % 7 == 0)
            action = request_wire(request, sum * (1 + *lines->at % 4));
    }
    fuzz_demand(action != REQUEST_CUT || (request->status && request->detail),
                "it is cut without a reason");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct lines lines = {data, size};
    char *method = next_line(&lines);
    char *target = next_line(&lines);
    char *version = next_line(&lines);
    char id[HEAD_ID_SIZE];
    struct request_head head;
    bool clean = is_clean(method) && !strchr(method, '\t');
    head_begin(&head, method, target, version, id);
    for (bool more = true; more;) {
        char *line = next_line(&lines);
        more = line[0] != '\0';
        clean = give_field(&head, line) && clean;
        free(line);
    }
    head_end(&head, (size_t)(lines.at - data) * (1 + size % 64));
    fuzz_demand(clean == (head.status != 400), "a head with a control is taken, or one without is "
                                               "refused");
    for (const char *c = id; *c; c++)
        fuzz_demand(*c >= ' ' && *c < 0x7f, "a request id is not printable");

    struct request request;
    const struct request_limits limits = {.all = 100000, .own = {[1] = 1000}};
    enum request_action action = request_begin(&request, &head, &limits);
    check_begun(&request, &head, action);
    if (action == REQUEST_GO_ON && !request.status && size % 5 == 0) {
        action = request_refuse(&request, 503, "no room");
        fuzz_demand(request.status == 503 && (action == REQUEST_ANSWER) == request.close,
                    "a late refusal is lost");
    }
    if (action == REQUEST_GO_ON)
        give_body(&request, &lines);
    free(method);
    free(target);
    free(version);
    return 0;
}
