/* fuzz.c: see fuzz.h. */
#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

bool fuzz_is_replay;

void fuzz_fail(const char *words)
{
    fprintf(stderr, "fuzz: %s\n", words);
    abort();
}

char *fuzz_text(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);
    if (!text)
        abort();
    if (size)
        memcpy(text, data, size);
    text[size] = '\0';
    return text;
}

const char *fuzz_file(const void *bytes, size_t size)
{
    static int fd = -1;
    static char path[40];
    if (fd < 0) {
        fd = memfd_create("fuzz", MFD_CLOEXEC);
        fchmod(fd, S_IRUSR | S_IWUSR); /* as a file of secrets must be */
        snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    }
    fuzz_demand(fd >= 0 && pwrite(fd, bytes, size, 0) == (ssize_t)size &&
                    ftruncate(fd, (off_t)size) == 0,
                "the input can't be written to a file");
    return path;
}

void fuzz_words_split(struct fuzz_words *words, const char *const *begin, const uint8_t *data,
                      size_t size)
{
    words->argc = 0;
    for (; *begin; begin++)
        words->argv[words->argc++] = fuzz_text((const uint8_t *)*begin, strlen(*begin));
    for (size_t at = 0; at < size && words->argc < FUZZ_WORDS_MOST;) {
        const uint8_t *end = memchr(data + at, '\n', size - at);
        size_t length = end ? (size_t)(end - data) - at : size - at;
        words->argv[words->argc++] = fuzz_text(data + at, length);
        at += length + 1;
    }
    words->argv[words->argc] = NULL;
}

void fuzz_words_deinit(struct fuzz_words *words)
{
    for (int i = 0; i < words->argc; i++)
        free(words->argv[i]);
    words->argc = 0;
}

uint32_t fuzz_draw(const uint8_t *data, size_t size)
{
    uint32_t draw = 2166136261U;
    for (size_t i = 0; i < size; i++)
        draw = (draw ^ data[i]) * 16777619U;
    return draw;
}
