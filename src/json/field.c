/* field.c: see field.h. */
#include "json/field.h"

#define KEY(text) .name = (text), .length = sizeof(text) - 1

const struct field fields[FIELDS] = {
    [FIELD_NAME] = {KEY("name"), .required = true, .kind = FIELD_STRING,
                    .summary = "comes back in the reply"},
    [FIELD_DATA] = {KEY("data"), .required = true, .kind = FIELD_INTEGERS,
                    .summary = "its members are counted, and the largest value is told"},
    [FIELD_TIMESTAMP] = {KEY("timestamp"), .kind = FIELD_TIME,
                         .summary =
                             "when the client sent it; the reply tells how long ago that was"},
};
