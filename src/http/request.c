/* request.c: see request.h. */
#include "http/request.h"

#include "endpoint/rows.h"

#include <string.h>
#include <strings.h>

void request_fail(struct request *request, int status, const char *detail)
{
    if (request->status)
        return;
    request->status = status;
    request->detail = detail;
}

void request_fail_and_close(struct request *request, int status, const char *detail)
{
    request_fail(request, status, detail);
    request->close = true;
}

static bool method_fits(const struct endpoint *endpoint, const char *method)
{
    if (endpoint->method == ENDPOINT_POST)
        return strcmp(method, "POST") == 0;
    return strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0;
}

/* application/json or application/<anything>+json, parameters aside. */
static bool is_json_type(const char *type)
{
    static const char prefix[] = "application/";
    if (strcmp(type, "application/json") == 0)
        return true;
    size_t length = strcspn(type, "; \t");
    if (strncasecmp(type, prefix, sizeof prefix - 1) != 0)
        return false;
    const char *subtype = type + sizeof prefix - 1;
    length -= sizeof prefix - 1;
    if (length == 4)
        return strncasecmp(subtype, "json", 4) == 0;
    return length > 5 && strncasecmp(subtype + length - 5, "+json", 5) == 0;
}

static void judge_post(struct request *request, const struct request_head *head)
{
    if (!head->has_length && !head->chunked)
        request_fail_and_close(request, 411, "a POST needs a Content-Length or chunked coding");
    else if (head->content_type && !is_json_type(head->content_type))
        request_fail(request, 415, "send Content-Type: application/json");
}

/* At the head: what a stranger sends is not read. */
static void refuse_stranger(struct request *request, const struct request_head *head)
{
    request_fail(request, 401, "send Authorization: Bearer and a token of this server");
    request->close = head->content_length || head->chunked;
}

/* What tells of the server itself is for operators, and all else for users. */
static bool lacks_token(const struct endpoint *endpoint, const struct request_head *head)
{
    if (endpoint && endpoint->open)
        return false;
    return endpoint && endpoint->method == ENDPOINT_GET ? head->lacks_admin_token
                                                        : head->lacks_token;
}

static void judge(struct request *request, const struct request_head *head)
{
    bool http_1_1 = strcmp(head->version, "HTTP/1.1") == 0;
    if (head->status)
        request_fail_and_close(request, head->status, head->detail);
    else if (!http_1_1 && strcmp(head->version, "HTTP/1.0") != 0)
        request_fail_and_close(request, 505, "HTTP/1.0 and HTTP/1.1 are spoken here");
    else if (lacks_token(request->endpoint, head))
        refuse_stranger(request, head);
    else if (head->content_length > request->limit)
        request_fail_and_close(request, 413, "the body is larger than this server takes");
    else if (!request->endpoint)
        request_fail(request, 404, "Not Found");
    else if (!method_fits(request->endpoint, head->method))
        request_fail(request, 405, "Method Not Allowed");
    else if (request->endpoint->method == ENDPOINT_POST)
        judge_post(request, head);
}

enum request_action request_begin(struct request *request, const struct request_head *head,
                                  const struct request_limits *limits)
{
    const struct endpoint *endpoint = endpoint_find(head->path);
    if (endpoint && endpoint->page && !limits->pages)
        endpoint = NULL;
    uint64_t own = limits->own[endpoint_index(endpoint)];
    *request = (struct request){
        .endpoint = endpoint,
        .limit = own ? own : limits->all,
        .only_head = strcmp(head->method, "HEAD") == 0,
        .undrained = head->expects_continue || head->content_length > REQUEST_DRAIN_MAX,
    };
    judge(request, head);
    if (!request->status)
        return REQUEST_GO_ON;
    return request_refuse(request, request->status, request->detail);
}

enum request_action request_refuse(struct request *request, int status, const char *detail)
{
    request_fail(request, status, detail);
    request->close |= request->undrained;
    return request->close ? REQUEST_ANSWER : REQUEST_GO_ON;
}

enum request_action request_chunk(struct request *request, size_t length)
{
    request->received += length;
    if (request->received > request->limit)
        request_fail_and_close(request, 413, "the body is larger than this server takes");
    if (!request->status)
        return REQUEST_GO_ON;
    request->dropped += length;
    return request->dropped > REQUEST_DRAIN_MAX ? REQUEST_CUT : REQUEST_DROP;
}

enum request_action request_wire(struct request *request, uint64_t wire_bytes)
{
    if (wire_bytes <= REQUEST_WIRE_TIMES * request->received + REQUEST_WIRE_SPARE)
        return REQUEST_GO_ON;
    request_fail_and_close(request, 400,
                           "the chunked coding takes several times the body's own size");
    return REQUEST_CUT;
}
