/* target.c: see target.h. */
#include "send/target.h"

#include "base/error.h"
#include "plan/url.h"

#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static bool accepts(const struct addrinfo *address)
{
    int fd = socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return false;
    bool connected = connect(fd, address->ai_addr, address->ai_addrlen) == 0;
    close(fd);
    return connected;
}

/* "localhost" often means ::1 and 127.0.0.1 while the server listens on only one of them. */
static const struct addrinfo *choose(const struct addrinfo *list)
{
    for (const struct addrinfo *one = list; list->ai_next && one; one = one->ai_next) {
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

int target_init(struct target *target, const char *base_url, char error[TARGET_ERROR_SIZE])
{
    memset(target, 0, sizeof *target);
    CLEANUP(url_deinit)
    struct url url;
    if (!url_parse(&url, base_url)) {
        snprintf(error, TARGET_ERROR_SIZE,
                 "'%.200s' is not a base URL: write it like http://localhost:8000", base_url);
        return TARGET_INVALID;
    }
    size_t length = strlen(base_url);
    while (length && base_url[length - 1] == '/')
        length--;
    memcpy(target->base_url, base_url, length);
    return resolve(target, &url, error);
}
