/* handlers.c: see handlers.h. */
#include "http/handlers.h"

#include "base/slice.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* jansson's depth limit of 2048 takes 640 KB of stack. */
enum { HANDLER_STACK = 5 << 18 };

struct handler {
    struct handlers *handlers;
    pthread_t thread;
    pthread_cond_t wake;
    struct handler *next_idle;
    struct job *job; /* handed over while idle */
};

/* The oldest job, or NULL. The lock is held. */
static struct job *pop_job(struct handlers *handlers)
{
    struct job *job = handlers->first;
    if (!job)
        return NULL;
    handlers->first = job->next;
    if (!handlers->first)
        handlers->last = &handlers->first;
    atomic_fetch_sub(&handlers->gauges.queued, 1);
    return job;
}

/* Waits for a job, with the lock held; NULL when stopping. */
static struct job *wait_for_job(struct handler *self)
{
    struct handlers *handlers = self->handlers;
    self->next_idle = handlers->idle;
    handlers->idle = self;
    while (!self->job && !handlers->stopping)
        pthread_cond_wait(&self->wake, &handlers->lock);
    struct job *job = self->job;
    self->job = NULL;
    return job;
}

static struct job *next_job(struct handler *self)
{
    struct handlers *handlers = self->handlers;
    pthread_mutex_lock(&handlers->lock);
    struct job *job = handlers->stopping ? NULL : pop_job(handlers);
    if (!job)
        job = wait_for_job(self);
    pthread_mutex_unlock(&handlers->lock);
    return job;
}

static void *handle_jobs(void *cls)
{
    struct handler *self = cls;
    struct job *job;
    slice_short();
    while ((job = next_job(self))) {
        struct MHD_Connection *connection = job->connection;
        bool is_long = job->is_long;
        atomic_fetch_add(&self->handlers->gauges.busy, 1);
        if (is_long)
            slice_default();
        job->run(job->cls);
        job->done = true;
        if (is_long)
            slice_short();
        atomic_fetch_sub(&self->handlers->gauges.busy, 1);
        atomic_fetch_sub(&self->handlers->open, 1);
        MHD_resume_connection(connection); /* the loop may free the job from here on */
    }
    return NULL;
}

static int start_thread(struct handlers *handlers, unsigned index)
{
    char name[16];
    struct handler *handler = &handlers->threads[index];
    pthread_attr_t attributes;
    handler->handlers = handlers;
    pthread_cond_init(&handler->wake, NULL);
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, HANDLER_STACK);
    int error = pthread_create(&handler->thread, &attributes, handle_jobs, handler);
    pthread_attr_destroy(&attributes);
    if (error) {
        pthread_cond_destroy(&handler->wake);
        return -error;
    }
    snprintf(name, sizeof name, "handler-%u", index % 1000000);
    pthread_setname_np(handler->thread, name);
    return 0;
}

int handlers_start(struct handlers *handlers, unsigned threads, unsigned queue_limit)
{
    memset(handlers, 0, sizeof *handlers);
    handlers->gauges.queue_limit = queue_limit;
    handlers->last = &handlers->first;
    handlers->threads = calloc(threads, sizeof *handlers->threads);
    if (!handlers->threads)
        return -ENOMEM;
    pthread_mutex_init(&handlers->lock, NULL);
    for (unsigned i = 0; i < threads; i++) {
        int error = start_thread(handlers, i);
        if (error)
            return error;
        handlers->gauges.threads++;
    }
    return 0;
}

/*
 * Gives the job to the thread that was idle for the shortest time, or puts it into the queue. A
 * thread that has just begun, or has just done a job, is free though it is not idle yet.
 */
static int hand_over(struct handlers *handlers, struct job *job)
{
    struct handler *handler = handlers->idle;
    const unsigned most = handlers->gauges.threads + handlers->gauges.queue_limit;
    if (handlers->stopping)
        return HANDLERS_STOPPED;
    if (!handler && atomic_load(&handlers->open) >= most) {
        atomic_fetch_add(&handlers->gauges.refused, 1);
        return HANDLERS_FULL;
    }
    MHD_suspend_connection(job->connection);
    atomic_fetch_add(&handlers->open, 1);
    if (handler) {
        handlers->idle = handler->next_idle;
        handler->job = job;
        pthread_cond_signal(&handler->wake);
    } else {
        *handlers->last = job;
        handlers->last = &job->next;
        atomic_fetch_add(&handlers->gauges.queued, 1);
    }
    return 0;
}

/* A loop that has handlers only reads and writes: it asks for short time slices. */
static void make_loop_urgent(void)
{
    static _Thread_local bool done;
    if (!done)
        slice_short();
    done = true;
}

int handlers_take(struct handlers *handlers, struct job *job)
{
    make_loop_urgent();
    job->done = false;
    job->next = NULL;
    pthread_mutex_lock(&handlers->lock);
    int result = hand_over(handlers, job);
    pthread_mutex_unlock(&handlers->lock);
    return result;
}

/* Wakes the threads and resumes the connections that none of them will serve. */
static void stop_working(struct handlers *handlers)
{
    pthread_mutex_lock(&handlers->lock);
    handlers->stopping = true;
    for (unsigned i = 0; i < handlers->gauges.threads; i++)
        pthread_cond_signal(&handlers->threads[i].wake);
    for (struct job *job; (job = pop_job(handlers));)
        MHD_resume_connection(job->connection);
    pthread_mutex_unlock(&handlers->lock);
}

void handlers_stop(struct handlers *handlers)
{
    if (!handlers->threads || handlers->stopping)
        return;
    stop_working(handlers);
    for (unsigned i = 0; i < handlers->gauges.threads; i++)
        pthread_join(handlers->threads[i].thread, NULL);
}

void handlers_deinit(struct handlers *handlers)
{
    if (!handlers->threads)
        return;
    handlers_stop(handlers);
    for (unsigned i = 0; i < handlers->gauges.threads; i++)
        pthread_cond_destroy(&handlers->threads[i].wake);
    pthread_mutex_destroy(&handlers->lock);
    free(handlers->threads);
    handlers->threads = NULL;
}
