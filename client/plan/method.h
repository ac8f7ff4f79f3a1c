/*
 * method.h: the methods a request may have, and what each means for its body:
 * rows of a const table.
 */
#ifndef LOOPLAG_CLIENT_METHOD_H
#define LOOPLAG_CLIENT_METHOD_H

#include <stdbool.h>

struct method {
    const char *name;
    bool needs_body; /**< a class of it has one */
    bool takes_body; /**< it may have one */
    bool head;       /**< a reply to it has none */
};

/** POST: what a class has that names none. */
extern const struct method *const method_standard;

/** The row of a name in capitals, or NULL. */
const struct method *method_find(const char *name);

/** The names, to follow "expected ". */
#define METHOD_NAMES "POST, GET, HEAD, PUT, PATCH, DELETE or OPTIONS"

#endif
