/* turn.c: see turn.h. */
#include "http/turn.h"

enum { TURNS = 2 }; /* to be accepted, and to be read */

static _Thread_local struct {
    unsigned due; /* turns that newcomers still have */
    unsigned had; /* turns in a row that they had */
} newcomers;

/* The place of this thread's loop. */
static _Thread_local struct {
    const struct turn *owner; /* NULL: it is free, and nobody waits */
    unsigned slices;          /* that the owner has had */
    unsigned waiting;         /* bodies of this loop that wait */
} place;

void turn_note_newcomer(void)
{
    newcomers.due = TURNS;
}

bool turn_is_newcomers(void)
{
    if (newcomers.due == 0 || newcomers.had == TURNS) {
        newcomers.due = newcomers.had = 0;
        return false;
    }
    newcomers.due--;
    newcomers.had++;
    return true;
}

void turns_init(struct turns *turns)
{
    pthread_mutex_init(&turns->lock, NULL);
    turns->first = NULL;
    turns->last = &turns->first;
    turns->stopping = false;
}

void turns_deinit(struct turns *turns)
{
    pthread_mutex_destroy(&turns->lock);
}

static void give(const struct turn *turn)
{
    place.owner = turn;
    place.slices = 0;
}

/* Returns false when the server stops: nothing may be suspended then. */
static bool wait_in_line(struct turns *turns, struct turn *turn)
{
    pthread_mutex_lock(&turns->lock);
    const bool waits = !turns->stopping;
    if (waits) {
        MHD_suspend_connection(turn->connection);
        place.waiting++;
        turn->loop = &place;
        turn->next = NULL;
        *turns->last = turn;
        turns->last = &turn->next;
    }
    pthread_mutex_unlock(&turns->lock);
    return waits;
}

bool turn_take(struct turns *turns, struct turn *turn)
{
    if (!place.owner)
        give(turn);
    return place.owner == turn || !wait_in_line(turns, turn);
}

/* With the lock held. Takes one that waits out of the line. */
static void resume(struct turns *turns, struct turn **at)
{
    struct turn *turn = *at;
    *at = turn->next;
    if (turns->last == &turn->next)
        turns->last = at;
    MHD_resume_connection(turn->connection);
}

/* The one of this loop that has waited longest has the place now. */
static void call_next(struct turns *turns)
{
    pthread_mutex_lock(&turns->lock);
    struct turn **at = &turns->first;
    while (*at && (*at)->loop != &place)
        at = &(*at)->next;
    if (*at) {
        give(*at);
        place.waiting--;
        resume(turns, at);
    }
    pthread_mutex_unlock(&turns->lock);
}

void turn_leave(struct turns *turns, struct turn *turn)
{
    if (place.owner != turn)
        return;
    give(NULL);
    if (place.waiting)
        call_next(turns);
}

void turn_used(struct turns *turns, struct turn *turn, bool goes_on)
{
    if (place.owner == turn && (!goes_on || (++place.slices >= TURN_SLICES && place.waiting)))
        turn_leave(turns, turn);
}

void turns_stop(struct turns *turns)
{
    pthread_mutex_lock(&turns->lock);
    turns->stopping = true;
    while (turns->first)
        resume(turns, &turns->first);
    pthread_mutex_unlock(&turns->lock);
}
