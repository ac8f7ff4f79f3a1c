/*
 * failing_memory.c: preloaded into a server, it lets one allocation fail. Which one is in the file
 * that $FAILING_MEMORY names: 3 is the third from now on, of all threads and processes; 0 is none.
 * The allocations are malloc, calloc, realloc, aligned_alloc, mmap and mremap.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

/* NOLINTBEGIN(cert-dcl37-c,cert-dcl51-cpp): glibc's own names for what is replaced here */
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *memory, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);
/* NOLINTEND(cert-dcl37-c,cert-dcl51-cpp) */

static _Atomic int64_t *countdown;

static bool fails(void)
{
    if (!countdown || atomic_load(countdown) <= 0 || atomic_fetch_sub(countdown, 1) != 1)
        return false;
    errno = ENOMEM;
    return true;
}

static void *map(void *at, size_t size, int protection, int flags, int fd, off_t offset)
{
    /* NOLINTNEXTLINE(performance-no-int-to-ptr): the call returns an address as a number */
    return (void *)syscall(SYS_mmap, at, size, protection, flags, fd, offset);
}

__attribute__((constructor)) static void find_countdown(void)
{
    const char *name = getenv("FAILING_MEMORY");
    int fd = name ? open(name, O_RDWR | O_CLOEXEC) : -1;
    if (fd < 0)
        return;
    void *mapped = map(NULL, sizeof *countdown, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (mapped != MAP_FAILED)
        countdown = mapped;
    close(fd);
}

void *malloc(size_t size)
{
    return fails() ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    return fails() ? NULL : __libc_calloc(count, size);
}

void *realloc(void *memory, size_t size)
{
    return fails() ? NULL : __libc_realloc(memory, size);
}

void *aligned_alloc(size_t alignment, size_t size)
{
    return fails() ? NULL : __libc_memalign(alignment, size);
}

void *mmap(void *at, size_t size, int protection, int flags, int fd, off_t offset)
{
    return fails() ? MAP_FAILED : map(at, size, protection, flags, fd, offset);
}

void *mremap(void *at, size_t old_size, size_t new_size, int flags, ...)
{
    va_list more;
    va_start(more, flags);
    void *to = flags & MREMAP_FIXED ? va_arg(more, void *) : NULL;
    va_end(more);
    if (fails())
        return MAP_FAILED;
    /* NOLINTNEXTLINE(performance-no-int-to-ptr): as above */
    return (void *)syscall(SYS_mremap, at, old_size, new_size, flags, to);
}
