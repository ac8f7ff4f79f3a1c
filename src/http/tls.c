/* tls.c: see tls.h. */
#include "http/tls.h"

#include "http/connections.h"

#include <linux/tcp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

char tls_priorities[] = /* libmicrohttpd's options take no pointer to const */
    "SECURE128:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2:-KX-ALL:+ECDHE-ECDSA:+ECDHE-RSA:"
    "-CIPHER-ALL:+AES-128-GCM:+AES-256-GCM:+CHACHA20-POLY1305";

struct tls {
    pthread_mutex_t lock;
    struct certificate *current;
};

struct tls_session {
    gnutls_session_t gnutls;
    struct certificate *certificate;
    struct stats *stats;
    int fd;
    bool ready;            /* the handshake is over */
    bool met_end;          /* of the socket */
    struct buffer words;   /* of another thread */
    atomic_bool has_words; /* they are complete */
};

int tls_load(struct tls **tls, const char *cert_file, const char *key_file,
             char error[CERTIFICATE_ERROR_SIZE])
{
    struct certificate *certificate;
    const int result = certificate_load(&certificate, cert_file, key_file, error);
    if (result)
        return result;
    if (!*tls) {
        *tls = calloc(1, sizeof **tls);
        if (!*tls) {
            certificate_release(certificate);
            snprintf(error, CERTIFICATE_ERROR_SIZE, "out of memory");
            return -ENOMEM;
        }
        pthread_mutex_init(&(*tls)->lock, NULL);
    }
    pthread_mutex_lock(&(*tls)->lock);
    struct certificate *old = (*tls)->current;
    (*tls)->current = certificate;
    pthread_mutex_unlock(&(*tls)->lock);
    certificate_release(old);
    return 0;
}

void tls_free(struct tls *tls)
{
    if (!tls)
        return;
    certificate_release(tls->current);
    pthread_mutex_destroy(&tls->lock);
    free(tls);
}

int64_t tls_expires_s(const struct tls *tls)
{
    return certificate_expires_s(tls->current);
}

int tls_no_certificate(gnutls_session_t session, const gnutls_datum_t *names, int name_count,
                       const gnutls_pk_algorithm_t *algorithms, int algorithm_count,
                       gnutls_pcert_st **certificates, unsigned *count, gnutls_privkey_t *key)
{
    (void)session, (void)names, (void)name_count, (void)algorithms, (void)algorithm_count;
    (void)certificates, (void)count, (void)key;
    return -1;
}

static struct tls_session *session_of(gnutls_session_t gnutls)
{
    gnutls_transport_ptr_t from;
    gnutls_transport_ptr_t to;
    gnutls_transport_get_ptr2(gnutls, &from, &to);
    return from;
}

/* The client's Finished was right; what may be left of the handshake is ours to send. */
static int note_finished(gnutls_session_t gnutls, unsigned type, unsigned when, unsigned incoming,
                         const gnutls_datum_t *message)
{
    struct tls_session *session = session_of(gnutls);
    (void)type, (void)when, (void)message;
    if (incoming && !session->ready) {
        session->ready = true;
        stats_tls(session->stats, STATS_TLS_DONE);
    }
    return 0;
}

/* GnuTLS reads through this, in the serving thread. */
static ssize_t pull(gnutls_transport_ptr_t from, void *bytes, size_t size)
{
    struct tls_session *session = from;
    const ssize_t got = recv(session->fd, bytes, size, MSG_DONTWAIT);
    if (got == 0 && session->ready && !session->met_end) {
        session->met_end = true;
        if (atomic_load(&session->has_words))
            tls_say(session, session->words.data, session->words.length);
        tls_end_writing(session);
    }
    return got;
}

struct tls_session *tls_begin(struct tls *tls, struct MHD_Connection *connection, int fd,
                              struct stats *stats)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_GNUTLS_SESSION);
    struct tls_session *session = info ? calloc(1, sizeof *session) : NULL;
    if (!session)
        return NULL;
    session->gnutls = info->tls_session;
    session->fd = fd;
    session->stats = stats;
    pthread_mutex_lock(&tls->lock);
    session->certificate = certificate_hold(tls->current);
    pthread_mutex_unlock(&tls->lock);
    gnutls_credentials_set(session->gnutls, GNUTLS_CRD_CERTIFICATE,
                           certificate_credentials(session->certificate));
    gnutls_handshake_set_hook_function(session->gnutls, GNUTLS_HANDSHAKE_FINISHED, GNUTLS_HOOK_POST,
                                       note_finished);
    gnutls_transport_ptr_t from;
    gnutls_transport_ptr_t to;
    gnutls_transport_get_ptr2(session->gnutls, &from, &to);
    gnutls_transport_set_ptr2(session->gnutls, session, to);
    gnutls_transport_set_pull_function(session->gnutls, pull);
    return session;
}

static ssize_t pull_nothing(gnutls_transport_ptr_t from, void *bytes, size_t size)
{
    (void)from, (void)bytes, (void)size;
    return 0;
}

void tls_abandon(struct tls_session *session)
{
    if (!session)
        return;
    gnutls_transport_set_pull_function(session->gnutls, pull_nothing);
    gnutls_credentials_clear(session->gnutls);
    tls_end(session);
}

/* Whoever connects and says nothing, as balancers do to see who lives, has not tried a handshake.
 */
static bool has_said_something(const struct tls_session *session)
{
    return connections_info(session->fd).tcpi_bytes_received > 0;
}

void tls_end(struct tls_session *session)
{
    if (!session)
        return;
    if (!session->ready && has_said_something(session))
        stats_tls(session->stats, STATS_TLS_FAILED);
    certificate_release(session->certificate);
    buffer_deinit(&session->words);
    free(session);
}

void tls_say(struct tls_session *session, const char *text, size_t length)
{
    while (length) {
        const ssize_t sent = gnutls_record_send(session->gnutls, text, length);
        if (sent == GNUTLS_E_INTERRUPTED)
            continue;
        if (sent <= 0)
            return;
        text += sent;
        length -= (size_t)sent;
    }
}

void tls_end_writing(struct tls_session *session)
{
    gnutls_bye(session->gnutls, GNUTLS_SHUT_WR);
}

void tls_leave_words(struct tls_session *session, struct buffer *words)
{
    session->words = *words;
    *words = (struct buffer){0};
    atomic_store(&session->has_words, true);
}
