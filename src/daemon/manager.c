/* manager.c: see manager.h. */
#include "daemon/manager.h"

#include "base/buffer.h"
#include "base/clock.h"
#include "base/log.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The variable as a whole number; 0 when it is none. */
static int64_t number_of(const char *variable)
{
    const char *text = getenv(variable);
    char *end = NULL;
    errno = 0;
    const long long number = text ? strtoll(text, &end, 10) : 0;
    return !text || errno || end == text || *end || number < 0 ? 0 : number;
}

/* A path, or after '@' a name in the abstract name space. */
static int set_address(struct manager *manager, const char *name)
{
    const size_t length = strlen(name);
    if ((name[0] != '/' && name[0] != '@') || length < 2 ||
        length >= sizeof manager->address.sun_path)
        return -EINVAL;
    manager->address.sun_family = AF_UNIX;
    memcpy(manager->address.sun_path, name, length);
    if (name[0] == '@')
        manager->address.sun_path[0] = '\0';
    manager->length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length);
    return 0;
}

static int open_socket(struct manager *manager, const char *name)
{
    const int error = set_address(manager, name);
    if (error)
        return error;
    manager->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    return manager->fd < 0 ? -errno : 0;
}

void manager_init(struct manager *manager)
{
    static const char *const variables[] = {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"};
    const char *name = getenv("NOTIFY_SOCKET");
    const int64_t pid = number_of("WATCHDOG_PID");
    *manager = (struct manager){.fd = -1};
    const int error = name ? open_socket(manager, name) : 0;
    if (error)
        log_message("the service manager can't be told anything at NOTIFY_SOCKET=%s: %s", name,
                    strerror(-error));
    const int64_t patience_us = number_of("WATCHDOG_USEC");
    const bool waits = patience_us < INT64_MAX / NS_PER_US; /* else as good as for ever */
    if (manager->fd >= 0 && (!pid || pid == getpid()) && waits)
        manager->watchdog_ns = patience_us * NS_PER_US;
    for (size_t i = 0; i < ARRAY_LENGTH(variables); i++)
        unsetenv(variables[i]);
}

void manager_deinit(struct manager *manager)
{
    if (manager->fd >= 0)
        close(manager->fd);
    manager->fd = -1;
}

/* A manager that does not listen is no reason to serve worse. */
static void say(const struct manager *manager, const struct buffer *text)
{
    if (manager->fd >= 0 && !text->error)
        sendto(manager->fd, text->data, text->length, MSG_NOSIGNAL | MSG_DONTWAIT,
               (const struct sockaddr *)&manager->address, manager->length);
}

void manager_ready(const struct manager *manager, const char *status)
{
    CLEANUP(buffer_deinit)
    struct buffer text = {0};
    buffer_append_format(&text, "READY=1\nSTATUS=%s", status);
    say(manager, &text);
}

void manager_reloading(const struct manager *manager)
{
    CLEANUP(buffer_deinit)
    struct buffer text = {0};
    buffer_append_format(&text, "RELOADING=1\nMONOTONIC_USEC=%lld",
                         (long long)(clock_now_ns() / NS_PER_US));
    say(manager, &text);
}

void manager_stopping(const struct manager *manager)
{
    CLEANUP(buffer_deinit)
    struct buffer text = {0};
    buffer_append_text(&text, "STOPPING=1\nSTATUS=draining");
    say(manager, &text);
}

void manager_feed(const struct manager *manager)
{
    CLEANUP(buffer_deinit)
    struct buffer text = {0};
    buffer_append_text(&text, "WATCHDOG=1");
    say(manager, &text);
}
