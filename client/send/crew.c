/* crew.c: see crew.h. */
#include "send/crew.h"

#include "base/error.h"

#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

int crew_init(struct crew *crew)
{
    memset(crew, 0, sizeof *crew);
    crew->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    return crew->stop_fd < 0 ? -errno : 0;
}

void crew_deinit(struct crew *crew)
{
    if (crew->stop_fd >= 0)
        close(crew->stop_fd);
}

void crew_stop(struct crew *crew)
{
    atomic_store(&crew->stop, true);
    eventfd_write(crew->stop_fd, 1);
}
