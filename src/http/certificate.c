/* certificate.c: see certificate.h. */
#include "http/certificate.h"

#include "base/clock.h"
#include "base/private_file.h"

#include <gnutls/x509.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

struct certificate {
    atomic_uint holders;
    gnutls_certificate_credentials_t credentials;
    int64_t expires_s;
};

/* What is being loaded, and where to say what is wrong. */
struct loading {
    const char *cert_file;
    const char *key_file;
    char *error;
};

static int PRINTF_LIKE(2, 3) refuse(const struct loading *loading, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(loading->error, CERTIFICATE_ERROR_SIZE, format, arguments);
    va_end(arguments);
    return -EINVAL;
}

static gnutls_datum_t datum(const struct buffer *text)
{
    return (gnutls_datum_t){(unsigned char *)text->data, (unsigned)text->length};
}

static int read_files(const struct loading *loading, struct buffer *cert, struct buffer *key)
{
    int result = private_file_read(cert, loading->cert_file, 0);
    if (result)
        return refuse(loading, "--tls-cert=%.160s: %s", loading->cert_file,
                      private_file_problem(result));
    result = private_file_read(key, loading->key_file, S_IRWXO);
    if (result)
        return refuse(loading, "--tls-key=%.160s: %s%s", loading->key_file,
                      private_file_problem(result),
                      result == PRIVATE_FILE_OPEN ? "; take it away with chmod o=" : "");
    return 0;
}

/* A certificate may be for ever; an int64_t of ns is not. */
static int64_t within_ns(time_t time_s)
{
    return time_s < INT64_MAX / NS_PER_S ? time_s : INT64_MAX / NS_PER_S;
}

/* Whether the time is within the certificate's; notes its end. */
static int judge_time(const struct loading *loading, gnutls_x509_crt_t first, int64_t *expires_s)
{
    const int64_t now_s = clock_wall_ns() / NS_PER_S;
    const int64_t begins = within_ns(gnutls_x509_crt_get_activation_time(first));
    const int64_t ends = within_ns(gnutls_x509_crt_get_expiration_time(first));
    char when[CLOCK_RFC3339_SIZE];
    *expires_s = ends;
    if (now_s >= begins && now_s < ends)
        return 0;
    clock_format_rfc3339((now_s < begins ? begins : ends) * NS_PER_S, when);
    return refuse(loading, "--tls-cert=%.160s: this certificate %s %s", loading->cert_file,
                  now_s < begins ? "is not valid before" : "has expired at", when);
}

static int judge_chain(const struct loading *loading, const struct buffer *cert, int64_t *expires_s)
{
    gnutls_x509_crt_t *chain = NULL;
    unsigned count = 0;
    const gnutls_datum_t pem = datum(cert);
    const int error = gnutls_x509_crt_list_import2(&chain, &count, &pem, GNUTLS_X509_FMT_PEM, 0);
    if (error < 0)
        return refuse(loading, "--tls-cert=%.160s: no certificate in PEM: %s", loading->cert_file,
                      gnutls_strerror(error));
    const int result = judge_time(loading, chain[0], expires_s);
    for (unsigned i = 0; i < count; i++)
        gnutls_x509_crt_deinit(chain[i]);
    gnutls_free(chain);
    return result;
}

static int make_credentials(const struct loading *loading, const struct buffer *cert,
                            const struct buffer *key, gnutls_certificate_credentials_t *credentials)
{
    const gnutls_datum_t cert_pem = datum(cert);
    const gnutls_datum_t key_pem = datum(key);
    int error = gnutls_certificate_allocate_credentials(credentials);
    if (error == 0)
        error = gnutls_certificate_set_x509_key_mem2(*credentials, &cert_pem, &key_pem,
                                                     GNUTLS_X509_FMT_PEM, NULL, 0);
    if (error >= 0)
        return 0;
    if (error == GNUTLS_E_CERTIFICATE_KEY_MISMATCH)
        return refuse(loading, "--tls-key=%.160s is not the key of the certificate in %.160s",
                      loading->key_file, loading->cert_file);
    return refuse(loading, "--tls-key=%.160s: no private key in PEM without a password: %s",
                  loading->key_file, gnutls_strerror(error));
}

int certificate_load(struct certificate **loaded, const char *cert_file, const char *key_file,
                     char error[CERTIFICATE_ERROR_SIZE])
{
    const struct loading loading = {cert_file, key_file, error};
    CLEANUP(buffer_deinit)
    struct buffer cert = {0};
    CLEANUP(private_file_forget)
    struct buffer key = {0};
    struct certificate *certificate = calloc(1, sizeof *certificate);
    if (!certificate)
        return refuse(&loading, "out of memory");
    atomic_init(&certificate->holders, 1);
    int result = read_files(&loading, &cert, &key);
    if (!result)
        result = judge_chain(&loading, &cert, &certificate->expires_s);
    if (!result)
        result = make_credentials(&loading, &cert, &key, &certificate->credentials);
    if (result)
        certificate_release(certificate);
    else
        *loaded = certificate;
    return result;
}

struct certificate *certificate_hold(struct certificate *certificate)
{
    atomic_fetch_add(&certificate->holders, 1);
    return certificate;
}

void certificate_release(struct certificate *certificate)
{
    if (!certificate || atomic_fetch_sub(&certificate->holders, 1) > 1)
        return;
    if (certificate->credentials)
        gnutls_certificate_free_credentials(certificate->credentials);
    free(certificate);
}

gnutls_certificate_credentials_t certificate_credentials(const struct certificate *certificate)
{
    return certificate->credentials;
}

int64_t certificate_expires_s(const struct certificate *certificate)
{
    return certificate->expires_s;
}
