/* Reading and writing files of transactions. */
#define _GNU_SOURCE
#include "replay.h"

#include "files.h"
#include "velox/feed.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char magic[8] = "VELOXTX1";
static const char heading[] = "due_ns,side,kind,price_tick,quantity";
enum { FIELDS = 5 };

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "binary files are little-endian"
#endif

/* Where in which file something was found. */
typedef struct {
    const char *path;
    size_t line;
    const char *begin_of_line;
    uint32_t first_tick, levels;
} place;

/* --- Text --- */

static int say_at(const place *at, const char *where, char message[VELOX_MESSAGE_BYTES],
                  const char *what)
{
    return velox_say(message, "%.200s:%zu:%zu: %s", at->path, at->line,
                     (size_t)(where - at->begin_of_line) + 1, what);
}

/* A number up to `most`, and what stands behind it. NULL if there is none. */
static const char *read_number(const char *text, uint64_t most, uint64_t *value)
{
    if (*text < '0' || *text > '9')
        return NULL;
    *value = 0;
    for (; *text >= '0' && *text <= '9'; text++) {
        uint64_t digit = (uint64_t)(*text - '0');
        if (*value > (most - digit) / 10)
            return NULL;
        *value = 10 * *value + digit;
    }
    return text;
}

/* One of two words, as 0 or 1, and what stands behind it. NULL if it is neither. */
static const char *read_word(const char *text, const char *zero, const char *one, uint8_t *value)
{
    const char *const words[] = {zero, one};
    for (uint8_t i = 0; i < 2; i++) {
        size_t length = strlen(words[i]);
        if (strncmp(text, words[i], length) == 0 && (text[length] == ',' || text[length] == '\0')) {
            *value = i;
            return text + length;
        }
    }
    return NULL;
}

static const char *read_field(int field, const char *text, velox_transaction *item)
{
    uint64_t number = 0;
    const char *end = NULL;
    switch (field) {
    case 0:
        end = read_number(text, UINT64_MAX / 2, &item->ingress_ns);
        break;
    case 1:
        end = read_word(text, "bid", "ask", &item->side);
        break;
    case 2:
        end = read_word(text, "add", "cancel", &item->kind);
        break;
    case 3:
        end = read_number(text, UINT32_MAX, &number);
        item->price_tick = (uint32_t)number;
        break;
    default:
        end = read_number(text, UINT32_MAX, &number);
        item->quantity = (uint32_t)number;
        if (number == 0)
            end = NULL;
        break;
    }
    return end;
}

/* One line, ended with a NUL, into *item. 0, or -1 with a sentence. */
static int read_line(const place *at, const char *line, const velox_transaction *before,
                     velox_transaction *item, char message[VELOX_MESSAGE_BYTES])
{
    static const char *const expected[FIELDS] = {
        "due_ns must be a whole number up to 9223372036854775807.", "side must be bid or ask.",
        "kind must be add or cancel.", "price_tick must be a whole number up to 4294967295.",
        "quantity must be a whole number from 1 to 4294967295."};
    const char *text = line;
    const char *tick = line;
    *item = (velox_transaction){0};
    for (int field = 0; field < FIELDS; field++) {
        const char *end = read_field(field, text, item);
        if (end == NULL)
            return say_at(at, text, message, expected[field]);
        tick = field == 3 ? text : tick;
        bool last = field == FIELDS - 1;
        if (*end != (last ? '\0' : ','))
            return say_at(at, end, message,
                          last ? "the line must end after the quantity."
                               : "a comma must stand here.");
        text = end + !last;
    }
    if (before != NULL && item->ingress_ns < before->ingress_ns)
        return say_at(at, line, message, "due_ns goes back.");
    if (item->price_tick - at->first_tick >= at->levels)
        return velox_say(message,
                         "%.200s:%zu:%zu: price_tick %" PRIu32 " is outside of the book (%" PRIu32
                         " to %" PRIu32 "); give more --levels.",
                         at->path, at->line, (size_t)(tick - line) + 1, item->price_tick,
                         at->first_tick, at->first_tick + (at->levels - 1));
    return 0;
}

static int append(velox_replay *replay, size_t *room, const velox_transaction *item)
{
    if (replay->count == *room) {
        size_t wanted = *room > 0 ? 2 * *room : 1024;
        velox_transaction *more = reallocarray(replay->transactions, wanted, sizeof *more);
        if (more == NULL)
            return -ENOMEM;
        replay->transactions = more;
        *room = wanted;
    }
    replay->transactions[replay->count++] = *item;
    return 0;
}

