/* endpoint.c: see endpoint.h. */
#include "endpoint/endpoint.h"

const char *endpoint_stage_name(enum endpoint_stage stage)
{
    static const char *const names[] = {"read", "queue", "decode", "parse", "bind", "log", "total"};
    return names[stage];
}

const char *endpoint_no_room(bool never)
{
    return never ? "this body takes more memory than all together may (--max-inflight-bytes)"
                 : "the bodies of others take the memory that there is; try again";
}

void endpoint_answer_init(struct endpoint_answer *answer)
{
    *answer = (struct endpoint_answer){.status = 200, .content_type = "application/json"};
    for (size_t i = 0; i < STAGES; i++)
        answer->stage_ns[i] = -1;
}
