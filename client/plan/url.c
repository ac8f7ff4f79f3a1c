/* url.c: see url.h. */
#include "plan/url.h"

#include "base/error.h"

#include <curl/curl.h>
#include <string.h>

static void handle_deinit(CURLU **handle)
{
    curl_url_cleanup(*handle);
}

bool url_parse(struct url *url, const char *text)
{
    *url = (struct url){NULL, NULL, NULL};
    CLEANUP(handle_deinit)
    CURLU *handle = curl_url();
    return handle && strlen(text) < URL_SIZE / 2 && strcspn(text, "?# ") == strlen(text) &&
           !curl_url_set(handle, CURLUPART_URL, text, 0) &&
           !curl_url_get(handle, CURLUPART_SCHEME, &url->scheme, 0) &&
           !curl_url_get(handle, CURLUPART_HOST, &url->host, 0) &&
           !curl_url_get(handle, CURLUPART_PORT, &url->port, CURLU_DEFAULT_PORT) &&
           (strcmp(url->scheme, "http") == 0 || strcmp(url->scheme, "https") == 0);
}

void url_deinit(struct url *url)
{
    curl_free(url->scheme);
    curl_free(url->host);
    curl_free(url->port);
    *url = (struct url){NULL, NULL, NULL};
}

bool url_is_base(const char *text)
{
    CLEANUP(url_deinit)
    struct url url;
    return url_parse(&url, text);
}