/* `text` ends with a NUL, and is changed. */
static int load_text(place *at, char *text, size_t bytes, velox_replay *replay,
                     char message[VELOX_MESSAGE_BYTES])
{
    size_t room = 0;
    bool headed = false;
    char *const end = text + bytes;
    for (char *line = text, *next; line < end; line = next) {
        char *newline = memchr(line, '\n', (size_t)(end - line));
        next = newline != NULL ? newline + 1 : end;
        char *stop = newline != NULL ? newline : end;
        if (stop > line && stop[-1] == '\r')
            stop--;
        *stop = '\0';
        at->line++;
        at->begin_of_line = line;
        if (line == stop || *line == '#')
            continue;
        if (strlen(line) != (size_t)(stop - line))
            return say_at(at, line + strlen(line), message, "a NUL byte is no text.");
        if (!headed) {
            if (strcmp(line, heading) != 0)
                return say_at(at, line, message,
                              "the heading must be due_ns,side,kind,price_tick,quantity.");
            headed = true;
            continue;
        }
        velox_transaction item;
        const velox_transaction *before =
            replay->count > 0 ? &replay->transactions[replay->count - 1] : NULL;
        if (read_line(at, line, before, &item, message) != 0)
            return -1;
        if (append(replay, &room, &item) != 0)
            return velox_say(message, "%.200s does not fit into memory.", at->path);
    }
    if (!headed)
        return velox_say(message, "%.200s is empty; its heading must be %s.", at->path, heading);
    return 0;
}

/* --- Binary --- */

static const char *fault_of(const velox_transaction *item, const velox_transaction *before,
                            uint64_t number, const place *at)
{
    if (!velox_transaction_verify(item))
        return "its checksum is wrong";
    if (item->sequence != number)
        return "its sequence is not its number";
    if (item->side > VELOX_SIDE_ASK || item->kind > VELOX_KIND_CANCEL || item->quantity == 0)
        return "its side or kind is unknown, or its quantity is 0";
    if (item->ingress_ns > UINT64_MAX / 2)
        return "its time is above 9223372036854775807";
    if (before != NULL && item->ingress_ns < before->ingress_ns)
        return "its time goes back";
    if (item->price_tick - at->first_tick >= at->levels)
        return "its tick is outside of the book; give more --levels";
    return NULL;
}

static int load_binary(const place *at, const char *bytes, size_t count, velox_replay *replay,
                       char message[VELOX_MESSAGE_BYTES])
{
    if (count % sizeof(velox_transaction) != 0)
        return velox_say(message, "%.200s breaks off within transaction %zu.", at->path,
                         count / sizeof(velox_transaction));
    replay->count = count / sizeof(velox_transaction);
    replay->transactions = malloc(count > 0 ? count : 1);
    if (replay->transactions == NULL)
        return velox_say(message, "%.200s does not fit into memory.", at->path);
    memcpy(replay->transactions, bytes, count);
    for (size_t i = 0; i < replay->count; i++) {
        const velox_transaction *item = &replay->transactions[i];
        const char *fault = fault_of(item, i > 0 ? item - 1 : NULL, i, at);
        if (fault != NULL)
            return velox_say(message, "%.200s: transaction %zu: %s.", at->path, i, fault);
    }
    return 0;
}

/* --- Files --- */

/* The whole file, with a NUL behind it. NULL with errno. */
static char *read_whole(const char *path, size_t *bytes)
{
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return NULL;
    char *text = NULL;
    size_t room = 0, length = 0;
    int error = 0;
    for (bool more = true; more && error == 0;) {
        if (length + 1 >= room) {
            room = room > 0 ? 2 * room : 1 << 16;
            char *larger = realloc(text, room);
            if (larger == NULL) {
                error = ENOMEM;
                break;
            }
            text = larger;
        }
        size_t got = fread(text + length, 1, room - 1 - length, file);
        length += got;
        more = got > 0;
        error = ferror(file) ? errno : 0;
    }
    fclose(file);
    if (error != 0) {
        free(text);
        errno = error;
        return NULL;
    }
    text[length] = '\0';
    *bytes = length;
    return text;
}

