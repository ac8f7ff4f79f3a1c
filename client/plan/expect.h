/*
 * expect.h: which statuses are good replies, as in expect=2xx|404. What is not
 * told is 2xx.
 */
#ifndef LOOPLAG_CLIENT_EXPECT_H
#define LOOPLAG_CLIENT_EXPECT_H

#include <stdbool.h>
#include <stddef.h>

enum { EXPECT_MOST = 8, EXPECT_TEXT_SIZE = 4 * EXPECT_MOST };

/** A zeroed one means 2xx. */
struct expect {
    struct {
        short low;
        short high;
    } ranges[EXPECT_MOST];
    size_t count;
};

/** Reads "2xx|404". Returns whether it is good: up to EXPECT_MOST statuses or hundreds of them. */
bool expect_parse(const char *text, struct expect *expect);

/** Whether a reply with that status is good. */
bool expect_holds(const struct expect *expect, int status);

/** Writes it as it is read; "2xx" when it was not told. */
void expect_tell(const struct expect *expect, char out[EXPECT_TEXT_SIZE]);

#endif
