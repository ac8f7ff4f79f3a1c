/*
 * label.h: what a cell is called in a text, by value.
 */
#ifndef LOOPLAG_CLIENT_LABEL_H
#define LOOPLAG_CLIENT_LABEL_H

#include <stdbool.h>

struct cell;
struct result;

struct label {
    char text[112];
};

/** "select /ping"; only the endpoint where the server did not tell its mode. Long parts are cut. */
struct label label_of(const struct cell *cell);

/** The same, and its class where more than one is not large. */
struct label label_in(const struct result *result, const struct cell *cell);

/** Whether more than one class is not large. */
bool label_has_several_light(const struct result *result);

#endif
