/* target.c: see target.h. */
#include "send/target.h"

#include "base/clock.h"
#include "base/error.h"
#include "plan/url.h"

#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

/* What does not answer so soon is not waited for: no signal ends this. */
#define PATIENCE_US 200000
#define CHOICE_NS (400 * NS_PER_MS)

static bool accepts(const struct addrinfo *address)
{
    const struct timeval patience = {.tv_usec = PATIENCE_US};
    int fd = socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return false;
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience); /* connect heeds it */
    bool connected = connect(fd, address->ai_addr, address->ai_addrlen) == 0;
    close(fd);
    return connected;
}

/* "localhost" often means ::1 and 127.0.0.1 while the server listens on only one of them. */
static const struct addrinfo *choose(const struct addrinfo *list)
{
    const int64_t until = clock_now_ns() + CHOICE_NS;
    const struct addrinfo *one = list;
    for (; list->ai_next && one && clock_now_ns() < until; one = one->ai_next) {
        if (accepts(one))
            return one;
    }
    return list;
}

static void list_deinit(struct addrinfo **list)
{
    if (*list)
        freeaddrinfo(*list);
}

static int resolve(struct target *target, const struct url *url, char error[TARGET_ERROR_SIZE])
{
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_ADDRCONFIG};
    CLEANUP(list_deinit)
    struct addrinfo *list = NULL;
    char host[URL_SIZE];
    size_t length = strlen(url->host);
    bool bracketed = url->host[0] == '[' && length > 2;
    snprintf(host, sizeof host, "%.*s", (int)(bracketed ? length - 2 : length),
             url->host + (bracketed ? 1 : 0));
    int code = getaddrinfo(host, url->port, bracketed ? NULL : &hints, &list);
    if (code) {
        snprintf(error, TARGET_ERROR_SIZE, "cannot resolve '%.200s': %s", host, gai_strerror(code));
        return TARGET_UNRESOLVED;
    }
    const struct addrinfo *one = choose(list);
    char address[NI_MAXHOST];
    code = getnameinfo(one->ai_addr, one->ai_addrlen, address, sizeof address, NULL, 0,
                       NI_NUMERICHOST);
    if (code) {
        snprintf(error, TARGET_ERROR_SIZE, "cannot resolve '%.200s': %s", host, gai_strerror(code));
        return TARGET_UNRESOLVED;
    }
    snprintf(target->connect_to, sizeof target->connect_to,
             one->ai_family == AF_INET6 ? "::[%s]:%s" : "::%s:%s", address, url->port);
    return 0;
}

/* libcurl may have been built without what is asked for. */
static const char *find_missing(const struct target *target)
{
    int features = curl_version_info(CURLVERSION_NOW)->features;
    if (target->tls && !(features & CURL_VERSION_SSL))
        return "TLS";
    if (target->reach.http2 && !(features & CURL_VERSION_HTTP2))
        return "HTTP/2";
    if (target->reach.unix_socket && !(features & CURL_VERSION_UNIX_SOCKETS))
        return "Unix sockets";
    return NULL;
}

int target_init(struct target *target, const char *base_url, const struct reach *reach,
                char error[TARGET_ERROR_SIZE])
{
    memset(target, 0, sizeof *target);
    CLEANUP(url_deinit)
    struct url url;
    if (!url_parse(&url, base_url)) {
        snprintf(error, TARGET_ERROR_SIZE,
                 "'%.200s' is not a base URL: write it like http://localhost:8000", base_url);
        return TARGET_INVALID;
    }
    size_t length = strcspn(base_url, "?");
    snprintf(target->query, sizeof target->query, "%s",
             base_url + length + (base_url[length] == '?'));
    memcpy(target->base_url, base_url, length);
    target->tls = strcmp(url.scheme, "https") == 0;
    if (reach)
        target->reach = *reach;
    const char *missing = find_missing(target);
    if (missing) {
        snprintf(error, TARGET_ERROR_SIZE, "this libcurl was built without %s", missing);
        return TARGET_INVALID;
    }
    if (target->reach.http2 && !target->tls) {
        snprintf(error, TARGET_ERROR_SIZE, "--http2 is negotiated in TLS: it takes an https URL");
        return TARGET_INVALID;
    }
    return target->reach.unix_socket ? 0 : resolve(target, &url, error);
}

struct target target_plain(const char *base_url)
{
    struct target target = {.tls = strncmp(base_url, "https:", 6) == 0, .reach.insecure = true};
    snprintf(target.base_url, sizeof target.base_url, "%s", base_url);
    return target;
}

void target_append_url(const struct target *target, const char *endpoint, struct buffer *out)
{
    size_t length = strlen(target->base_url);
    while (endpoint[0] && length && target->base_url[length - 1] == '/')
        length--;
    buffer_append(out, target->base_url, length);
    buffer_append_text(out, endpoint);
    if (target->query[0])
        buffer_append_text(out, strchr(endpoint, '?') ? "&" : "?");
    buffer_append_text(out, target->query);
}

/*
 * Every connection is a handshake of its own, as it is for a new client: none resumes the session
 * of another. libcurl keeps what it read of CAINFO in the multi handle, but only when it looks for
 * nothing in a folder beside it.
 */
static void set_tls(const struct target *target, CURL *easy)
{
    const struct reach *reach = &target->reach;
    long checked = reach->insecure ? 0L : 1L;
    const char *standard = curl_version_info(CURLVERSION_NOW)->cainfo;
    curl_easy_setopt(easy, CURLOPT_SSL_SESSIONID_CACHE, 0L);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, checked);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, checked * 2);
    if (reach->cacert || reach->insecure)
        curl_easy_setopt(easy, CURLOPT_CAINFO, reach->cacert);
    if (reach->cacert || reach->insecure || standard)
        curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
    curl_easy_setopt(easy, CURLOPT_SSLCERT, reach->cert);
    curl_easy_setopt(easy, CURLOPT_SSLKEY, reach->key ? reach->key : reach->cert);
}

int target_setup(const struct target *target, CURL *easy, struct curl_slist **connect_to)
{
    if (!*connect_to && target->connect_to[0]) {
        *connect_to = curl_slist_append(NULL, target->connect_to);
        if (!*connect_to)
            return -ENOMEM;
    }
    curl_easy_setopt(easy, CURLOPT_CONNECT_TO, *connect_to);
    curl_easy_setopt(easy, CURLOPT_UNIX_SOCKET_PATH, target->reach.unix_socket);
    curl_easy_setopt(easy, CURLOPT_PROXY, "");
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION,
                     target->reach.http2 ? CURL_HTTP_VERSION_2TLS : CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(easy, CURLOPT_PIPEWAIT, target->reach.http2 ? 1L : 0L);
    if (target->tls)
        set_tls(target, easy);
    return 0;
}
