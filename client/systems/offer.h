/*
 * offer.h: what a looplagd has to offer: the names that it lists itself, so
 * that what is not among them can be told before anything is started.
 */
#ifndef LOOPLAG_CLIENT_OFFER_H
#define LOOPLAG_CLIENT_OFFER_H

#include "systems/server_process.h"

#include <stdbool.h>
#include <stddef.h>

enum { OFFER_MOST = 32, OFFER_NAME_SIZE = 64, OFFER_TEXT_SIZE = 256 };

/** A zeroed one tells nothing: then everything may be there. */
struct offer {
    char names[OFFER_MOST][OFFER_NAME_SIZE];
    size_t count;
};

/**
 * Asks the program at `path` with a flag such as "--list-modes"; the first
 * word of each line that it prints is a name. Returns as server_ask, and with
 * anything but 0 the offer is empty.
 */
int offer_ask(struct offer *offer, const char *path, const char *flag,
              char error[SERVER_ERROR_SIZE]);

/** Whether `name` is offered, or nothing is known. A path counts without its query. */
bool offer_has(const struct offer *offer, const char *name);

/** Writes "select, threads or pool"; what does not fit is cut. */
void offer_list(const struct offer *offer, char out[OFFER_TEXT_SIZE]);

#endif
