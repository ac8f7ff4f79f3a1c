/*
 * failing_calls.c: preloaded into a server, it lets one call fail. Which one is in the file that
 * $FAILING_CALLS names, `struct orders` below: the countdown's third is the third from now on, of
 * all threads and processes, among the kinds of calls that are chosen, and, where one is given,
 * among those from one place in the program; 0 is none. The file also says how many blocks of
 * memory are allocated, how often a call was failed, and from where in the program.
 */
#undef _FORTIFY_SOURCE /* glibc's inline functions of the same names are in the way */

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/auxv.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

/* NOLINTBEGIN(cert-dcl37-c,cert-dcl51-cpp): glibc's own names for what is replaced here */
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *memory, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);
extern void __libc_free(void *memory);
/* NOLINTEND(cert-dcl37-c,cert-dcl51-cpp) */

/* Bits of orders->kinds; failing.py has the same names. */
enum kind {
    MEMORY = 1 << 0, /* malloc, calloc, realloc, aligned_alloc, mmap, mremap and mprotect */
    ACCEPT = 1 << 1,
    FORK = 1 << 2,
    THREAD = 1 << 3, /* pthread_create */
    EVENTFD = 1 << 4,
    SEND = 1 << 5,       /* sendmsg and send */
    RECEIVE = 1 << 6,    /* recvmsg */
    EPOLL = 1 << 7,      /* epoll_create1 and epoll_ctl */
    SOCKET = 1 << 8,     /* socket, socketpair, bind and listen */
    OPTION = 1 << 9,     /* setsockopt */
    DUPLICATE = 1 << 10, /* fcntl(F_DUPFD_CLOEXEC) */
    WAIT = 1 << 11,      /* epoll_wait, poll and ppoll */
};

enum { PLACES_MOST = 4096 };

struct orders {
    _Atomic int64_t countdown;
    _Atomic int64_t kinds;
    _Atomic int64_t error;  /* errno of the failed call */
    _Atomic int64_t blocks; /* allocated and not freed */
    _Atomic int64_t failed;
    _Atomic int64_t only; /* where they return to, from the program's entry; 0: anywhere */
    _Atomic int64_t
        places[PLACES_MOST]; /* where they return to, from the program's entry, in a ring */
};

static struct orders *orders;
static uintptr_t entry; /* where the program begins, wherever it is loaded */

static bool fails(enum kind kind, const void *place)
{
    const int64_t from = (int64_t)((uintptr_t)place - entry);
    if (!orders || !(atomic_load(&orders->kinds) & (int64_t)kind) ||
        atomic_load(&orders->countdown) <= 0)
        return false;
    const int64_t only = atomic_load(&orders->only);
    if ((only && only != from) || atomic_fetch_sub(&orders->countdown, 1) != 1)
        return false;
    const int64_t number = atomic_fetch_add(&orders->failed, 1);
    atomic_store(&orders->places[number % PLACES_MOST], from);
    errno = (int)atomic_load(&orders->error);
    return true;
}

#define FAILS(kind) fails(kind, __builtin_return_address(0))

/* The next function of that name, which this one stands before. */
#define REAL(type, name, ...)                                                                      \
    static type (*real)(__VA_ARGS__);                                                              \
    if (!real)                                                                                     \
    *(void **)&real = dlsym(RTLD_NEXT, name)

static void *counted(void *memory)
{
    if (memory && orders)
        atomic_fetch_add(&orders->blocks, 1);
    return memory;
}

static void *map(void *at, size_t size, int protection, int flags, int fd, off_t offset)
{
    /* NOLINTNEXTLINE(performance-no-int-to-ptr): the call returns an address as a number */
    return (void *)syscall(SYS_mmap, at, size, protection, flags, fd, offset);
}

