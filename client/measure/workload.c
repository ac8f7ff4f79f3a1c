/* workload.c: see workload.h. */
#include "measure/workload.h"

#include "base/error.h"
#include "send/payload.h"

#include <stdio.h>
#include <string.h>

static int make_body(const struct traffic_class *class, uint64_t seed, struct buffer *body,
                     char error[OPTIONS_ERROR_SIZE])
{
    if (!class->body_file[0])
        return payload_generate(class->name, &class->size, seed, body);
    int r = payload_read(class->body_file, body);
    if (r == 0 || r == -ENOMEM)
        return r;
    snprintf(error, OPTIONS_ERROR_SIZE, "class %s: cannot read the body from %.200s: %s",
             class->name, class->body_file, strerror(-r));
    return WORKLOAD_UNREADABLE;
}

int workload_init(struct workload *workload, const struct options *options,
                  char error[OPTIONS_ERROR_SIZE])
{
    memset(workload, 0, sizeof *workload);
    snprintf(error, OPTIONS_ERROR_SIZE, "cannot make the bodies: %s", strerror(ENOMEM));
    workload->options = options;
    for (size_t i = 0; i < options->class_count; i++) {
        const struct traffic_class *class = &options->classes[i];
        int r = make_body(class, options->seed, &workload->bodies[i], error);
        if (r) {
            workload_deinit(workload);
            return r;
        }
        workload->heavy[i] = class_is_heavy(class, workload->bodies[i].length);
        workload->heavy_count += workload->heavy[i];
    }
    return 0;
}

void workload_deinit(struct workload *workload)
{
    for (size_t i = 0; i < CLASS_MOST; i++)
        buffer_deinit(&workload->bodies[i]);
}

bool workload_has_baseline(const struct workload *workload)
{
    return workload->heavy_count > 0 && workload->heavy_count < workload->options->class_count;
}
