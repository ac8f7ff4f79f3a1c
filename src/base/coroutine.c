/* coroutine.c: see coroutine.h. */
#include "base/coroutine.h"

#include <pthread.h>
#include <sys/mman.h>
#include <ucontext.h>

#ifdef __has_feature
#if __has_feature(address_sanitizer)
#define TELL_ASAN
#endif
#if __has_feature(thread_sanitizer)
#define TELL_TSAN
#endif
#endif
#ifdef __SANITIZE_ADDRESS__
#define TELL_ASAN
#endif
#ifdef __SANITIZE_THREAD__
#define TELL_TSAN
#endif
#ifdef TELL_ASAN
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif
#ifdef TELL_TSAN
#include <sanitizer/tsan_interface.h>
#endif

/*
 * As large as the stacks of the threads that parse: a document and jansson's 2,048 levels. With a
 * sanitizer frames are several times as large. Only what is touched takes memory.
 */
#if defined(TELL_ASAN) || defined(TELL_TSAN)
#define STACK_SIZE ((size_t)8 << 20)
#else
#define STACK_SIZE ((size_t)5 << 18)
#endif

/* What stays touched of a stack that is kept. */
#define KEPT_SIZE ((size_t)192 << 10)

enum { GUARD = 64 << 10, KEPT_MOST = 16 }; /* a guard of a page of any system */

/* It stands at the upper end of its own stack's mapping: guard, stack, this. */
struct coroutine {
    ucontext_t context;
    ucontext_t caller;
    void (*run)(void *cls);
    void *cls;
    struct coroutine *next; /* of those that are kept */
    bool begun;
    bool ended;
    bool freed; /* it is resumed once more to leave for good */
#ifdef TELL_ASAN
    char *left_at; /* no frame that is alive stands lower on its stack; NULL: it was never left */
    void *fake_stack;
    const void *caller_bottom;
    size_t caller_size;
#endif
#ifdef TELL_TSAN
    void *fiber;
    void *caller_fiber;
#endif
};

/* The stacks that are kept, of the whole process. */
static struct {
    pthread_mutex_t lock;
    struct coroutine *first;
    unsigned count;
} kept = {.lock = PTHREAD_MUTEX_INITIALIZER};

static char *bottom_of(struct coroutine *coroutine)
{
    return (char *)(coroutine + 1) - STACK_SIZE;
}

/* --- what the sanitizers are told ------------------------------------------ */

static void tell_made(struct coroutine *coroutine)
{
    (void)coroutine;
#ifdef TELL_TSAN
    coroutine->fiber = __tsan_create_fiber(0);
#endif
}

static void tell_freed(struct coroutine *coroutine)
{
    (void)coroutine;
#ifdef TELL_TSAN
    __tsan_destroy_fiber(coroutine->fiber);
#endif
#ifdef TELL_ASAN
    /* The frames that were never left. */
    if (coroutine->left_at)
        ASAN_UNPOISON_MEMORY_REGION(coroutine->left_at,
                                    (size_t)((char *)coroutine - coroutine->left_at));
#endif
}

/*
 * As swapcontext does. Of that one the address sanitizer says, on standard error, that it does not
 * support it, whatever it was told.
 */
static void swap_contexts(ucontext_t *from, const ucontext_t *to)
{
    volatile bool is_back = false;
    getcontext(from);
    if (!is_back) {
        is_back = true;
        setcontext(to);
    }
}

/* From the caller to the coroutine. */
static void switch_in(struct coroutine *coroutine)
{
#ifdef TELL_TSAN
    coroutine->caller_fiber = __tsan_get_current_fiber();
    __tsan_switch_to_fiber(coroutine->fiber, 0);
#endif
#ifdef TELL_ASAN
    void *fake_stack;
    __sanitizer_start_switch_fiber(&fake_stack, bottom_of(coroutine),
                                   STACK_SIZE - sizeof *coroutine);
#endif
    swap_contexts(&coroutine->caller, &coroutine->context);
#ifdef TELL_ASAN
    __sanitizer_finish_switch_fiber(fake_stack, NULL, NULL);
#endif
}

/* Back to the caller; `for_good`: never to return. */
static void switch_out(struct coroutine *coroutine, bool for_good)
{
    (void)for_good;
#ifdef TELL_TSAN
    __tsan_switch_to_fiber(coroutine->caller_fiber, 0);
#endif
#ifdef TELL_ASAN
    enum { BELOW = 4096 }; /* more than the frames that are left from here */
    coroutine->left_at = (char *)__builtin_frame_address(0) - BELOW;
    __sanitizer_start_switch_fiber(for_good ? NULL : &coroutine->fake_stack,
                                   coroutine->caller_bottom, coroutine->caller_size);
#endif
    swap_contexts(&coroutine->context, &coroutine->caller);
#ifdef TELL_ASAN
    __sanitizer_finish_switch_fiber(coroutine->fake_stack, &coroutine->caller_bottom,
                                    &coroutine->caller_size);
#endif
}