__attribute__((constructor)) static void find_orders(void)
{
    const char *name = getenv("FAILING_CALLS");
    int fd = name ? open(name, O_RDWR | O_CLOEXEC) : -1;
    if (fd < 0)
        return;
    void *mapped = map(NULL, sizeof *orders, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    if (mapped == MAP_FAILED)
        return;
    entry = getauxval(AT_ENTRY);
    orders = mapped;
}

/* --- memory --------------------------------------------------------------- */

void *malloc(size_t size)
{
    return FAILS(MEMORY) ? NULL : counted(__libc_malloc(size));
}

void *calloc(size_t count, size_t size)
{
    return FAILS(MEMORY) ? NULL : counted(__libc_calloc(count, size));
}

void *realloc(void *memory, size_t size)
{
    if (FAILS(MEMORY))
        return NULL;
    void *moved = __libc_realloc(memory, size);
    return memory ? moved : counted(moved);
}

void *aligned_alloc(size_t alignment, size_t size)
{
    return FAILS(MEMORY) ? NULL : counted(__libc_memalign(alignment, size));
}

void free(void *memory)
{
    if (memory && orders)
        atomic_fetch_sub(&orders->blocks, 1);
    __libc_free(memory);
}

void *mmap(void *at, size_t size, int protection, int flags, int fd, off_t offset)
{
    return FAILS(MEMORY) ? MAP_FAILED : map(at, size, protection, flags, fd, offset);
}

void *mremap(void *at, size_t old_size, size_t new_size, int flags, ...)
{
    va_list more;
    va_start(more, flags);
    void *to = flags & MREMAP_FIXED ? va_arg(more, void *) : NULL;
    va_end(more);
    if (FAILS(MEMORY))
        return MAP_FAILED;
    /* NOLINTNEXTLINE(performance-no-int-to-ptr): as above */
    return (void *)syscall(SYS_mremap, at, old_size, new_size, flags, to);
}

int mprotect(void *at, size_t size, int protection)
{
    return FAILS(MEMORY) ? -1 : (int)syscall(SYS_mprotect, at, size, protection);
}

/* --- what else the kernel may refuse -------------------------------------- */

int accept4(int fd, __SOCKADDR_ARG peer, socklen_t *length, int flags)
{
    return FAILS(ACCEPT) ? -1 : (int)syscall(SYS_accept4, fd, peer.__sockaddr__, length, flags);
}

pid_t fork(void)
{
    REAL(pid_t, "fork", void);
    return FAILS(FORK) ? -1 : real();
}

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*run)(void *),
                   void *cls)
{
    REAL(int, "pthread_create", pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);
    return FAILS(THREAD) ? errno : real(thread, attributes, run, cls);
}

int eventfd(unsigned count, int flags)
{
    return FAILS(EVENTFD) ? -1 : (int)syscall(SYS_eventfd2, count, flags);
}

ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
    return FAILS(SEND) ? -1 : syscall(SYS_sendmsg, fd, message, flags);
}

ssize_t send(int fd, const void *bytes, size_t length, int flags)
{
    return FAILS(SEND) ? -1 : syscall(SYS_sendto, fd, bytes, length, flags, NULL, 0);
}

ssize_t recvmsg(int fd, struct msghdr *message, int flags)
{
    return FAILS(RECEIVE) ? -1 : syscall(SYS_recvmsg, fd, message, flags);
}

int epoll_create1(int flags)
{
    return FAILS(EPOLL) ? -1 : (int)syscall(SYS_epoll_create1, flags);
}

int epoll_ctl(int epoll, int operation, int fd, struct epoll_event *event)
{
    /* What is taken out is never refused. */
    return operation != EPOLL_CTL_DEL && FAILS(EPOLL)
               ? -1
               : (int)syscall(SYS_epoll_ctl, epoll, operation, fd, event);
}

int socket(int domain, int type, int protocol)
{
    return FAILS(SOCKET) ? -1 : (int)syscall(SYS_socket, domain, type, protocol);
}

int socketpair(int domain, int type, int protocol, int pair[2])
{
    return FAILS(SOCKET) ? -1 : (int)syscall(SYS_socketpair, domain, type, protocol, pair);
}

int bind(int fd, __CONST_SOCKADDR_ARG address, socklen_t length)
{
    return FAILS(SOCKET) ? -1 : (int)syscall(SYS_bind, fd, address.__sockaddr__, length);
}

int listen(int fd, int backlog)
{
    return FAILS(SOCKET) ? -1 : (int)syscall(SYS_listen, fd, backlog);
}

int setsockopt(int fd, int level, int name, const void *value, socklen_t length)
{
    return FAILS(OPTION) ? -1 : (int)syscall(SYS_setsockopt, fd, level, name, value, length);
}

/* All commands have one argument at the most; what is not given is not looked at. */
int fcntl64(int fd, int command, ...)
{
    va_list more;
    va_start(more, command);
    const long argument = va_arg(more, long);
    va_end(more);
    return command == F_DUPFD_CLOEXEC && FAILS(DUPLICATE)
               ? -1
               : (int)syscall(SYS_fcntl, fd, command, argument);
}

int epoll_wait(int epoll, struct epoll_event *events, int most, int timeout_ms)
{
    REAL(int, "epoll_wait", int, struct epoll_event *, int, int);
    return FAILS(WAIT) ? -1 : real(epoll, events, most, timeout_ms);
}

int poll(struct pollfd *fds, nfds_t count, int timeout_ms)
{
    REAL(int, "poll", struct pollfd *, nfds_t, int);
    return FAILS(WAIT) ? -1 : real(fds, count, timeout_ms);
}

int ppoll(struct pollfd *fds, nfds_t count, const struct timespec *timeout, const sigset_t *mask)
{
    REAL(int, "ppoll", struct pollfd *, nfds_t, const struct timespec *, const sigset_t *);
    return FAILS(WAIT) ? -1 : real(fds, count, timeout, mask);
}
