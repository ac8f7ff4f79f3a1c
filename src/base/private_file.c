/* private_file.c: see private_file.h. */
#include "base/private_file.h"

#include "base/error.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LARGEST = 1 << 20 };

static int judge(const struct stat *about, mode_t forbidden)
{
    if (!S_ISREG(about->st_mode))
        return PRIVATE_FILE_ODD;
    if (about->st_mode & forbidden)
        return PRIVATE_FILE_OPEN;
    return about->st_size > LARGEST ? PRIVATE_FILE_LARGE : 0;
}

/* One byte more than the file has, to see its end; what it has grown by meanwhile is left. */
static int read_all(struct buffer *out, int fd, size_t size)
{
    const size_t end = out->length + size;
    int error = buffer_reserve(out, end + 1);
    while (!error && out->length <= end) {
        const ssize_t got = read(fd, out->data + out->length, end + 1 - out->length);
        if (got == 0)
            return 0;
        if (got > 0)
            out->length += (size_t)got;
        else if (errno != EINTR)
            error = -errno;
    }
    return error ? error : PRIVATE_FILE_LARGE;
}

int private_file_read(struct buffer *out, const char *path, mode_t forbidden)
{
    struct stat about;
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return -errno;
    int result = fstat(fd, &about) < 0 ? -errno : judge(&about, forbidden);
    if (!result)
        result = read_all(out, fd, (size_t)about.st_size);
    close(fd);
    return result;
}

const char *private_file_problem(int result)
{
    static const char *const problems[] = {
        [PRIVATE_FILE_OPEN] = "users who neither own it nor are in its group have access to it",
        [PRIVATE_FILE_ODD] = "it is no regular file",
        [PRIVATE_FILE_LARGE] = "it is larger than 1 MiB, or grows",
    };
    return result < 0 ? strerror(-result) : problems[result];
}

void private_file_forget(struct buffer *secret)
{
    if (secret->data)
        explicit_bzero(secret->data, secret->length);
    buffer_deinit(secret);
}
