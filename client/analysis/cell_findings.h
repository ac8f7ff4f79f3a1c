/*
 * cell_findings.h: what the windows of one cell say: of one class of requests
 * to one server.
 */
#ifndef LOOPLAG_CLIENT_CELL_FINDINGS_H
#define LOOPLAG_CLIENT_CELL_FINDINGS_H

#include "analysis/affinity.h"
#include "analysis/audit.h"
#include "analysis/interference.h"
#include "analysis/outlook.h"
#include "analysis/stalls.h"
#include "measure/result.h"

struct cell_findings {
    const struct cell *cell; /**< borrowed from the result */
    struct audit audit;
    struct interference interference; /**< nothing known without a baseline */
    struct stalls stalls;
    struct affinity affinity;
    struct outlook outlook;
};

#endif
