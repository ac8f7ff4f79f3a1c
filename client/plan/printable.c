/* printable.c: see printable.h. */
#include "plan/printable.h"

void printable_make(char *text)
{
    for (; *text; text++) {
        if (*text < ' ' || *text >= 0x7f || *text == '|')
            *text = '?';
    }
}
