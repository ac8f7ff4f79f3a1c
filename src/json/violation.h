/* violation.h: filling the list of violations of param.h. */
#ifndef LOOPLAG_JSON_VIOLATION_H
#define LOOPLAG_JSON_VIOLATION_H

#include "json/param.h"

/** Empties a list. */
void violations_init(struct violations *list);

/**
 * Counts one violation of the field `field` (NULL: of the body itself) and tells
 * it when there is room. Returns it, or NULL when it is counted only.
 */
struct violation *violations_add(struct violations *list, enum violation_kind kind,
                                 const char *field, const char *input);

/** The same for the member `key` of data. */
struct violation *violations_add_member(struct violations *list, enum violation_kind kind,
                                        const char *key, const char *input);

/** The same for a body that isn't JSON from the byte `offset` on. */
struct violation *violations_add_invalid(struct violations *list, size_t offset,
                                         const char *reason);

#endif
