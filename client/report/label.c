/* label.c: see label.h. */
#include "report/label.h"

#include "measure/result.h"

#include <stdio.h>

struct label label_of(const struct cell *cell)
{
    struct label out;
    snprintf(out.text, sizeof out.text, "%.30s%s%.48s", cell->mode, cell->mode[0] ? " " : "",
             cell->endpoint);
    return out;
}
