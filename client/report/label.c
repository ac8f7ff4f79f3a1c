/* label.c: see label.h. */
#include "report/label.h"

#include "measure/result.h"

#include <stdio.h>
#include <string.h>

struct label label_of(const struct cell *cell)
{
    struct label out;
    snprintf(out.text, sizeof out.text, "%.30s%s%.48s", cell->label, cell->label[0] ? " " : "",
             cell->endpoint);
    return out;
}

bool label_has_several_light(const struct result *result)
{
    size_t count = 0;
    for (size_t i = 0; i < result->options->class_count && i < result->cell_count; i++)
        count += !result->cells[i].heavy;
    return count > 1;
}

struct label label_in(const struct result *result, const struct cell *cell)
{
    struct label out = label_of(cell);
    size_t used = strlen(out.text);
    if (label_has_several_light(result))
        snprintf(out.text + used, sizeof out.text - used, " %.31s", cell->class->name);
    return out;
}
