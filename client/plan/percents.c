/* percents.c: see percents.h. */
#include "plan/percents.h"

const double interference_percents[INTERFERENCE_PERCENTS] = {50, 90, 95, 99};
