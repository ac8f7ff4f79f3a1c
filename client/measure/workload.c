/* workload.c: see workload.h. */
#include "measure/workload.h"

#include "base/error.h"

#include <stdio.h>
#include <string.h>

int workload_init(struct workload *workload, const struct options *options,
                  char error[OPTIONS_ERROR_SIZE])
{
    memset(workload, 0, sizeof *workload);
    snprintf(error, OPTIONS_ERROR_SIZE, "cannot make the bodies: %s", strerror(ENOMEM));
    workload->options = options;
    for (size_t i = 0; i < options->class_count; i++) {
        const struct traffic_class *class = &options->classes[i];
        int r = bodies_make(&workload->bodies[i], class, options->seed, error);
        if (r) {
            workload_deinit(workload);
            return r;
        }
        workload->heavy[i] = class_is_heavy(class, workload->bodies[i].mean_bytes);
        workload->heavy_count += workload->heavy[i];
    }
    return 0;
}

void workload_deinit(struct workload *workload)
{
    for (size_t i = 0; i < CLASS_MOST; i++)
        bodies_deinit(&workload->bodies[i]);
}

bool workload_has_baseline(const struct workload *workload)
{
    return workload->heavy_count > 0 && workload->heavy_count < workload->options->class_count;
}
