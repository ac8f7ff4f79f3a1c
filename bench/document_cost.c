/*
 * document_cost.c: what looplagd's document of one body costs. Built twice: with the table that
 * looplagd has for objects, and with jansson's own.
 *
 * usage: document_cost FILE
 * Prints: by how many kB the parse raised the peak of memory, and its CPU time in ms.
 */
#include "base/clock.h"
#include "json/bind.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>

/* The file's bytes, all of them in memory; NULL where it can't be read. */
static const char *map_file(const char *path, size_t *length)
{
    struct stat status;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &status))
        return NULL;
    *length = (size_t)status.st_size;
    void *bytes = mmap(NULL, *length, PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd, 0);
    return bytes == MAP_FAILED ? NULL : bytes;
}

/* Not getrusage's, which a process takes over from the one that started it. */
static long peak_kb(void)
{
    char line[128];
    long kb = -1;
    FILE *status = fopen("/proc/self/status", "r");
    while (status && kb < 0 && fgets(line, sizeof line, status))
        sscanf(line, "VmHWM: %ld", &kb);
    if (status)
        fclose(status);
    return kb;
}

int main(int argc, char **argv)
{
    static struct bind_document document;
    const struct bind_limits limits = {.document = SIZE_MAX, .name = SIZE_MAX};
    size_t length;
    const char *bytes = argc == 2 ? map_file(argv[1], &length) : NULL;
    if (!bytes) {
        fprintf(stderr, "usage: document_cost FILE\n");
        return 2;
    }
    bind_setup();
    long before = peak_kb();
    int64_t cpu = clock_thread_cpu_ns();
    int r = bind_parse(&document, bytes, length, &limits);
    cpu = clock_thread_cpu_ns() - cpu;
    printf("%ld %.3f\n", peak_kb() - before, (double)cpu / NS_PER_MS);
    bind_document_deinit(&document);
    return r != 0;
}
