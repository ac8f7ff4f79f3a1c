/*
 * log_queue.c: see log_queue.h. A ring of records, each with a turn (Dmitry
 * Vyukov's bounded queue): record `at` may be filled when its turn is `at`,
 * read when it is `at` + 1, and filled again a round later.
 */
#include "base/log_queue.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"

#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

enum { RECORDS = 2048 }; /* a power of two */

/* Writes of up to PIPE_BUF bytes stay in one piece, and don't block when there is room. */
enum { BATCH_SIZE = PIPE_BUF };

/* The pause after a batch: under load, lines gather meanwhile and nobody has to be woken. */
#define PAUSE_NS (2 * NS_PER_MS)

struct log_queue {
    _Alignas(64) atomic_size_t tail; /* the next record to fill */
    atomic_size_t turns[RECORDS];
    size_t record_size;
    log_queue_format *format;
    char *records;
    size_t head; /* the thread's: the next record to read */
    pthread_t thread;
    sem_t wake;
    _Atomic int64_t give_up_at; /* valid when stopping */
    _Atomic uint64_t dropped;
    _Atomic uint64_t untaken; /* of dropped: see log_queue_take_dropped */
    uint64_t told;            /* of dropped; the thread's */
    bool failing;             /* the last write was refused; the thread's */
    atomic_bool asleep;       /* the thread waits for `wake` */
    atomic_bool stopping;
    atomic_bool ended;
};

static char *record_at(const struct log_queue *queue, size_t at)
{
    return queue->records + at % RECORDS * queue->record_size;
}

static bool is_empty(const struct log_queue *queue)
{
    return atomic_load(&queue->turns[queue->head % RECORDS]) != queue->head + 1;
}

static void drop(struct log_queue *queue, uint64_t lines)
{
    atomic_fetch_add(&queue->dropped, lines);
    atomic_fetch_add(&queue->untaken, lines);
}

uint64_t log_queue_take_dropped(struct log_queue *queue)
{
    return atomic_load_explicit(&queue->untaken, memory_order_relaxed)
               ? atomic_exchange(&queue->untaken, 0)
               : 0;
}

void *log_queue_claim(struct log_queue *queue)
{
    size_t at = atomic_load_explicit(&queue->tail, memory_order_relaxed);
    for (;;) {
        size_t turn = atomic_load_explicit(&queue->turns[at % RECORDS], memory_order_acquire);
        if (turn == at) {
            if (atomic_compare_exchange_weak(&queue->tail, &at, at + 1))
                return record_at(queue, at);
        } else if (turn < at) {
            drop(queue, 1);
            return NULL;
        } else {
            at = atomic_load_explicit(&queue->tail, memory_order_relaxed);
        }
    }
}

void log_queue_publish(struct log_queue *queue, void *record)
{
    size_t index = (size_t)((char *)record - queue->records) / queue->record_size;
    atomic_fetch_add(&queue->turns[index], 1);
    if (atomic_load(&queue->asleep) && atomic_exchange(&queue->asleep, false))
        sem_post(&queue->wake);
}

static bool must_give_up(const struct log_queue *queue)
{
    return atomic_load(&queue->stopping) && clock_now_ns() > atomic_load(&queue->give_up_at);
}

/* Waits until stderr takes bytes; false when it is time to give up. */
static bool wait_for_room(const struct log_queue *queue)
{
    enum { LOOK_EVERY_MS = 50 };
    struct pollfd out = {.fd = STDERR_FILENO, .events = POLLOUT};
    while (poll(&out, 1, LOOK_EVERY_MS) == 0) {
        if (must_give_up(queue))
            return false;
    }
    return true;
}

static void drop_lines(struct log_queue *queue, const char *bytes, size_t length)
{
    uint64_t lines = 0;
    for (size_t i = 0; i < length; i++)
        lines += bytes[i] == '\n';
    drop(queue, lines);
}

static void write_out(struct log_queue *queue, const char *bytes, size_t length)
{
    while (length && wait_for_room(queue)) {
        ssize_t written = write(STDERR_FILENO, bytes, length);
        queue->failing = written < 0 && errno != EINTR && errno != EAGAIN;
        if (queue->failing) {
            drop_lines(queue, bytes, length);
            return;
        }
        if (written > 0) {
            bytes += written;
            length -= (size_t)written;
        }
    }
}

/* Writes as many lines as fit in a batch; false when there was none. */
static bool write_batch(struct log_queue *queue)
{
    char batch[BATCH_SIZE];
    size_t used = 0;
    while (!is_empty(queue) && BATCH_SIZE - used >= LOG_LINE_SIZE) {
        used += queue->format(record_at(queue, queue->head), batch + used);
        atomic_store_explicit(&queue->turns[queue->head % RECORDS], queue->head + RECORDS,
                              memory_order_release);
        queue->head++;
    }
    write_out(queue, batch, used);
    return used > 0;
}

static void tell_dropped(struct log_queue *queue)
{
    uint64_t dropped = atomic_load(&queue->dropped);
    if (dropped == queue->told || queue->failing || !wait_for_room(queue))
        return;
    log_message("%llu log lines dropped: standard error did not take them",
                (unsigned long long)(dropped - queue->told));
    queue->told = dropped;
}

static void sleep_until_published(struct log_queue *queue)
{
    atomic_store(&queue->asleep, true);
    if (is_empty(queue) && !atomic_load(&queue->stopping)) {
        while (sem_wait(&queue->wake) && errno == EINTR)
            continue;
    }
    atomic_store(&queue->asleep, false);
}

static void *write_lines(void *cls)
{
    struct log_queue *queue = cls;
    for (;;) {
        bool last = atomic_load(&queue->stopping);
        while (write_batch(queue) && !must_give_up(queue))
            continue;
        tell_dropped(queue);
        if (last)
            break;
        clock_sleep_ns(PAUSE_NS);
        sleep_until_published(queue);
    }
    atomic_store(&queue->ended, true);
    return NULL;
}

static void release(struct log_queue *queue)
{
    sem_destroy(&queue->wake);
    free(queue->records);
    free(queue);
}

struct log_queue *log_queue_start(size_t record_size, log_queue_format *format)
{
    struct log_queue *queue = aligned_alloc(_Alignof(struct log_queue), sizeof *queue);
    if (!queue)
        return NULL;
    const size_t alignment = _Alignof(max_align_t);
    *queue = (struct log_queue){.format = format};
    queue->record_size = (record_size + alignment - 1) / alignment * alignment;
    queue->records = malloc(RECORDS * queue->record_size);
    for (size_t i = 0; i < RECORDS; i++)
        atomic_init(&queue->turns[i], i);
    sem_init(&queue->wake, 0, 0);
    if (queue->records && pthread_create(&queue->thread, NULL, write_lines, queue) == 0)
        return queue;
    release(queue);
    return NULL;
}

/*
 * A thread that is stuck in a write, because another process took the room
 * that it had seen, is left behind with its queue.
 */
void log_queue_stop(struct log_queue *queue, int64_t patience_ns)
{
    if (!queue)
        return;
    const int64_t give_up_at = clock_now_ns() + patience_ns;
    atomic_store(&queue->give_up_at, give_up_at);
    atomic_store(&queue->stopping, true);
    sem_post(&queue->wake);
    while (!atomic_load(&queue->ended) && clock_now_ns() < give_up_at + patience_ns)
        clock_sleep_ns(NS_PER_MS / 4);
    if (!atomic_load(&queue->ended)) {
        pthread_detach(queue->thread);
        return;
    }
    pthread_join(queue->thread, NULL);
    release(queue);
}