int velox_replay_load(const char *path, uint32_t first_tick, uint32_t levels, velox_replay *replay,
                      char message[VELOX_MESSAGE_BYTES])
{
    *replay = (velox_replay){0};
    errno = 0;
    size_t bytes = 0;
    char *text = read_whole(path, &bytes);
    if (text == NULL)
        return velox_say(message, "%.200s could not be read: %s.", path, strerror(errno));
    place at = {.path = path, .first_tick = first_tick, .levels = levels};
    bool binary = bytes >= sizeof magic && memcmp(text, magic, sizeof magic) == 0;
    int status = binary
                     ? load_binary(&at, text + sizeof magic, bytes - sizeof magic, replay, message)
                     : load_text(&at, text, bytes, replay, message);
    free(text);
    if (status != 0)
        velox_replay_free(replay);
    return status;
}

void velox_replay_free(velox_replay *replay)
{
    free(replay->transactions);
    *replay = (velox_replay){0};
}

size_t velox_replay_next(void *context, velox_transaction *transactions, size_t count)
{
    velox_replay *replay = context;
    size_t left = replay->count - replay->next;
    if (count > left)
        count = left;
    if (count > 0)
        memcpy(transactions, replay->transactions + replay->next, count * sizeof *transactions);
    replay->next += count;
    return count;
}

uint64_t velox_replay_rest(void *context, uint64_t before_ns)
{
    const velox_replay *replay = context;
    size_t end = replay->next;
    while (end < replay->count && replay->transactions[end].ingress_ns < before_ns)
        end++;
    return end - replay->next;
}

/* --- Recording --- */

/* Bursts: most gaps are a tenth of the mean, some so long that the mean is kept. Within either kind
 * they are exponential, as between independent arrivals. */
static double next_gap_ns(uint64_t *random, double mean_ns)
{
    enum { PAUSE_EVERY = 16 };
    double within_ns = mean_ns / 10;
    double pause_ns = PAUSE_EVERY * mean_ns - (PAUSE_EVERY - 1) * within_ns;
    /* Knuth's MMIX generator: its high bits are good. */
    *random = *random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    bool pauses = *random >> 60 == 0;
    double share = (double)(*random << 4 >> 11) / 9007199254740992.0; /* 2^53: 0 to below 1 */
    return -log1p(-share) * (pauses ? pause_ns : within_ns);
}

typedef struct {
    const velox_program_options *options;
    bool text;
} recording;

static int write_recording(FILE *file, const void *context)
{
    const recording *own = context;
    const velox_program_options *options = own->options;
    static velox_feed feed;
    velox_feed_init(&feed, options->seed, options->pipeline.first_tick, options->pipeline.levels);
    uint64_t random = options->seed;
    double mean_ns = 1e9 / options->pipeline.rate_per_sec;
    double due_ns = 0;
    errno = 0;
    bool written =
        own->text ? fprintf(file, "%s\n", heading) > 0 : fwrite(magic, sizeof magic, 1, file) == 1;
    for (uint64_t i = 0; written && i < options->pipeline.transactions; i++) {
        velox_transaction item;
        velox_feed_next(&feed, &item, 1);
        item.sequence = i;
        item.ingress_ns = (uint64_t)due_ns;
        velox_transaction_seal(&item);
        if (own->text)
            written = fprintf(file, "%" PRIu64 ",%s,%s,%" PRIu32 ",%" PRIu32 "\n", item.ingress_ns,
                              item.side == VELOX_SIDE_BID ? "bid" : "ask",
                              item.kind == VELOX_KIND_ADD ? "add" : "cancel", item.price_tick,
                              item.quantity) > 0;
        else
            written = fwrite(&item, sizeof item, 1, file) == 1;
        due_ns += next_gap_ns(&random, mean_ns);
    }
    if (written)
        return 0;
    return errno != 0 ? -errno : -EIO;
}

int velox_replay_record(const char *path, const velox_program_options *options,
                        char message[VELOX_MESSAGE_BYTES])
{
    size_t length = strlen(path);
    const recording own = {
        .options = options,
        .text = length >= 4 && strcmp(path + length - 4, ".csv") == 0,
    };
    int status = velox_file_write(path, write_recording, &own);
    if (status != 0)
        return velox_say(message, "--record %.200s could not be written: %s.", path,
                         strerror(-status));
    return 0;
}
