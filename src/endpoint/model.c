/* model.c: see model.h. */
#include "endpoint/model.h"

#include "base/clock.h"
#include "json/bind.h"

#include <stdio.h>

/*
 * The scanner explains what jansson or the binding refused, so that all
 * endpoints tell the same violations. Should it find nothing wrong, the
 * refusal stands, without a place.
 */
int model_answer_violations(struct scan *scan, struct endpoint_answer *answer)
{
    struct param_summary summary;
    struct violations violations = {0};
    int result = scan_finish(scan, &summary, &violations);
    if (result < 0)
        return result;
    answer->status = 422;
    if (result == SCAN_VIOLATION)
        return reply_violations(&answer->body, &violations);
    return reply_detail(&answer->body, "the body is not a valid parameter");
}

static int answer_violations(const char *bytes, size_t length, size_t max_name,
                             struct endpoint_answer *answer)
{
    CLEANUP(scan_deinit)
    struct scan scan;
    scan_init(&scan, max_name);
    int result = scan_feed(&scan, bytes, length);
    return result < 0 ? result : model_answer_violations(&scan, answer);
}

/* It would be refused in any case where it is no JSON; that is not looked at. */
int model_answer_too_large(const struct endpoint_call *call, size_t bound,
                           struct endpoint_answer *answer)
{
    char detail[160];
    snprintf(detail, sizeof detail,
             "the document of this body could take %zu bytes of memory; the limit is %llu "
             "(--max-document)",
             bound, (unsigned long long)call->context->max_document);
    answer->status = 413;
    return reply_detail(&answer->body, detail);
}

/* The body is there, but not its document: others hold the memory, or it is too much for any one.
 */
static int answer_no_room(const struct endpoint_call *call, bool never,
                          struct endpoint_answer *answer)
{
    stats_limited(call->context->stats, STATS_INFLIGHT_BYTES);
    answer->status = never ? 413 : 503;
    return reply_detail(&answer->body, endpoint_no_room(never));
}

int model_answer_summary(const struct endpoint_call *call, const struct param_summary *summary,
                         int64_t bound_ns, struct reply_extra extra, struct endpoint_answer *answer)
{
    extra.elapsed_ns = bound_ns - call->began_ns;
    extra.wall_now_ns = summary->has_timestamp ? clock_wall_ns() : 0;
    return reply_summary(&answer->body, summary, &extra);
}

int model_answer(const struct endpoint_call *call, const char *bytes, size_t length,
                 size_t (*profile)(const struct endpoint_answer *answer,
                                   struct reply_stage *stages),
                 struct endpoint_answer *answer)
{
    CLEANUP(bind_document_deinit)
    struct bind_document document;
    struct bind_param param = {0};
    int64_t start = clock_now_ns();
    const struct endpoint_context *context = call->context;
    const struct bind_limits limits = {
        .document = (size_t)context->max_document,
        .name = (size_t)context->max_name,
        .budget = &context->budget,
        .beside = call->taken,
    };
    int result = bind_parse(&document, bytes, length, &limits);
    int64_t parsed = clock_now_ns();
    answer->stage_ns[STAGE_PARSE] = parsed - start;
    int64_t bound = parsed;
    if (!result) {
        result = bind_param(&document, &param, NULL);
        bound = clock_now_ns();
        answer->stage_ns[STAGE_BIND] = bound - parsed;
    }
    if (result < 0)
        return result;
    if (result == BIND_REFUSED)
        return answer_violations(bytes, length, limits.name, answer);
    if (result == BIND_TOO_LARGE)
        return model_answer_too_large(call, document.bound, answer);
    if (result)
        return answer_no_room(call, result == BIND_NEVER, answer);

    struct reply_stage stages[MODEL_STAGES_MAX];
    const struct reply_extra extra = {
        .stages = stages,
        .stage_count = profile ? profile(answer, stages) : 0,
    };
    return model_answer_summary(call, &param.summary, bound, extra, answer);
}
