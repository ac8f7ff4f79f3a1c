/* stats.c: see stats.h. */
#include "stats/stats.h"

#include "base/clock.h"
#include "base/error.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum { SHARDS = 8 };

struct shard {
    _Alignas(64) pthread_mutex_t lock;
    struct stats_totals totals;
};

struct stats {
    struct shard shards[SHARDS];
};

/* Threads take shards in turn, as they come. */
static atomic_uint next_shard;
static _Thread_local unsigned own_shard; /* 1-based; 0: none yet */

const char *stats_size_name(enum stats_size size)
{
    static const char *const names[] = {"small", "medium", "large"};
    return names[size];
}

enum stats_size stats_size_of(uint64_t bytes)
{
    if (bytes < (64 << 10))
        return STATS_SMALL;
    return bytes < (8 << 20) ? STATS_MEDIUM : STATS_LARGE;
}

static int totals_init(struct stats_totals *totals)
{
    memset(totals, 0, sizeof *totals);
    int error = histogram_init_latency(&totals->loop_hold);
    for (size_t i = 0; i < STATS_ENDPOINTS_MAX; i++) {
        for (size_t k = 0; k < STATS_SIZES && !error; k++)
            error = histogram_init(&totals->latency[i][k], NS_PER_US, 86400 * NS_PER_S, 2);
    }
    if (error)
        stats_totals_deinit(totals);
    return error;
}

void stats_totals_deinit(struct stats_totals *totals)
{
    histogram_deinit(&totals->loop_hold);
    for (size_t i = 0; i < STATS_ENDPOINTS_MAX; i++) {
        for (size_t k = 0; k < STATS_SIZES; k++)
            histogram_deinit(&totals->latency[i][k]);
    }
}

struct stats *stats_new(void)
{
    struct stats *stats = aligned_alloc(64, sizeof *stats);
    if (!stats)
        return NULL;
    memset(stats, 0, sizeof *stats);
    int error = 0;
    for (size_t i = 0; i < SHARDS; i++) {
        pthread_mutex_init(&stats->shards[i].lock, NULL);
        if (!error)
            error = totals_init(&stats->shards[i].totals);
    }
    if (!error)
        return stats;
    stats_free(stats);
    return NULL;
}

void stats_free(struct stats *stats)
{
    if (!stats)
        return;
    for (size_t i = 0; i < SHARDS; i++) {
        stats_totals_deinit(&stats->shards[i].totals);
        pthread_mutex_destroy(&stats->shards[i].lock);
    }
    free(stats);
}

static struct shard *lock_own_shard(struct stats *stats)
{
    if (own_shard == 0)
        own_shard = atomic_fetch_add(&next_shard, 1) % SHARDS + 1;
    struct shard *shard = &stats->shards[own_shard - 1];
    pthread_mutex_lock(&shard->lock);
    return shard;
}

void stats_hold(struct stats *stats, int64_t ns)
{
    struct shard *shard = lock_own_shard(stats);
    histogram_record(&shard->totals.loop_hold, ns);
    shard->totals.callbacks_ns += (uint64_t)ns;
    pthread_mutex_unlock(&shard->lock);
}

void stats_reply(struct stats *stats, const struct stats_reply *reply)
{
    struct shard *shard = lock_own_shard(stats);
    struct stats_totals *totals = &shard->totals;
    if (reply->status >= 0 && reply->status < STATS_STATUSES)
        totals->replies[reply->status]++;
    totals->bytes_in += reply->bytes_in;
    totals->bytes_out += reply->bytes_out;
    histogram_record(&totals->latency[reply->endpoint][stats_size_of(reply->bytes_in)],
                     reply->elapsed_ns);
    pthread_mutex_unlock(&shard->lock);
}

/* All histograms of totals have the same layout: merging can't fail. */
static void add_totals(struct stats_totals *into, const struct stats_totals *from)
{
    for (size_t i = 0; i < STATS_STATUSES; i++)
        into->replies[i] += from->replies[i];
    into->bytes_in += from->bytes_in;
    into->bytes_out += from->bytes_out;
    into->callbacks_ns += from->callbacks_ns;
    histogram_merge(&into->loop_hold, &from->loop_hold);
    for (size_t i = 0; i < STATS_ENDPOINTS_MAX; i++) {
        for (size_t k = 0; k < STATS_SIZES; k++)
            histogram_merge(&into->latency[i][k], &from->latency[i][k]);
    }
}

int stats_read(struct stats *stats, struct stats_totals *totals)
{
    int error = totals_init(totals);
    if (error)
        return error;
    for (size_t i = 0; i < SHARDS; i++) {
        pthread_mutex_lock(&stats->shards[i].lock);
        add_totals(totals, &stats->shards[i].totals);
        pthread_mutex_unlock(&stats->shards[i].lock);
    }
    return 0;
}
