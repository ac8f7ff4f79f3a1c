/*
 * percents.h: the percentiles whose interference is told, and which objectives
 * may therefore name.
 */
#ifndef LOOPLAG_CLIENT_PERCENTS_H
#define LOOPLAG_CLIENT_PERCENTS_H

enum { INTERFERENCE_PERCENTS = 4 };

/** 50, 90, 95 and 99. */
extern const double interference_percents[INTERFERENCE_PERCENTS];

#endif
