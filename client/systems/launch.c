/* launch.c: see launch.h. */
#include "systems/launch.h"

#include "base/buffer.h"
#include "base/error.h"
#include "plan/system_spec.h"
#include "systems/server_process.h"

#include <stdio.h>
#include <string.h>

/* Writes a word and a NUL. Returns how many bytes it took, 0 when it does not fit. */
static size_t expand(const struct launch *launch, const char *word, unsigned port, char *out,
                     size_t size)
{
    char fd_text[16];
    char port_text[16];
    snprintf(fd_text, sizeof fd_text, "%d", SERVER_FIRST_FD);
    snprintf(port_text, sizeof port_text, "%u", port);
    const struct {
        const char *name;
        const char *value; /* NULL: it stays as it is */
    } places[] = {
        {"{folder}", launch->folder}, {SYSTEM_SPEC_FD, fd_text}, {SYSTEM_SPEC_PORT, port_text}};
    size_t used = 0;
    while (*word && used < size) {
        const char *value = NULL;
        for (size_t i = 0; !value && i < ARRAY_LENGTH(places); i++) {
            size_t length = strlen(places[i].name);
            if (strncmp(word, places[i].name, length) != 0 || !places[i].value)
                continue;
            value = places[i].value;
            word += length;
        }
        int needed = value ? snprintf(out + used, size - used, "%s", value)
                           : snprintf(out + used, size - used, "%c", *word++);
        used += (size_t)needed;
    }
    if (used >= size)
        return 0;
    out[used] = '\0';
    return used + 1;
}

int launch_fill_in(struct launch_words *out, const struct launch *launch, const char *const *words,
                   unsigned port)
{
    size_t used = 0;
    size_t count = 0;
    for (; words[count]; count++) {
        size_t took = expand(launch, words[count], port, out->text + used, sizeof out->text - used);
        if (took == 0)
            return -E2BIG;
        out->list[count] = out->text + used;
        used += took;
    }
    out->list[count] = NULL;
    return count ? 0 : -EINVAL;
}

bool launch_inherits(const struct launch *launch)
{
    for (size_t i = 0; launch->words[i]; i++) {
        if (strstr(launch->words[i], SYSTEM_SPEC_FD))
            return true;
    }
    return false;
}

bool launch_is_installed(const struct launch *launch, const char *const *test)
{
    char path[PROGRAM_PATH_SIZE];
    char error[SERVER_ERROR_SIZE];
    struct launch_words words;
    CLEANUP(buffer_deinit)
    struct buffer told = {0};
    if (!test[0])
        return program_find(launch->words[0], path);
    if (launch_fill_in(&words, launch, test, 0) || !program_find(words.list[0], path))
        return false;
    const struct server_command command = {
        .name = launch->name,
        .path = path,
        .arguments = words.list,
        .foreign = true,
    };
    return server_ask(&command, &told, error) == 0;
}
