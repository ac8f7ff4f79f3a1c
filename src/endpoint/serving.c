/* serving.c: see serving.h. */
#include "endpoint/serving.h"

static void write_flag(struct writer *writer, const char *key, bool value)
{
    writer_key(writer, key);
    writer_raw(writer, value ? "true" : "false");
}

void serving_write(struct writer *writer, const struct serving *serving)
{
    static const char *const names[] = {
        [SERVING_BY_LOOP] = "loop",
        [SERVING_BY_HANDLERS] = "handlers",
        [SERVING_BY_CONNECTION] = "connection",
        [SERVING_BY_SIZE] = "size",
    };
    writer_member_integer(writer, "loops", serving->loops);
    write_flag(writer, "one_loop", serving->answered_by == SERVING_BY_LOOP && serving->loops == 1);
    write_flag(writer, "thread_per_connection", serving->answered_by == SERVING_BY_CONNECTION);
    writer_member_text(writer, "answered_by", names[serving->answered_by]);
    writer_member_integer(writer, "reserve", serving->reserve);
}

void parsing_write(struct writer *writer, const struct parsing *parsing)
{
    write_flag(writer, "incremental", parsing->incremental);
    write_flag(writer, "whole_document", parsing->whole_document);
}
