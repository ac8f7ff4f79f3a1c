/* system_kind.c: see system_kind.h. */
#include "systems/system_kind.h"

#include "base/error.h"

int system_add(struct system *system, const struct server_command *command,
               char error[SERVER_ERROR_SIZE])
{
    if (system->process_count == SYSTEM_PROCESSES_MOST)
        return -E2BIG;
    int r = server_start(&system->processes[system->process_count], command, error);
    if (r == 0)
        system->process_count++;
    return r;
}
