/* url.c: see url.h. */
#include "plan/url.h"

#include "base/error.h"

#include <curl/curl.h>
#include <string.h>

static void handle_deinit(CURLU **handle)
{
    curl_url_cleanup(*handle);
}

/*
 * libcurl also takes one slash, or three. All else here looks for "://" and the host behind it:
 * what is shown of a user and password, and where a path begins.
 */
static bool has_authority(const char *scheme, const char *text)
{
    const char *behind = text + strlen(scheme);
    return strncmp(behind, "://", 3) == 0 && behind[3] != '/';
}

bool url_parse(struct url *url, const char *text)
{
    *url = (struct url){NULL, NULL, NULL};
    CLEANUP(handle_deinit)
    CURLU *handle = curl_url();
    return handle && strlen(text) < URL_SIZE / 2 && strcspn(text, "# \"'") == strlen(text) &&
           !curl_url_set(handle, CURLUPART_URL, text, 0) &&
           !curl_url_get(handle, CURLUPART_SCHEME, &url->scheme, 0) &&
           !curl_url_get(handle, CURLUPART_HOST, &url->host, 0) &&
           !curl_url_get(handle, CURLUPART_PORT, &url->port, CURLU_DEFAULT_PORT) &&
           (strcmp(url->scheme, "http") == 0 || strcmp(url->scheme, "https") == 0) &&
           has_authority(url->scheme, text);
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

const char *url_path(const char *text)
{
    const char *host = strstr(text, "://") + 3;
    return host + strcspn(host, "/?");
}