/* --- stacks ----------------------------------------------------------------- */

static struct coroutine *map_stack(void)
{
    char *memory = mmap(NULL, GUARD + STACK_SIZE, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
    if (memory == MAP_FAILED)
        return NULL;
    if (mprotect(memory, GUARD, PROT_NONE) < 0) {
        munmap(memory, GUARD + STACK_SIZE);
        return NULL;
    }
    return (struct coroutine *)(void *)(memory + GUARD + STACK_SIZE) - 1;
}

/* Not inlined: gcc fears for its variable beside getcontext, which returns twice. */
static __attribute__((noinline)) struct coroutine *take_stack(void)
{
    pthread_mutex_lock(&kept.lock);
    struct coroutine *coroutine = kept.first;
    if (coroutine) {
        kept.first = coroutine->next;
        kept.count--;
    }
    pthread_mutex_unlock(&kept.lock);
    return coroutine ? coroutine : map_stack();
}

static void give_stack(struct coroutine *coroutine)
{
    char *bottom = bottom_of(coroutine);
    madvise(bottom, STACK_SIZE - KEPT_SIZE, MADV_DONTNEED);
    pthread_mutex_lock(&kept.lock);
    const bool keeps = kept.count < KEPT_MOST;
    if (keeps) {
        coroutine->next = kept.first;
        kept.first = coroutine;
        kept.count++;
    }
    pthread_mutex_unlock(&kept.lock);
    if (!keeps)
        munmap(bottom - GUARD, GUARD + STACK_SIZE);
}

/* --- running ---------------------------------------------------------------- */

/* makecontext hands on integers only: what a pointer is made of. */
union argument {
    struct coroutine *coroutine;
    unsigned words[2];
};
_Static_assert(sizeof(union argument) == 2 * sizeof(unsigned), "a pointer is two integers at most");

/* The first frame on the stack. */
static void enter(unsigned first, unsigned second)
{
    struct coroutine *coroutine = ((union argument){.words = {first, second}}).coroutine;
#ifdef TELL_ASAN
    __sanitizer_finish_switch_fiber(NULL, &coroutine->caller_bottom, &coroutine->caller_size);
#endif
    coroutine->run(coroutine->cls);
    coroutine->ended = true;
    switch_out(coroutine, true);
}

struct coroutine *coroutine_new(void (*run)(void *cls), void *cls)
{
    struct coroutine *coroutine = take_stack();
    if (!coroutine)
        return NULL;
    coroutine->run = run;
    coroutine->cls = cls;
    coroutine->begun = coroutine->ended = coroutine->freed = false;
#ifdef TELL_ASAN
    coroutine->left_at = NULL;
#endif
    getcontext(&coroutine->context);
    coroutine->context.uc_stack.ss_sp = bottom_of(coroutine);
    coroutine->context.uc_stack.ss_size = STACK_SIZE - sizeof *coroutine;
    coroutine->context.uc_link = NULL;
    const union argument argument = {.coroutine = coroutine};
    makecontext(&coroutine->context, (void (*)(void))enter, 2, argument.words[0],
                argument.words[1]);
    tell_made(coroutine);
    return coroutine;
}

void coroutine_resume(struct coroutine *coroutine)
{
    coroutine->begun = true;
    switch_in(coroutine);
}

void coroutine_yield(struct coroutine *coroutine)
{
    switch_out(coroutine, false);
    if (coroutine->freed)
        switch_out(coroutine, true);
}

bool coroutine_ended(const struct coroutine *coroutine)
{
    return coroutine->ended;
}

void coroutine_free(struct coroutine *coroutine)
{
    if (!coroutine)
        return;
    coroutine->freed = true;
    if (coroutine->begun && !coroutine->ended)
        switch_in(
            coroutine); /* it leaves for good, which is what the address sanitizer waits for */
    tell_freed(coroutine);
    give_stack(coroutine);
}

size_t coroutine_stack_size(void)
{
    return STACK_SIZE - 2 * sizeof(struct coroutine);
}

unsigned coroutine_stacks_kept(void)
{
    pthread_mutex_lock(&kept.lock);
    const unsigned count = kept.count;
    pthread_mutex_unlock(&kept.lock);
    return count;
}
