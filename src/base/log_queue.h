/*
 * log_queue.h: lines for stderr, written by a thread of their own.
 *
 * A thread that logs fills a record and goes on; the queue's thread makes lines
 * of the records and writes many at a time. The queue is bounded and has no
 * lock. When it is full because stderr is not read, or when the disk below stderr is full,
 * records are dropped and counted, and one line says so once there is room again. No write is
 * longer than what a pipe takes in one piece, so lines stay whole where several
 * processes share one.
 */
#ifndef LOOPLAG_BASE_LOG_QUEUE_H
#define LOOPLAG_BASE_LOG_QUEUE_H

#include <stddef.h>
#include <stdint.h>

/** Most bytes of a line, its newline included. */
enum { LOG_LINE_SIZE = 1024 };

/** Writes the line of a record, with its newline, and returns its length. */
typedef size_t log_queue_format(const void *record, char line[LOG_LINE_SIZE]);

struct log_queue;

/**
 * Starts the thread of a queue for records of `record_size` bytes. Returns NULL when there
 * is no memory or no thread. After a fork each process needs its own.
 */
struct log_queue *log_queue_start(size_t record_size, log_queue_format *format);

/**
 * Writes what is queued and ends the thread; gives up after `patience_ns` when
 * stderr takes nothing. Nobody may claim any more. NULL is accepted.
 */
void log_queue_stop(struct log_queue *queue, int64_t patience_ns);

/**
 * A record to fill, aligned for anything; log_queue_publish must follow soon. NULL
 * when the queue is full: the record is dropped and counted. From any thread.
 */
void *log_queue_claim(struct log_queue *queue);

/** How many lines were dropped since this was last asked. From any thread. */
uint64_t log_queue_take_dropped(struct log_queue *queue);

/** Hands a filled record to the queue's thread. */
void log_queue_publish(struct log_queue *queue, void *record);

#endif
