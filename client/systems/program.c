/* program.c: see program.h. */
#include "systems/program.h"

#include "base/error.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool find_in(const char *folders, const char *name, char path[PROGRAM_PATH_SIZE])
{
    for (const char *at = folders; at && *at;) {
        size_t length = strcspn(at, ":");
        int needed = snprintf(path, PROGRAM_PATH_SIZE, "%.*s/%s", (int)length, at, name);
        if (length && needed < PROGRAM_PATH_SIZE && access(path, X_OK) == 0)
            return true;
        at += length + (at[length] == ':');
    }
    return false;
}

bool program_find(const char *name, char path[PROGRAM_PATH_SIZE])
{
    if (!strchr(name, '/'))
        return find_in(getenv("PATH"), name, path) ||
               find_in("/usr/local/sbin:/usr/sbin:/sbin", name, path);
    int needed = snprintf(path, PROGRAM_PATH_SIZE, "%s", name);
    return needed < PROGRAM_PATH_SIZE && access(path, X_OK) == 0;
}

bool program_find_beside(const char *relative, int mode, char path[PROGRAM_PATH_SIZE])
{
    char self[PROGRAM_PATH_SIZE];
    ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
    self[length > 0 ? length : 0] = '\0';
    char *slash = strrchr(self, '/');
    if (!slash)
        return false;
    *slash = '\0';
    int needed = snprintf(path, PROGRAM_PATH_SIZE, "%s/%s", self, relative);
    return needed < PROGRAM_PATH_SIZE && access(path, mode) == 0;
}
