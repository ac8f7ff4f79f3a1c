/*
 * handshake.h: a TLS handshake with nobody. libcurl reads certificates when the
 * first connection of a multi handle begins: some 30 ms for a system's bundle,
 * which would stand in the first figures of each window. So it is made to read
 * them before, by a connection to a socket of our own that is closed at once,
 * and says what is wrong with a file.
 */
#ifndef LOOPLAG_CLIENT_HANDSHAKE_H
#define LOOPLAG_CLIENT_HANDSHAKE_H

#include "send/target.h"

#include <curl/curl.h>

/**
 * Reads the certificates of an https target into the multi handle; does nothing for another
 * target. Returns 0, TARGET_INVALID with one line in `error`, or a negative errno.
 */
int handshake_prepare(const struct target *target, CURLM *multi, char error[TARGET_ERROR_SIZE]);

/** Says whether the certificates of an https target can be used. Returns as handshake_prepare. */
int handshake_check(const struct target *target, char error[TARGET_ERROR_SIZE]);

#endif
