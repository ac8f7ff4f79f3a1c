/*
 * certificate.h: a certificate with its chain and its key, read from two PEM files, as GnuTLS'
 * credentials. Each connection that shows it holds it, so that another one can take its place
 * while they go on.
 */
#ifndef LOOPLAG_HTTP_CERTIFICATE_H
#define LOOPLAG_HTTP_CERTIFICATE_H

#include <gnutls/gnutls.h>
#include <stdint.h>

struct certificate;

/** Room for one line of what is wrong. */
enum { CERTIFICATE_ERROR_SIZE = 512 };

/**
 * Reads the files, and makes sure that they belong together and that the certificate is valid now.
 * The key's file may give nothing to others (mode ...0). Returns 0 with *loaded held once, or
 * negative with a line in `error` that says what is wrong with which file.
 */
int certificate_load(struct certificate **loaded, const char *cert_file, const char *key_file,
                     char error[CERTIFICATE_ERROR_SIZE]);

/** Holds it once more, or once less. With nobody left it is freed. From any thread. */
struct certificate *certificate_hold(struct certificate *certificate);
void certificate_release(struct certificate *certificate);

/** For a session that is to show it; borrowed. */
gnutls_certificate_credentials_t certificate_credentials(const struct certificate *certificate);

/** When it expires, in s since 1970. */
int64_t certificate_expires_s(const struct certificate *certificate);

#endif
