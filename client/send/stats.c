/* stats.c: see stats.h. */
#include "send/stats.h"

#include "base/clock.h"
#include "base/error.h"

#include <stddef.h>
#include <string.h>

static const size_t histograms[] = {
    offsetof(struct class_stats, response), offsetof(struct class_stats, censored),
    offsetof(struct class_stats, service),  offsetof(struct class_stats, send_lag),
    offsetof(struct class_stats, read_lag), offsetof(struct class_stats, machine_lag),
    offsetof(struct class_stats, connect),  offsetof(struct class_stats, tls),
};

static struct histogram *histogram_at(struct class_stats *stats, size_t index)
{
    return (struct histogram *)((char *)stats + histograms[index]);
}

int class_stats_init(struct class_stats *stats)
{
    memset(stats, 0, sizeof *stats);
    int r = 0;
    for (size_t i = 0; r == 0 && i < ARRAY_LENGTH(histograms); i++)
        r = histogram_init_latency(histogram_at(stats, i));
    if (r)
        class_stats_deinit(stats);
    return r;
}

void class_stats_deinit(struct class_stats *stats)
{
    for (size_t i = 0; stats && i < ARRAY_LENGTH(histograms); i++)
        histogram_deinit(histogram_at(stats, i));
}

void class_stats_record(struct class_stats *stats, int64_t planned_ns,
                        const struct outcome *outcome)
{
    stats->sent++;
    stats->resent += outcome->resent;
    stats->bytes_sent += outcome->bytes_sent;
    stats->bytes_received += outcome->bytes_received;
    histogram_record(&stats->send_lag, outcome->sent_ns - planned_ns);
    if (outcome->kind != OUTCOME_OK) {
        stats->errors[outcome->kind]++;
        if (outcome_is_by_status(outcome->kind))
            class_stats_count_status(stats, outcome->status, 1);
        histogram_record(&stats->censored, outcome->end_ns - planned_ns);
        return;
    }
    stats->ok++;
    histogram_record(&stats->response, outcome->end_ns - planned_ns);
    histogram_record(&stats->service, outcome->end_ns - outcome->sent_ns);
    histogram_record(&stats->read_lag, outcome->read_lag_ns);
    if (outcome->connect_ns)
        histogram_record(&stats->connect, outcome->connect_ns);
    if (outcome->tls_ns)
        histogram_record(&stats->tls, outcome->tls_ns);
}

void class_stats_count_status(struct class_stats *stats, int status, uint64_t count)
{
    if (status >= STATUS_LEAST && status <= STATUS_MOST)
        stats->statuses[status - STATUS_LEAST] += count;
}

void class_stats_record_unsent(struct class_stats *stats, int64_t planned_ns, int64_t ended_ns)
{
    histogram_record(&stats->censored, ended_ns - planned_ns);
}

void class_stats_count_means(struct class_stats *stats, unsigned threads, unsigned connections)
{
    if (threads > stats->threads)
        stats->threads = threads;
    if (connections > stats->connections_most)
        stats->connections_most = connections;
}

int class_stats_merge(struct class_stats *into, const struct class_stats *from)
{
    into->planned += from->planned;
    into->sent += from->sent;
    into->ok += from->ok;
    into->resent += from->resent;
    into->bytes_sent += from->bytes_sent;
    into->bytes_received += from->bytes_received;
    into->cpu_ns += from->cpu_ns;
    into->ran_ns += from->ran_ns;
    into->connections_opened += from->connections_opened;
    into->waits += from->waits;
    if (from->wait_longest_ns > into->wait_longest_ns)
        into->wait_longest_ns = from->wait_longest_ns;
    class_stats_count_means(into, from->threads, from->connections_most);
    for (int kind = 0; kind < OUTCOME_KINDS; kind++)
        into->errors[kind] += from->errors[kind];
    for (size_t i = 0; i < ARRAY_LENGTH(into->statuses); i++)
        into->statuses[i] += from->statuses[i];
    int r = 0;
    for (size_t i = 0; r == 0 && i < ARRAY_LENGTH(histograms); i++) {
        const char *other = (const char *)from + histograms[i];
        r = histogram_merge(histogram_at(into, i), (const struct histogram *)other);
    }
    return r;
}

uint64_t class_stats_errors(const struct class_stats *stats)
{
    uint64_t sum = 0;
    for (int kind = 0; kind < OUTCOME_KINDS; kind++)
        sum += stats->errors[kind];
    return sum;
}

uint64_t class_stats_censored(const struct class_stats *stats)
{
    return stats->planned > stats->ok ? stats->planned - stats->ok : 0;
}

struct figures figures_of(const struct histogram *histogram)
{
    return (struct figures){
        .count = histogram->total,
        .min = clock_ms(histogram->min),
        .p50 = clock_ms(histogram_percentile(histogram, 50)),
        .mean = histogram_mean(histogram) / (double)NS_PER_MS,
        .p90 = clock_ms(histogram_percentile(histogram, 90)),
        .p95 = clock_ms(histogram_percentile(histogram, 95)),
        .p99 = clock_ms(histogram_percentile(histogram, 99)),
        .max = clock_ms(histogram->max),
    };
}
