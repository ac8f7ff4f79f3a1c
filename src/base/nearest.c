/* nearest.c: see nearest.h. */
#include "base/nearest.h"

#include <stdbool.h>
#include <string.h>

/* Longer words are not compared: no name is so long. */
enum { WORD_MOST = 32, ABBREVIATION_LEAST = 2 };

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

/* Damerau's and Levenshtein's distance, each pair of letters exchanged once at most. */
static unsigned distance(const char *a, size_t a_length, const char *b, size_t b_length)
{
    unsigned rows[WORD_MOST + 1][WORD_MOST + 1];
    for (unsigned i = 0; i <= a_length; i++)
        rows[i][0] = i;
    for (unsigned k = 0; k <= b_length; k++)
        rows[0][k] = k;
    for (size_t i = 1; i <= a_length; i++) {
        for (size_t k = 1; k <= b_length; k++) {
            unsigned changed = rows[i - 1][k - 1] + (a[i - 1] != b[k - 1]);
            unsigned moved = least(rows[i - 1][k], rows[i][k - 1]) + 1;
            rows[i][k] = least(changed, moved);
            if (i > 1 && k > 1 && a[i - 1] == b[k - 2] && a[i - 2] == b[k - 1])
                rows[i][k] = least(rows[i][k], rows[i - 2][k - 2] + 1);
        }
    }
    return rows[a_length][b_length];
}

void nearest_try(struct nearest *nearest, const char *name)
{
    size_t length = strlen(name);
    if (nearest->length == 0 || nearest->length > WORD_MOST || length > WORD_MOST)
        return;
    bool begins = nearest->length >= ABBREVIATION_LEAST && nearest->length <= length &&
                  memcmp(name, nearest->word, nearest->length) == 0;
    unsigned most = (unsigned)nearest->length / 3;
    size_t added = length > nearest->length ? length - nearest->length : nearest->length - length;
    if (!begins && added > most)
        return; /* the distance is no less */
    unsigned found = begins ? 1 : distance(nearest->word, nearest->length, name, length);
    if (found > (begins ? 1 : most) || (nearest->found && nearest->distance <= found))
        return;
    nearest->found = name;
    nearest->distance = found;
}
