/* sweep_step.c: see sweep_step.h. */
#include "commands/sweep_step.h"

size_t sweep_count_kept(const struct sweep_step *steps, size_t count)
{
    size_t kept = 0;
    while (kept < count && steps[kept].measured && steps[kept].kept)
        kept++;
    return kept;
}

void sweep_tell(const char *mode, const char *endpoint, const char *objectives,
                const char sizes[][OPTIONS_WORD_SIZE], const struct sweep_step *steps, size_t count,
                struct buffer *out)
{
    size_t kept = sweep_count_kept(steps, count);
    bool ended = kept < count && !steps[kept].measured;
    buffer_append_format(out, "%s %s: ", mode, endpoint);
    if (kept == 0 && ended)
        buffer_append_text(out, "nothing was measured.\n");
    else if (kept == 0)
        buffer_append_format(out,
                             "%s is not kept even with bodies of %s: %s. No size that was tried is "
                             "safe.\n",
                             objectives, sizes[0], steps[0].reason);
    else if (kept == count || ended)
        buffer_append_format(out,
                             "%s is kept with every size that was %s; the largest was %s, so a "
                             "body limit of that is safe.\n",
                             objectives, ended ? "measured" : "tried", sizes[kept - 1]);
    else
        buffer_append_format(out,
                             "%s is kept up to %s, so a body limit of that is safe; with bodies of "
                             "%s %s.\n",
                             objectives, sizes[kept - 1], sizes[kept], steps[kept].reason);
}
