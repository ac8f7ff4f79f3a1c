/*
 * tls.h: connections under TLS: which certificate they show, their handshakes, and what is said on
 * them past libmicrohttpd.
 *
 * libmicrohttpd makes the GnuTLS session of each connection and drives it; this file gives it the
 * certificate of the moment. Only the thread that serves a connection may use its session. So when
 * another thread ends a connection it leaves the words that are still to be said, and shuts the
 * socket for reading: the serving thread meets the end, says them, and that TLS ends here
 * (close_notify), before libmicrohttpd takes the session for broken.
 */
#ifndef LOOPLAG_HTTP_TLS_H
#define LOOPLAG_HTTP_TLS_H

#include "base/buffer.h"
#include "http/certificate.h"
#include "stats/stats.h"

#include <gnutls/abstract.h>
#include <microhttpd.h>

/** The certificate that new connections show. */
struct tls;

/** What GnuTLS may negotiate: TLS 1.2 and 1.3, forward secrecy, authenticated encryption. Constant.
 */
extern char tls_priorities[];

/**
 * Reads the certificate, for *tls that is NULL the first time; later new connections show the new
 * one. Returns 0, or negative with a line in `error`; then *tls is as it was.
 */
int tls_load(struct tls **tls, const char *cert_file, const char *key_file,
             char error[CERTIFICATE_ERROR_SIZE]);
void tls_free(struct tls *tls);

/** When the certificate of the moment expires, in s since 1970. */
int64_t tls_expires_s(const struct tls *tls);

/**
 * libmicrohttpd wants a certificate when it starts: there is none for a session without tls_begin.
 * (A gnutls_certificate_retrieve_function2.)
 */
int tls_no_certificate(gnutls_session_t session, const gnutls_datum_t *names, int name_count,
                       const gnutls_pk_algorithm_t *algorithms, int algorithm_count,
                       gnutls_pcert_st **certificates, unsigned *count, gnutls_privkey_t *key);

/** A connection's session. */
struct tls_session;

/**
 * For a connection that has just come: gives it the certificate of the moment. Handshakes are
 * counted in `stats` (borrowed). Returns NULL without memory; its handshake will fail.
 */
struct tls_session *tls_begin(struct tls *tls, struct MHD_Connection *connection, int fd,
                              struct stats *stats);

/** The connection is over, and libmicrohttpd has freed its session. NULL is accepted. */
void tls_end(struct tls_session *session);

/** There is no memory for the connection: libmicrohttpd goes on with its session, and finds it at
 * its end. */
void tls_abandon(struct tls_session *session);

/** In the serving thread: sends what fits without waiting. */
void tls_say(struct tls_session *session, const char *text, size_t length);

/** In the serving thread: nothing more will be sent, and the client is told so. */
void tls_end_writing(struct tls_session *session);

/** From another thread, once: takes over what is to be said when the socket ends for reading. */
void tls_leave_words(struct tls_session *session, struct buffer *words);

#endif
