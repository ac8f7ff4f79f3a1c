/*
 * pages.h: large memory straight from the kernel, and back to it.
 *
 * A 25 MB request needs some 200 MB for a second. malloc would take that from
 * heaps that it grows in small steps and gives back in one; both hold the
 * process's memory-map lock, which thread creation and every page fault of
 * the other threads need. Here large memory comes in few mappings and goes back
 * in short slices.
 *
 * No huge pages are asked for: giving them back and faulting them in again
 * for each request was measured to cost more (most of all in virtual machines)
 * than their shorter page walks saved.
 */
#ifndef LOOPLAG_BASE_PAGES_H
#define LOOPLAG_BASE_PAGES_H

#include <stddef.h>
#include <stdint.h>

/** Mappings from this size on may be kept for the next request. */
#define PAGES_KEPT_MIN ((size_t)1 << 20)

/** What malloc gives from this size on is a mapping of its own, and a buffer takes one itself. */
#define PAGES_OWN_MIN ((size_t)256 << 10)

/**
 * Bounds what malloc keeps of memory that was freed: from PAGES_OWN_MIN on nothing, and as much
 * at the end of each heap, of which there is one for each processor. Without this call each freed
 * mapping moves the first two bounds up for good, there are eight heaps for each processor, and
 * each grows to what its worst moment took. Called once, before there are threads; does nothing
 * where libc is not glibc.
 */
void pages_bound_heaps(void);

/** Rounds up to whole pages (to whole PAGES_KEPT_MIN from that size on). */
size_t pages_round(size_t size);

/** Maps pages_round(size) bytes (zeroed only when new). Returns NULL when there is no memory. */
void *pages_map(size_t size);

/**
 * Grows a mapping to pages_round(new_size) bytes; it may move. Returns the new
 * place, or NULL (then the old mapping is untouched).
 */
void *pages_grow(void *memory, size_t old_size, size_t new_size);

/** Gives a mapping back (to the cache while it has room). NULL is accepted. */
void pages_unmap(void *memory, size_t size);

/** Maps `size` bytes for use in need; they are never kept. NULL: there is no room. */
void *pages_reserve(size_t size);

/** Gives them back. NULL is accepted. */
void pages_unreserve(void *memory, size_t size);

/**
 * Keeps up to `limit` bytes of mappings for the next request, which then waits
 * neither for the kernel to clear them nor to take them back. Without a call
 * nothing is kept. The owner calls pages_trim now and then. Kept memory is not
 * zeroed when it is reused.
 */
void pages_cache_limit(size_t limit);

/** Gives kept mappings that were idle for `idle_ns` back to the kernel. */
void pages_trim(int64_t idle_ns);

#endif
