/*
 * coroutine.h: a function that gives its thread back in the middle and goes on later, on a stack of
 * its own.
 *
 * Stacks are mappings with a page below that traps, so that a function which needs more than there
 * is ends the process and overwrites nobody's memory. Some are kept for the next coroutine; of
 * those, what deep functions have touched is given back. A coroutine may go on in another thread
 * than before, one at a time.
 *
 * One that is freed in the middle is not unwound: its frames are gone without a word. So what it
 * holds must belong to somebody else, as all of a JSON document belongs to its arena.
 *
 * The address sanitizer and the thread sanitizer are told of each switch.
 */
#ifndef LOOPLAG_BASE_COROUTINE_H
#define LOOPLAG_BASE_COROUTINE_H

#include <stdbool.h>
#include <stddef.h>

struct coroutine;

/** Makes one that will run run(cls) when it is resumed first. NULL: no memory. */
struct coroutine *coroutine_new(void (*run)(void *cls), void *cls);

/** Runs it until it yields or its function returns. It has not ended. */
void coroutine_resume(struct coroutine *coroutine);

/** From within: gives the thread back to whoever called coroutine_resume. */
void coroutine_yield(struct coroutine *coroutine);

/** Whether its function has returned. */
bool coroutine_ended(const struct coroutine *coroutine);

/** Frees it, wherever it is, but not from within. NULL is accepted. */
void coroutine_free(struct coroutine *coroutine);

/** Bytes of stack that its function finds at least. */
size_t coroutine_stack_size(void);

/** How many stacks are kept for the next coroutines. */
unsigned coroutine_stacks_kept(void);

#endif
