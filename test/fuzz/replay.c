/*
 * replay.c: a fuzz target without a fuzzer: it takes every file of the folders that are named, and
 * files themselves, once. A folder that is not there is empty: not every target has regressions.
 */
#include "fuzz.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static unsigned long taken;

static void take_file(const char *path)
{
    enum { MOST = 8 << 20 };
    static uint8_t bytes[MOST];
    FILE *file = fopen(path, "rb");
    if (!file) {
        perror(path);
        exit(1);
    }
    size_t size = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    fprintf(stderr, "%s\n", path);
    uint8_t *exact = malloc(size ? size : 1); /* so that the sanitizer sees a read past its end */
    if (!exact)
        abort();
    memcpy(exact, bytes, size);
    LLVMFuzzerTestOneInput(exact, size);
    free(exact);
    taken++;
}

static void take(const char *path)
{
    DIR *folder = opendir(path);
    if (!folder && errno == ENOTDIR)
        take_file(path);
    if (!folder)
        return;
    for (struct dirent *entry; (entry = readdir(folder));) {
        char name[4096];
        snprintf(name, sizeof name, "%s/%s", path, entry->d_name);
        if (entry->d_name[0] != '.')
            take_file(name);
    }
    closedir(folder);
}

int main(int argc, char **argv)
{
    fuzz_is_replay = true;
    for (int i = 1; i < argc; i++)
        take(argv[i]);
    printf("%lu inputs\n", taken);
    return taken ? 0 : 1; /* a corpus that was not found tests nothing */
}
