/*
 * label.h: what a cell's server is called in a text, by value.
 */
#ifndef LOOPLAG_CLIENT_LABEL_H
#define LOOPLAG_CLIENT_LABEL_H

struct cell;

struct label {
    char text[80];
};

/** "select /ping"; only the endpoint where the server did not tell its mode. Long parts are cut. */
struct label label_of(const struct cell *cell);

#endif
