/*
 * fuzz_url.c: a base URL as it is typed. One that is taken has the parts of an http URL, an
 * authority that is found behind "://", and no user or password that is shown when it is written
 * somewhere.
 */
#include "base/buffer.h"
#include "base/error.h"
#include "fuzz.h"
#include "plan/secret.h"
#include "plan/url.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>

enum { LONG_ENOUGH = 6 }; /* shorter ones may stand in the host, too */

static size_t count(const char *text, const char *word)
{
    size_t found = 0;
    for (const char *at = text; (at = strstr(at, word)); at++)
        found++;
    return found;
}

static void check_hidden(const char *text, CURLU *handle, CURLUPart part)
{
    char *secret = NULL;
    if (curl_url_get(handle, part, &secret, 0) == CURLUE_OK && strlen(secret) >= LONG_ENOUGH &&
        count(text, secret) == 1) {
        CLEANUP(buffer_deinit)
        struct buffer masked = {0};
        secret_mask(text, &masked);
        buffer_append(&masked, "", 1);
        fuzz_demand(!strstr(masked.data, secret), "a user or password of a URL is shown");
    }
    curl_free(secret);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = fuzz_text(data, size);
    struct url url;
    const bool good = url_parse(&url, text);
    fuzz_demand(good == url_is_base(text), "it is a URL and is none");
    if (good) {
        fuzz_demand(!strcmp(url.scheme, "http") || !strcmp(url.scheme, "https"), "another scheme");
        fuzz_demand(url.host && url.host[0] && url.port && url.port[0], "a part is empty");
        const char *authority = strstr(text, "://");
        fuzz_demand(authority && authority[3] && authority[3] != '/', "it has no authority");
        CURLU *handle = curl_url();
        if (curl_url_set(handle, CURLUPART_URL, text, 0) == CURLUE_OK) {
            check_hidden(text, handle, CURLUPART_USER);
            check_hidden(text, handle, CURLUPART_PASSWORD);
        }
        curl_url_cleanup(handle);
    }
    url_deinit(&url);
    url_deinit(&url);
    free(text);
    return 0;
}
