/* slice.c: see slice.h. */
#include "base/slice.h"

#include "base/clock.h"

#include <sched.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(SYS_sched_setattr) && defined(SYS_sched_getattr)

#define SHORT_SLICE_NS (100 * NS_PER_US)

/* The kernel's struct sched_attr, first version; libc has none before glibc 2.41. */
struct attributes {
    uint32_t size;
    uint32_t policy;
    uint64_t flags;
    int32_t nice;
    uint32_t priority;
    uint64_t runtime; /* of SCHED_OTHER: the slice, 0 for the default */
    uint64_t deadline;
    uint64_t period;
};

/* Where the system refuses, things stay as they are. */
static void set_slice(uint64_t ns)
{
    struct attributes attributes = {0};
    if (syscall(SYS_sched_getattr, 0, &attributes, sizeof attributes, 0) < 0 ||
        attributes.policy != SCHED_OTHER)
        return;
    attributes.size = sizeof attributes;
    attributes.runtime = ns;
    syscall(SYS_sched_setattr, 0, &attributes, 0);
}

void slice_short(void)
{
    set_slice(SHORT_SLICE_NS);
}

void slice_default(void)
{
    set_slice(0);
}

#else

void slice_short(void)
{
}

void slice_default(void)
{
}

#endif
