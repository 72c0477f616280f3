/* Benchmarks of zlib: compress, decompress, checksum. Each result is verified outside of the time.
 */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include <vbench/vbench.h>

typedef struct {
    uLong bytes;        /* of the text */
    uLong packed_bytes; /* of the compressed text */
    uLong packed_max;
    uLong checksum;
    int status; /* zlib's, of the last call in the loop */
    Bytef *text, *packed, *unpacked;
} fixture;

static void teardown(void *made)
{
    fixture *f = made;
    free(f->text);
    free(f->packed);
    free(f->unpacked);
    free(f);
}

/* The same words in the same order in every run; compressible as text is. Axis 0 is the size, axis
 * 1, where there is one, the level. */
static int setup(vb_run *run, void **made)
{
    static const char *const words[] = {"ring ", "book ", "order ", "price ",
                                        "at ",   "the ",  "a ",     "\n"};
    fixture *f = calloc(1, sizeof *f);
    if (!f)
        return -ENOMEM;
    f->bytes = (uLong)vb_param(run, 0);
    f->packed_max = compressBound(f->bytes);
    f->text = malloc(f->bytes);
    f->packed = malloc(f->packed_max);
    f->unpacked = malloc(f->bytes);
    if (!f->text || !f->packed || !f->unpacked) {
        teardown(f);
        return -ENOMEM;
    }
    uint64_t random = 1;
    const char *next = "";
    for (uLong i = 0; i < f->bytes; i++) {
        if (*next == '\0') {
            random = random * 6364136223846793005u + 1442695040888963407u;
            next = words[random >> 61];
        }
        f->text[i] = (Bytef)*next++;
    }
    *made = f;
    return 0;
}

static int pack(fixture *f, int level)
{
    f->packed_bytes = f->packed_max;
    return compress2(f->packed, &f->packed_bytes, f->text, f->bytes, level);
}

static int unpack(fixture *f)
{
    uLong bytes = f->bytes;
    return uncompress(f->unpacked, &bytes, f->packed, f->packed_bytes);
}

static void check_unpacked(vb_run *run)
{
    fixture *f = vb_fixture(run);
    if (f->status != Z_OK)
        vb_fail(run, "zlib reported an error");
    else if (memcmp(f->text, f->unpacked, f->bytes) != 0)
        vb_fail(run, "the text did not come out as it went in");
}

/* What the loop left in `packed` must give the text again. */
static void check_packed(vb_run *run)
{
    fixture *f = vb_fixture(run);
    memset(f->unpacked, 0, f->bytes);
    f->status |= unpack(f);
    check_unpacked(run);
}

static void bench_compress(vb_run *run)
{
    fixture *f = vb_fixture(run);
    const int level = (int)vb_param(run, 1);
    int status = Z_OK;
    VB_LOOP (run)
        status |= pack(f, level);
    f->status = status;
    vb_bytes(run, f->bytes);
    vb_counter(run, "ratio", (double)f->bytes / (double)f->packed_bytes, VB_MEAN);
}

static int reset_packed(vb_run *run)
{
    fixture *f = vb_fixture(run);
    memset(f->unpacked, 0, f->bytes);
    return pack(f, (int)vb_param(run, 1)) == Z_OK ? 0 : -EIO;
}

static void bench_inflate(vb_run *run)
{
    fixture *f = vb_fixture(run);
    int status = Z_OK;
    VB_LOOP (run)
        status |= unpack(f);
    f->status = status;
    vb_bytes(run, f->bytes);
}

/* Bit by bit, as its definition has it. */
static uLong slow_crc32(const Bytef *text, uLong bytes)
{
    uint32_t crc = 0xffffffff;
    for (uLong i = 0; i < bytes; i++) {
        crc ^= text[i];
        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
    }
    return crc ^ 0xffffffff;
}

static void bench_crc32(vb_run *run)
{
    fixture *f = vb_fixture(run);
    VB_LOOP (run) {
        f->checksum = crc32(0, f->text, (uInt)f->bytes);
        VB_KEEP(f);
    }
    vb_bytes(run, f->bytes);
}

static void check_crc32(vb_run *run)
{
    fixture *f = vb_fixture(run);
    if (f->checksum != slow_crc32(f->text, f->bytes))
        vb_fail(run, "the checksum is wrong");
}

#define SIZES  VB_VALUES("size", 4096, 65536)
#define LEVELS VB_VALUES("level", 1, 9)

static const vb_bench table[] = {
    {.name = "compress",
     .fn = bench_compress,
     .setup = setup,
     .finish = check_packed,
     .teardown = teardown,
     .axes = {SIZES, LEVELS}},
    {.name = "inflate",
     .fn = bench_inflate,
     .setup = setup,
     .reset = reset_packed,
     .finish = check_unpacked,
     .teardown = teardown,
     .axes = {SIZES, LEVELS}},
    {.name = "crc32",
     .fn = bench_crc32,
     .setup = setup,
     .finish = check_crc32,
     .teardown = teardown,
     .axes = {SIZES}},
};

VB_MAIN(table)
