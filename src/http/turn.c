/* turn.c: see turn.h. */
#include "http/turn.h"

enum { TURNS = 2 }; /* to be accepted, and to be read */

static _Thread_local struct {
    unsigned due; /* turns that newcomers still have */
    unsigned had; /* turns in a row that they had */
} newcomers;

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
