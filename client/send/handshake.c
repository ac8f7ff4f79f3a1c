/* handshake.c: see handshake.h. */
#include "send/handshake.h"

#include "base/error.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

enum { TURNS_MOST = 500, TURN_MS = 10 };

/* libcurl's handles for one handshake; the multi handle is borrowed. */
struct handshake {
    CURLM *multi;
    CURL *easy;
    struct curl_slist *connect_to;
    int listener;
    char words[CURL_ERROR_SIZE];
};

static void handshake_deinit(struct handshake *handshake)
{
    if (handshake->easy)
        curl_multi_remove_handle(handshake->multi, handshake->easy);
    curl_easy_cleanup(handshake->easy);
    curl_slist_free_all(handshake->connect_to);
    if (handshake->listener >= 0)
        close(handshake->listener);
}

/* A socket on a loopback port of the kernel's choice. Returns 0 or a negative errno. */
static int listen_anywhere(struct handshake *handshake, unsigned *port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    handshake->listener = fd;
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, length) || listen(fd, 1) ||
        getsockname(fd, (struct sockaddr *)&address, &length))
        return -errno;
    *port = ntohs(address.sin_port);
    return 0;
}

static int start(struct handshake *handshake, const struct target *target)
{
    struct target nobody = *target;
    unsigned port = 0;
    int r = listen_anywhere(handshake, &port);
    handshake->easy = curl_easy_init();
    if (r || !handshake->easy)
        return r ? r : -ENOMEM;
    snprintf(nobody.connect_to, sizeof nobody.connect_to, "::127.0.0.1:%u", port);
    if (target_setup(&nobody, handshake->easy, &handshake->connect_to))
        return -ENOMEM;
    curl_easy_setopt(handshake->easy, CURLOPT_UNIX_SOCKET_PATH, NULL);
    curl_easy_setopt(handshake->easy, CURLOPT_CONNECT_ONLY, 1L);
    curl_easy_setopt(handshake->easy, CURLOPT_ERRORBUFFER, handshake->words);
    if (curl_easy_setopt(handshake->easy, CURLOPT_URL, nobody.base_url) != CURLE_OK ||
        curl_multi_add_handle(handshake->multi, handshake->easy) != CURLM_OK)
        return -ENOMEM;
    return 0;
}

/* Hangs up on libcurl, which has read its files by then, or says why not. */
static CURLcode finish(struct handshake *handshake)
{
    int running = 1;
    int left;
    for (int turn = 0; running && turn < TURNS_MOST; turn++) {
        curl_multi_perform(handshake->multi, &running);
        int accepted = accept(handshake->listener, NULL, NULL);
        if (accepted >= 0)
            close(accepted);
        if (running)
            curl_multi_poll(handshake->multi, NULL, 0, TURN_MS, NULL);
    }
    const CURLMsg *message = curl_multi_info_read(handshake->multi, &left);
    return message ? message->data.result : CURLE_OPERATION_TIMEDOUT;
}

/* What the files are to blame for; that nobody answered is as it should be. */
static bool is_fault(CURLcode code)
{
    return code == CURLE_SSL_CERTPROBLEM || code == CURLE_SSL_CACERT_BADFILE ||
           code == CURLE_SSL_CIPHER || code == CURLE_SSL_ENGINE_INITFAILED ||
           code == CURLE_SSL_ENGINE_SETFAILED || code == CURLE_SSL_CRL_BADFILE ||
           code == CURLE_UNSUPPORTED_PROTOCOL || code == CURLE_NOT_BUILT_IN;
}

int handshake_prepare(const struct target *target, CURLM *multi, char error[TARGET_ERROR_SIZE])
{
    if (!target->tls)
        return 0;
    CLEANUP(handshake_deinit)
    struct handshake handshake = {.multi = multi, .listener = -1};
    int r = start(&handshake, target);
    if (r)
        return r;
    CURLcode code = finish(&handshake);
    if (!is_fault(code))
        return 0;
    snprintf(error, TARGET_ERROR_SIZE, "cannot use TLS: %.250s",
             handshake.words[0] ? handshake.words : curl_easy_strerror(code));
    return TARGET_INVALID;
}

int handshake_check(const struct target *target, char error[TARGET_ERROR_SIZE])
{
    CURLM *multi = curl_multi_init();
    int r = multi ? handshake_prepare(target, multi, error) : -ENOMEM;
    curl_multi_cleanup(multi);
    return r;
}
