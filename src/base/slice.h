/*
 * slice.h: how soon a thread that wakes gets a processor.
 *
 * Linux (from 6.12 on) lets a thread that asks for shorter slices than the
 * running one take over at once, with the same share of the processor in the
 * end; otherwise it waits until the running thread's slice is over, some
 * milliseconds. No privilege is needed, and unlike a lower priority it can be taken back.
 * On other systems these functions do nothing.
 */
#ifndef LOOPLAG_BASE_SLICE_H
#define LOOPLAG_BASE_SLICE_H

/** The calling thread's work is short and urgent. */
void slice_short(void);

/** The calling thread's work is long: slices as the system gives them. */
void slice_default(void);

#endif
