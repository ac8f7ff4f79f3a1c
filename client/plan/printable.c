/* printable.c: see printable.h. */
#include "plan/printable.h"

void printable_make(char *text)
{
    for (; *text; text++) {
        if (*text < ' ' || *text >= 0x7f || *text == '|')
            *text = '?';
    }
}

void printable_hide_controls(char *text)
{
    for (unsigned char *byte = (unsigned char *)text; *byte; byte++) {
        if (byte[0] == 0xc2 && byte[1] >= 0x80 && byte[1] < 0xa0) /* U+0080 to U+009F */
            *byte++ = '?';
        else if (*byte >= ' ' && *byte != 0x7f)
            continue;
        *byte = '?';
    }
}
