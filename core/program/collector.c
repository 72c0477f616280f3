/* One POST by libcurl. */
#define _GNU_SOURCE
#include "collector.h"

#include <curl/curl.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { TIMEOUT_S = 10 };

bool velox_collector_is_url(const char *text)
{
    return strncmp(text, "http://", 7) == 0 || strncmp(text, "https://", 8) == 0;
}

/* The whole of what is written. 0, or -errno. */
static int write_to_memory(velox_file_writer *writer, const void *context, char **text,
                           size_t *bytes)
{
    *text = NULL;
    FILE *out = open_memstream(text, bytes);
    if (out == NULL)
        return -errno;
    int status = writer(out, context);
    if (fclose(out) != 0 && status == 0)
        status = -errno;
    if (status != 0) {
        free(*text);
        *text = NULL;
    }
    return status;
}

static size_t ignore(char *data, size_t size, size_t count, void *context)
{
    (void)data;
    (void)context;
    return size * count;
}

static CURLcode post(CURL *curl, const char *url, struct curl_slist *headers, const char *text,
                     size_t bytes)
{
    CURLcode status = curl_easy_setopt(curl, CURLOPT_URL, url);
    if (status == CURLE_OK)
        status = curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    if (status == CURLE_OK)
        status = curl_easy_setopt(curl, CURLOPT_POSTFIELDS, text);
    if (status == CURLE_OK)
        status = curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)bytes);
    if (status == CURLE_OK)
        status = curl_easy_setopt(curl, CURLOPT_TIMEOUT, (long)TIMEOUT_S);
    if (status == CURLE_OK)
        status = curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    if (status == CURLE_OK)
        status = curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, ignore);
    if (status == CURLE_OK)
        status = curl_easy_setopt(curl, CURLOPT_FAILONERROR, 1L);
    return status == CURLE_OK ? curl_easy_perform(curl) : status;
}

int velox_collector_post(const char *url, velox_file_writer *writer, const void *context,
                         char message[VELOX_MESSAGE_BYTES])
{
    char *text;
    size_t bytes = 0;
    int written = write_to_memory(writer, context, &text, &bytes);
    if (written != 0)
        return velox_say(message, "--otlp %.200s could not be sent: %s.", url, strerror(-written));
    CURL *curl = curl_easy_init();
    struct curl_slist *headers = curl_slist_append(NULL, "Content-Type: application/json");
    CURLcode status = CURLE_OUT_OF_MEMORY;
    long answer = 0;
    if (curl != NULL && headers != NULL) {
        status = post(curl, url, headers, text, bytes);
        curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &answer);
    }
    curl_slist_free_all(headers);
    curl_easy_cleanup(curl);
    free(text);
    if (status == CURLE_HTTP_RETURNED_ERROR || (status == CURLE_OK && answer / 100 != 2))
        return velox_say(message, "--otlp %.200s: the collector answered %ld.", url, answer);
    if (status != CURLE_OK)
        return velox_say(message, "--otlp %.200s could not be sent: %s.", url,
                         curl_easy_strerror(status));
    return 0;
}
